import Glibc
import Synchronization

/// One line at the bottom of a terminal that says what takes long: `planning 100,000 snapshots …`. It comes after a moment, goes before
/// anything else is written, and is nowhere but on a terminal.
final class WorkingNote: Sendable {
    private struct State {
        /// `nil`: nothing is to be shown.
        var words: String?
        var shown: String?
    }

    /// Work that is done sooner says nothing.
    private static let delay: Duration = .milliseconds(150)
    private static let interval: Duration = .milliseconds(100)

    private let isEnabled: Bool
    private let width: Int
    private let state = Mutex(State())

    /// - Parameter isEnabled: whether stderr is a terminal that can clear a line.
    init(isEnabled: Bool, width: Int) {
        self.isEnabled = isEnabled
        self.width = width
    }

    /// Says what is being done from now on.
    func say(_ words: @autoclosure () -> String) {
        if !isEnabled { return }
        let words = words()
        state.withLock { $0.words = words }
    }

    /// Takes the line away, before something else is written.
    func erase() {
        if !isEnabled { return }
        state.withLock { state in
            state.words = nil
            if state.shown != nil { Self.write("\r\u{1B}[K") }
            state.shown = nil
        }
    }

    /// Shows and renews the line while `body` runs.
    func whileRunning<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        if !isEnabled { return try await body() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                var pause = Self.delay
                while (try? await Task.sleep(for: pause)) != nil {
                    draw()
                    pause = Self.interval
                }
            }
            defer {
                erase()
                group.cancelAll()
            }
            return try await body()
        }
    }

    private func draw() {
        state.withLock { state in
            guard let words = state.words, words != state.shown else { return }
            // A line that wraps could not be taken away again.
            Self.write("\r\u{1B}[K" + String((words + " …").prefix(max(1, width - 1))))
            state.shown = words
        }
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }
}

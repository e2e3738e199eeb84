import Glibc
import Synchronization

/// One line at the bottom of a terminal that says what takes long: `planning 100,000 snapshots …`. It comes after a moment, goes before
/// anything else is written, and is nowhere but on a terminal.
final class WorkingNote: Sendable {
    private struct State {
        /// `nil`: nothing is to be shown.
        var words: String?
        var shown: String?
        var isOver = false
    }

    /// Microseconds; work that is done sooner says nothing.
    private static let delay: UInt32 = 150_000
    /// Microseconds.
    private static let interval: UInt32 = 100_000

    /// Whether there is a terminal for it.
    let isEnabled: Bool
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
        startThread()
        defer {
            erase()
            state.withLock { $0.isOver = true }
        }
        return try await body()
    }

    /// A thread of its own, not a task: just when something takes long, the threads that tasks share have all their hands full with it.
    private func startThread() {
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<WorkingNote>.fromOpaque(argument!).takeRetainedValue().drawUntilOver()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        // Without a thread there is no line, and nothing else is amiss.
        if started == 0 { pthread_detach(thread) } else { Unmanaged.passUnretained(self).release() }
    }

    /// Nobody waits for its end: it draws nothing after that, and the end of the program ends it.
    private func drawUntilOver() {
        usleep(Self.delay)
        while draw() { usleep(Self.interval) }
    }

    /// Shows what is to be shown now; false when there will never be anything again.
    private func draw() -> Bool {
        state.withLock { state in
            if state.isOver { return false }
            guard let words = state.words, words != state.shown else { return true }
            // A line that wraps could not be taken away again.
            Self.write("\r\u{1B}[K" + String((words + " …").prefix(max(1, width - 1))))
            state.shown = words
            return true
        }
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }
}

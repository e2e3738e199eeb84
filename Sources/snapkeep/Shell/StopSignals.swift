import Dispatch
import Glibc
import SnapkeepRendering
import Synchronization

/// Ctrl-C, SIGTERM and SIGHUP of this process. What the first one does depends on how far the command is; the second ends the process at
/// once, which the journal makes safe.
final class StopSignals: Sendable {
    /// How far the command is.
    private enum Phase {
        /// Nothing is begun that needs an end: the first signal says so and ends the process, whatever its threads are doing.
        case free
        /// The state's lock is held: the first signal cancels the command's task, which gives everything back in order.
        case held
        /// What is under way must come to its end: the first signal is noted.
        case deferring
        /// Requests that change something are sent: the first signal asks for a soft end.
        case soft
    }

    private struct State {
        var phase = Phase.free
        var count = 0
        var farewell: @Sendable () -> Void = {}
        /// How to go on after the second signal, which leaves the lock as it is.
        var next = "run the same command again"
        /// Becomes readable with the first signal: it wakes a thread that waits for input. Made with the first such wait.
        var wake: (reader: Int32, writer: Int32)?
    }

    /// Signals belong to the process, and so does this.
    static let shared = StopSignals()

    private let state = Mutex(State())
    private let cancellations = AsyncStream<Void>.makeStream()
    private let softStops = AsyncStream<Void>.makeStream()
    /// Takes the signals over until the process ends.
    ///
    /// - Parameter farewell: says that nothing was begun.
    /// - Returns: gives an element when the command's task is to be cancelled.
    func install(farewell: @escaping @Sendable () -> Void) -> AsyncStream<Void> {
        state.withLock { $0.farewell = farewell }
        _ = arrivals
        DispatchQueue(label: "snapkeep.signals").async {
            while true { if sem_wait(arrivals) == 0 { self.take() } }
        }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            // Under nohup the end of the terminal is to be ignored.
            if number == SIGHUP, sigaction(number, nil, &action) == 0, action.isIgnoring { continue }
            action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in _ = sem_post(arrivals) }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
        return cancellations.stream
    }

    /// Whether the person has asked for the end.
    var isRaised: Bool { state.withLock { $0.count > 0 } }

    /// From here on the lock is held.
    ///
    /// - Parameter next: how to go on where it is not given back.
    func hold(orElse next: String) { state.withLock { ($0.phase, $0.next) = (.held, next) } }

    /// Lets something come to its end although a signal arrives meanwhile; `isRaised` tells of it afterwards.
    func deferring<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        state.withLock { $0.phase = .deferring }
        defer { state.withLock { $0.phase = .held } }
        return try await body()
    }

    /// From here on requests change something.
    ///
    /// - Returns: gives an element when a soft end is asked for.
    /// - Throws: when that was asked for before.
    func beginChanges() throws -> AsyncStream<Void> {
        try state.withLock { state in
            if state.count > 0 { throw CancellationError() }
            state.phase = .soft
        }
        return softStops.stream
    }

    /// Waits until a descriptor has input.
    ///
    /// - Throws: when a signal has come first.
    func awaitInput(on descriptor: Int32) throws {
        let wake = state.withLock { state in
            if state.wake == nil {
                var ends: [Int32] = [-1, -1]
                // Without descriptors to spare a wait for input is not woken; the second signal still ends the process.
                if pipe(&ends) == 0 { for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) } }
                state.wake = (ends[0], ends[1])
                if state.count > 0, ends[1] >= 0 { _ = write(ends[1], "!", 1) }
            }
            return state.wake!.reader
        }
        var waiting = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let ready = poll(&waiting, nfds_t(waiting.count), -1)
            if waiting[1].revents != 0 { throw CancellationError() }
            // What cannot be polled is simply read.
            if ready > 0 || (ready < 0 && errno != EINTR) { return }
        }
    }

    private func take() {
        let now = state.withLock { state in
            state.count += 1
            if let wake = state.wake, wake.writer >= 0 { _ = write(wake.writer, "!", 1) }
            return state
        }
        if now.count > 1 {
            if now.phase != .free { Self.sayLeaving(now.next) }
            _exit(ExitStatus.interrupted.rawValue)
        }
        switch now.phase {
        case .free:
            now.farewell()
            _exit(ExitStatus.interrupted.rawValue)
        case .held: cancellations.continuation.yield()
        case .deferring: break
        case .soft: softStops.continuation.yield()
        }
    }

    /// Past all buffers and locks: another thread may hold them.
    private static func sayLeaving(_ next: String) {
        let words =
            "\nLeft at once. What was under way stands in the journal, and nothing is lost: \(next). "
            + "A saved plan that was begun is used up: make a new one.\n"
        _ = words.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
    }
}

/// Counts the signals that have arrived. Posting it is all that their handler does: hardly anything else is allowed there, and unlike the
/// kernel's queues for signals it takes no descriptor.
private nonisolated(unsafe) let arrivals: UnsafeMutablePointer<sem_t> = {
    let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
    return semaphore
}()

extension sigaction {
    fileprivate var isIgnoring: Bool {
        unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

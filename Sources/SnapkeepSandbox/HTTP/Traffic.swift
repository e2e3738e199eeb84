internal import Synchronization

/// The requests being served, so that a server can end without leaving one unanswered.
final class Traffic: Sendable {
    private struct State {
        var requests = 0
        var isEnding = false
        var lastWait = 0
        var waits: [Int: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())
    private let idle: AsyncStream<Void>
    private let becameIdle: AsyncStream<Void>.Continuation

    init() {
        (idle, becameIdle) = AsyncStream.makeStream(of: Void.self)
    }

    /// A request has come in; it is over when the value is released, on whatever path.
    func enter() -> Visit {
        state.withLock { $0.requests += 1 }
        return Visit(self)
    }

    /// One request in flight.
    final class Visit: Sendable {
        private let traffic: Traffic

        fileprivate init(_ traffic: Traffic) { self.traffic = traffic }

        deinit { traffic.leave() }
    }

    private func leave() {
        let isOver = state.withLock { state in
            state.requests -= 1
            return state.isEnding && state.requests == 0
        }
        if isOver { becameIdle.finish() }
    }

    /// Runs `body`, which only waits; it is cancelled when the server ends.
    func wait(_ body: @Sendable @escaping () async -> Void) async {
        // A task of its own, because cancelling the request's task would also cancel the sending of its answer.
        let number: Int? = state.withLock { state in
            guard !state.isEnding else { return nil }
            state.lastWait += 1
            state.waits[state.lastWait] = Task { await body() }
            return state.lastWait
        }
        guard let number, let task = state.withLock({ $0.waits[number] }) else { return }
        await task.value
        state.withLock { $0.waits[number] = nil }
    }

    /// Ends all waiting, and returns when no request is left, or when the task is cancelled.
    func drain() async {
        let (waits, isOver) = state.withLock { state in
            state.isEnding = true
            return (Array(state.waits.values), state.requests == 0)
        }
        for wait in waits { wait.cancel() }
        if isOver { becameIdle.finish() }
        for await _ in idle {}
    }
}

import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

/// Holds the state's lock for as long as `body` runs. A state that is older than the work done on it is refused.
///
/// - Parameter rebuildsLost: whether `body` may rebuild a state that is gone, and then checks that itself.
func withLockedState<Value: Sendable>(
    _ store: any StateStore, run: RunInfo, lock: LockOptions, session: Session, rebuildsLost: Bool = false,
    _ body: (any LockedState) async throws -> Value
) async throws -> Value {
    StopSignals.shared.hold(orElse: store.partingWords(run))
    let request = lock.request(run, session.environment)
    let locked = try await lock.telling(session, of: store) { try await store.lock(request) }
    return try await closing(locked) { locked in
        try Task.checkCancellation()
        let state = await locked.loaded.boundState
        if state != nil || !rebuildsLost { try await StaleState.refuse(store, state, session) }
        return try await body(locked)
    }
}

/// Holds the lock of a state that may be lost or damaged for as long as `body` runs, which is told what there is of it.
func withStateForRecovery<Value: Sendable>(
    _ store: any StateStore, run: RunInfo, lock: LockOptions, session: Session,
    _ body: (any LockedState, RecoverableState) async throws -> Value
) async throws -> Value {
    StopSignals.shared.hold(orElse: store.partingWords(run))
    let request = lock.request(run, session.environment)
    let (locked, found) = try await lock.telling(session, of: store) { try await store.lockForRecovery(request) }
    return try await closing(locked) { locked in
        try Task.checkCancellation()
        return try await body(locked, found)
    }
}

/// Gives a lock back when `body` has ended, however it ends.
func closing<State: LockedState, Value: Sendable>(_ locked: State, _ body: (State) async throws -> Value) async throws -> Value {
    // A task of its own: a signal has cancelled this one, and what it would wait for between two tries would be over at once.
    func close() async { await Task { await locked.close() }.value }
    do {
        let value = try await body(locked)
        await close()
        return value
    } catch {
        await close()
        throw error
    }
}

extension LockOptions {
    /// What is asked of a store.
    func request(_ run: RunInfo, _ environment: ProcessEnvironment) -> LockRequest {
        LockRequest(run, timeout: timeout.duration, failpoints: failpoints(from: environment))
    }

    /// Asks for a lock, and says so once that takes some seconds: whoever waits for minutes is not to think that nothing goes on.
    fileprivate func telling<Value: Sendable>(
        _ session: Session, of store: any StateStore, _ lock: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let limit = timeout.duration
        guard limit > .zero else { return try await lock() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await lock() }
            group.addTask {
                guard (try? await Task.sleep(for: .seconds(2))) != nil else { return nil }
                let words =
                    "Waiting for \(VisibleText.escaped(store.place)), for its lock \(Quantities.limit(limit)) at the longest: "
                    + "'snapkeep unlock' shows who has it.\n"
                session.tellAside(words.leading(to: session.words))
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }
}

extension StateStore {
    /// Beside what the embedded sandbox keeps its data: the state's file, or, where the state lives in a service, that of a sandbox.
    var sandboxBase: String { files.first ?? InputFiles.defaultState(for: [], sandbox: true) }

    /// How to go on after a run that was left without giving its lock back.
    func partingWords(_ run: RunInfo) -> String {
        switch abandonedLock {
        case .endsWithProcess: return "run the same command again"
        case .expires(let lease):
            let seconds = lease.components.seconds
            return "run the same command again with '--lock-timeout \(seconds / 60 + 1)m', for its lock ends by itself within \(seconds) s"
        case .stays:
            let unlock = UnlockCommand.words(token: lockToken(of: run), at: place)
            return "free its lock with '\(unlock)', then run the same command again on this machine"
        }
    }
}

extension LockedState {
    /// The state as loaded.
    ///
    /// - Throws: `Failure` when there is none.
    func requireState() async throws -> RecordedState {
        guard let state = await loaded.boundState else { throw Failure(.error, .noState(store.place)) }
        return state
    }

    /// After a wait of any length: what was planned under the lock holds only as long as the lock does.
    ///
    /// - Throws: `Failure` where it is lost, `JournalFailure` where that cannot be found out.
    func requireLock() async throws {
        do throws(JournalFailure) { _ = try await confirmLock() } catch {
            if error.cause == .lockLost { throw Failure(.locked, .lockLostMeanwhile(error)) }
            throw error
        }
    }
}

extension RecordedState {
    /// The record of a key that a person typed.
    func requireRecord(_ text: String, path: String) throws -> SnapshotRecord {
        if let key = try? SnapshotKey(text), let record = record(for: key) { return record }
        let suggestion = NearMiss.suggestion(for: text, among: records.map(\.key.text))
        throw Failure(.error, .noSuchKey(text, path: path, suggestion: suggestion))
    }

    /// All that is recorded under a key, or with the id of a snapshot.
    ///
    /// - Throws: `Failure` where there is nothing; it names a key that is near.
    func requireEntry(_ text: String, path: String) throws -> RecordedEntry {
        if let entry = RecordedEntry(text, in: self) { return entry }
        _ = try requireRecord(text, path: path)
        throw Failure(.error, .noSuchKey(text, path: path, suggestion: nil))
    }
}

extension Diagnostic {
    static func noState(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "no-state", "there is no state yet", at: .named(path),
            help: "run 'snapkeep apply' first, or name the state with --state")
    }

    static func noSuchKey(_ key: String, path: String, suggestion: String?) -> Diagnostic {
        Diagnostic(
            .error, code: "no-such-key", "no snapshot is recorded under the key '\(VisibleText.escaped(key))'", at: .named(path),
            help: suggestion.map { "did you mean '\(VisibleText.escaped($0))'?" }
                ?? "'\(VisibleText.escaped("snapkeep state list --state \(path.quotedForShell)"))' shows what is recorded")
    }

    static func badKey(_ text: String, _ problem: TextProblem) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-key",
            "'\(VisibleText.escaped(text))' cannot be a key: expected 1 to 255 bytes without outer blanks or control characters",
            help: "shorten it, or take such characters out; in quotes, as the shell cuts words apart")
    }
}

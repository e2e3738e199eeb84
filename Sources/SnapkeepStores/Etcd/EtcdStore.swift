public import SnapkeepCloud
public import SnapkeepCore
public import SnapkeepState

/// A state in an etcd cluster, shared by all that reach it.
///
/// The lock is a key bound to a lease that its holder renews; every write is a transaction on the condition that this very key still stands. A
/// holder that died, or was stopped for longer than its lease, is shut out by the cluster itself, whatever it believes.
public struct EtcdStore: StateStore {
    /// How the store waits and how long its lease lasts.
    public struct Policy: Hashable, Sendable {
        /// A lock that is not renewed for so long ends. Whole seconds, 2 at least; etcd may make it longer, never shorter than its election
        /// timeout.
        public var lease: Duration
        /// How long a call tries all members before it is given up.
        public var patience: Duration
        /// So many bytes of history are read, keys included; more than any has.
        var historyLimit = 1 << 30
        /// No answer is read further, in bytes.
        var answerLimit = 64 << 20
        var limits = EtcdLimits()

        /// Waits that suit a cluster across a continent.
        public init(lease: Duration = .seconds(30), patience: Duration = .seconds(20)) {
            self.lease = lease
            self.patience = patience
        }

        /// How long one request to one member may take.
        var requestTimeout: Duration { min(.seconds(5), lease / 4) }
    }

    public let address: EtcdAddress
    let gateway: EtcdGateway
    let layout: EtcdLayout
    let keeper: LeaseKeeper
    let policy: Policy
    let clock: StoreClock
    private let wallClock: @Sendable () -> Timestamp

    /// Opens a store for the time of `body`, over a transport that the caller keeps open. Locks that are still held when `body` ends run out by
    /// themselves.
    ///
    /// - Parameters:
    ///   - wallClock: for the times that people are shown.
    ///   - onSilence: is told once that nobody answers, after some seconds, until somebody does again.
    /// - Throws: `StateFault` where the address cannot be asked, and what `body` throws.
    public static func with<Value>(
        _ address: EtcdAddress, user: EtcdSettings.User? = nil, transport: any HTTPTransport, policy: Policy = Policy(),
        clock: any Clock<Duration> = ContinuousClock(), wallClock: @escaping @Sendable () -> Timestamp,
        onSilence: @escaping @Sendable (StoreSilence) -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation, _ body: (EtcdStore) async throws -> Value
    ) async throws -> Value {
        let store = try EtcdStore(address, user, transport, policy, clock, wallClock, onSilence)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await store.keeper.run() }
            defer {
                store.keeper.finish()
                group.cancelAll()
            }
            return try await body(store)
        }
    }

    /// A store that lasts as long as this process, for a program that opens its store in one place and uses it in another. It connects with the
    /// first request.
    ///
    /// - Parameters:
    ///   - trust: whom to trust, and our own certificate; used with `etcds://` only.
    ///   - wallClock: for the times that people are shown.
    ///   - onSilence: is told once that nobody answers, after some seconds, until somebody does again.
    /// - Throws: `StateFault` where the address cannot be asked.
    public static func lasting(
        _ address: EtcdAddress, user: EtcdSettings.User? = nil, trust: TrustSettings = .system, policy: Policy = Policy(),
        clock: any Clock<Duration> = ContinuousClock(), wallClock: @escaping @Sendable () -> Timestamp,
        onSilence: @escaping @Sendable (StoreSilence) -> Void = { _ in }
    ) throws(StateFault) -> EtcdStore {
        let transport = LastingTransport(
            .init(connectTimeout: policy.requestTimeout, requestTimeout: policy.requestTimeout, trust: trust))
        let store = try EtcdStore(address, user, transport, policy, clock, wallClock, onSilence)
        // Nobody waits for it: it has nothing to do but for locks that are held, and those are closed by whoever holds them.
        Task { await store.keeper.run() }
        return store
    }

    private init(
        _ address: EtcdAddress, _ user: EtcdSettings.User?, _ transport: any HTTPTransport, _ policy: Policy, _ clock: any Clock<Duration>,
        _ wallClock: @escaping @Sendable () -> Timestamp, _ onSilence: @escaping @Sendable (StoreSilence) -> Void
    ) throws(StateFault) {
        self.address = address
        self.policy = policy
        self.clock = StoreClock(clock)
        self.wallClock = wallClock
        layout = EtcdLayout(prefix: address.prefix, limits: policy.limits)
        keeper = LeaseKeeper()
        do throws(EtcdFault) {
            gateway = try EtcdGateway(
                address, user: user, transport: transport, clock: self.clock,
                policy: .init(patience: policy.patience, answerLimit: policy.answerLimit)
            ) { [place = address.text] in onSilence(StoreSilence(place: place, words: $0, remaining: $1)) }
        } catch { throw StateFault(error, address.text, .read) }
    }

    public var place: String { address.text }
    public var abandonedLock: AbandonedLock { .expires(after: policy.lease) }

    var reading: EtcdReading { EtcdReading(gateway: gateway, layout: layout) }
    var history: EtcdHistory { EtcdHistory(gateway: gateway, layout: layout, limit: policy.historyLimit) }

    // MARK: Reading

    /// How often a read is begun anew because the cluster was compacted in the middle of it.
    private static let attempts = 10

    func contents() async throws(StateFault) -> EtcdContents {
        for _ in 0..<Self.attempts {
            do throws(EtcdFault) { return try await reading.all() } catch {
                guard error == .compacted else { throw StateFault(error, place, .read) }
            }
        }
        throw .unsteady(path: place)
    }

    public func load() async throws(StateFault) -> LoadedState { try loading(try await contents()).loaded }

    /// What contents say.
    func loading(_ contents: EtcdContents) throws(StateFault) -> StateLoading {
        if let layout = contents.newerLayout { throw .tooNew(path: place, version: layout) }
        return try StateLoading(contents.texts(place))
    }

    public func loadForRecovery() async throws(StateFault) -> RecoverableState { try await recoverable(try await contents()) }

    func recoverable(_ contents: EtcdContents) async throws(StateFault) -> RecoverableState {
        if let layout = contents.newerLayout { throw .tooNew(path: place, version: layout) }
        var history = HistoryFile.decode([])
        var historyFault: StateFault?
        do throws(StateFault) { history = try await self.history(namesSnapshots: false) } catch {
            // What lies in the place of the history keeps nobody from getting the state back; what else has no answer may keep the rest, too.
            guard case .io(_, _, _, let cause, _) = error, cause == .storeForeign || cause == .other else { throw error }
            historyFault = error
        }
        var found = try RecoverableState(contents.texts(place), history: history) { nil }
        found.historyFault = historyFault
        return found
    }

    public func history(namesSnapshots: Bool) async throws(StateFault) -> HistoryFile.Contents {
        do throws(EtcdFault) {
            return HistoryFile.decode(try await history.read(), namesSnapshots: namesSnapshots)
        } catch { throw StateFault(error, place, .read) }
    }

    public func kept(_ name: String) async throws(StateFault) -> [UInt8]? {
        // As it was told, or its last part alone.
        let (front, end) = (place + "/kept/", "/state")
        var name = name.hasPrefix(front) ? String(name.dropFirst(front.count)) : name
        if name.hasSuffix(end) { name.removeLast(end.count) }
        do throws(EtcdFault) { return try await reading.kept(name + end) } catch { throw StateFault(error, place, .read) }
    }

    // MARK: The lock

    public func lock(_ request: LockRequest) async throws(StateFault) -> any LockedState { try await LockedEtcdState.open(self, request) }

    public func lockForRecovery(_ request: LockRequest) async throws(StateFault) -> (any LockedState, RecoverableState) {
        try await LockedEtcdState.openForRecovery(self, request)
    }

    public func holder() async throws(StateFault) -> LockHolder? {
        do throws(EtcdFault) {
            guard let found = try await gateway.read(layout.lock) else { return nil }
            return await holder(found)
        } catch { throw StateFault(error, place, .read) }
    }

    /// Who holds a lock, and when its lease was renewed last.
    func holder(_ found: EtcdKeyValue) async -> LockHolder {
        var heartbeat: Timestamp?
        if found.lease != 0, let lease = try? await gateway.remaining(found.lease), lease.remaining >= 0,
            lease.granted >= max(1, lease.remaining)
        {
            heartbeat = Timestamp(microseconds: wallClock().microseconds - Int64(lease.granted - lease.remaining) * 1_000_000)
        }
        return EtcdLock.holder(found, heartbeat: heartbeat)
    }

    /// How long it stands that a lock was broken, in seconds: the send window (`ExecutionPolicy.sendWindow`), and what the break itself takes.
    private static let brokenMark = 60

    public func breakLock(token: String) async throws(StateFault) -> Bool {
        guard let revision = Int(token), revision > 0 else { return false }
        var isUnsure = false
        do throws(EtcdFault) {
            guard let lock = try await gateway.read(layout.lock), lock.createRevision == revision else { return false }
            // Its holder may live, and not know it yet: the next one is told so for longer than it may send (P1).
            let lease = try await gateway.grant(seconds: Self.brokenMark)
            let answer: EtcdTransactionAnswer
            do throws(EtcdFault) {
                answer = try await gateway.transaction(
                    if: [.created(layout.lock, at: revision)],
                    then: [.delete(EtcdSpan(key: layout.lock)), .put(layout.broken, Array(token.utf8), lease: lease.id)],
                    else: [.range(EtcdRange(span: EtcdSpan(key: layout.broken)))])
            } catch {
                // Whatever this answer says, a sending before it may have been carried out: then the mark must last.
                isUnsure = (try? await gateway.read(layout.lock))?.createRevision != revision
                if !isUnsure { try? await gateway.revoke(lease.id) }
                throw error
            }
            // A first sending whose answer was lost makes the second one fail. A mark that was not set runs out by itself.
            guard answer.succeeded || answer.ranges[0]?.keys.first?.value == Array(token.utf8) else { return false }
            // Its holder is told by its next heartbeat.
            if lock.lease != 0 { try? await gateway.revoke(lock.lease) }
            return true
        } catch {
            let fault = StateFault(error, place, .lock, call: "unlock")
            guard isUnsure, case .io(let path, let call, let words, let cause, let access) = fault, cause != .storeUnreachable else {
                throw fault
            }
            throw .io(path: path, call: call, words, cause: .storeUnsure, access)
        }
    }
}

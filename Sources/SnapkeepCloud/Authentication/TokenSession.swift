import SnapkeepCore
public import SnapkeepEngine

/// Keeps one token for all requests of a run and replaces it: a few minutes before its end, and when the service refuses it. However
/// many requests need a new one at the same time, one is asked for (CloudAPI#tokens).
public actor TokenSession: Authorizer {
    private struct Held {
        var token: Secret
        /// When to ask for the next one; `nil` waits for a refusal.
        var renewAt: Timestamp?
        var endsAt: Timestamp?
        var since: Timestamp
        /// Whether it replaced one that the service had refused.
        var followsRefusal: Bool

        init(_ issued: IssuedToken, askedAt: Timestamp, followsRefusal: Bool) {
            token = issued.token
            let usable = issued.usableTime(now: askedAt)
            // A token that ends before it begins is used until it is refused.
            renewAt = usable.flatMap { $0 > .zero ? askedAt + $0 : nil }
            endsAt = issued.life(now: askedAt).map { askedAt + $0 }
            since = askedAt
            self.followsRefusal = followsRefusal
        }
    }

    /// A token that replaced a refused one and is refused as well, so soon, shows that tokens are not what is wrong.
    private static let trial: Duration = .seconds(60)

    private let issue: @Sendable () async throws(ServiceFault) -> IssuedToken
    private let canRenew: Bool
    private let now: @Sendable () -> Timestamp
    private var held: Held
    /// A refusal of the identity service: asking again could lock the account.
    private var refusal: ServiceFault?
    private var isRenewing = false
    private var waiters: [CheckedContinuation<Result<Void, ServiceFault>?, Never>] = []

    /// How many requests wait for the token that another one asks for.
    var waiterCount: Int { waiters.count }

    /// - Parameters:
    ///   - first: the token to begin with.
    ///   - askedAt: when it was asked for, by this machine's clock.
    ///   - canRenew: false for a token that somebody else asked for: nothing here can replace it.
    ///   - issue: asks the identity service for another.
    init(
        first: IssuedToken, askedAt: Timestamp, canRenew: Bool, now: @escaping @Sendable () -> Timestamp,
        issue: @escaping @Sendable () async throws(ServiceFault) -> IssuedToken
    ) {
        self.issue = issue
        self.canRenew = canRenew
        self.now = now
        held = Held(first, askedAt: askedAt, followsRefusal: false)
    }

    /// The token as `X-Auth-Token`.
    public func fields(for request: OutgoingRequest) async throws(ServiceFault) -> [HeaderField] {
        if canRenew, let due = held.renewAt, now() >= due {
            do { try await renew(followsRefusal: false) } catch {
                // Until its end the old one is as good as before.
                guard refusal == nil, let end = held.endsAt, now() < end else { throw error }
            }
        }
        return [HeaderField("X-Auth-Token", held.token)]
    }

    public func canReplace(refused fields: [HeaderField]) async throws(ServiceFault) -> Bool {
        guard canRenew else { return false }
        // Another request has met the same refusal before, and its new token is here.
        if !fields.contains(where: { $0.isSecret && $0.value == held.token.text }) { return true }
        if held.followsRefusal, now().since(held.since) < Self.trial { return false }
        try await renew(followsRefusal: true)
        return true
    }

    /// Asks for a token, or waits for the answer to whoever asks already. A waiter that is cancelled waits on; the transport's time limit
    /// ends that.
    private func renew(followsRefusal: Bool) async throws(ServiceFault) {
        while isRenewing {
            let told = await withCheckedContinuation { waiters.append($0) }
            if let told { return try told.get() }
        }
        if let refusal { throw refusal }
        isRenewing = true
        let askedAt = now()
        let result: Result<Void, ServiceFault>
        do {
            held = Held(try await issue(), askedAt: askedAt, followsRefusal: followsRefusal)
            result = .success(())
        } catch {
            let fault = error.asObstacle
            if fault.kind == .unauthenticated || fault.kind == .accountBlocked { refusal = fault }
            result = .failure(fault)
        }
        isRenewing = false
        // That this task was given up is no answer to the others: one of them asks again.
        var told: Result<Void, ServiceFault>? = result
        if case .failure = result, Task.isCancelled, refusal == nil { told = nil }
        let waiting = waiters
        waiters = []
        for waiter in waiting { waiter.resume(returning: told) }
        try result.get()
    }
}

extension ServiceFault {
    /// What a fault of a token request means for the request that needed the token: that one has not been sent.
    var asObstacle: ServiceFault {
        var fault = self
        switch kind {
        case .refused: fault.kind = .unauthenticated
        case .uncertain, .unintelligible: fault.kind = .notSent
        case .throttled, .notSent, .unauthenticated, .accountBlocked: break
        }
        return fault
    }
}

import SnapkeepCloud
import SnapkeepCore
import Synchronization

/// A client of etcd's JSON gateway (`POST /v3/…`): one call, one answer, from whichever member gives it.
///
/// Every request may be sent a second time, to the same member or to another one, when its answer was lost. Reads and leases bear that by
/// nature. A transaction must be made so that it does: its conditions fail after it was carried out, and what it then reads tells the caller
/// which of the two happened. Nothing here looks at what is written.
///
/// Facts: etcd's `Documentation/dev-guide/api_grpc_gateway.md` and `api-reference` of version 3.4; tried with 3.4.23.
final class EtcdGateway: Sendable {
    /// Limits and waits.
    struct Policy: Hashable, Sendable {
        /// How long all members together are asked before a call is given up.
        var patience: Duration = .seconds(20)
        /// When somebody is told that nobody answers.
        var silence: Duration = .seconds(3)
        /// How long all calls together try on once one was given up. Each may ask once, or each would wait as long as the first.
        var lastTries: Duration = .seconds(5)
        /// The pause after all members were asked in vain; it doubles up to `longestPause`.
        var firstPause: Duration = .milliseconds(50)
        var longestPause: Duration = .seconds(1)
        /// No answer is read further, in bytes.
        var answerLimit = 64 << 20
    }

    private struct State {
        /// The member that answered last.
        var member = 0
        var token: Secret?
        /// Whether the cluster has said that it knows no users.
        var hasNoUsers = false
        var cluster: String?
        /// The newest revision that was seen.
        var revision = 0
        /// Since when nobody answers; `nil` where the last request was answered.
        var silentSince: Duration?
        var hasToldSilence = false
        /// What the last call met that was given up, and when that was; `nil` once somebody answers.
        var givenUp: (words: String, at: Duration)?
        /// How long the calls since then have tried in vain.
        var triedSince: Duration = .zero
        var requests = 0
        var sentBytes = 0
    }

    private let members: [Endpoint]
    private let transport: any HTTPTransport
    private let user: EtcdSettings.User?
    private let policy: Policy
    private let clock: StoreClock
    private let state = Mutex(State())
    private let onSilence: @Sendable (_ words: String, _ remaining: Duration) -> Void

    /// - Parameter onSilence: is told, once until somebody answers again, that nobody does, of what was met last, and how much longer it is
    ///   tried.
    init(
        _ address: EtcdAddress, user: EtcdSettings.User?, transport: any HTTPTransport, clock: StoreClock, policy: Policy = Policy(),
        onSilence: @escaping @Sendable (_ words: String, _ remaining: Duration) -> Void = { _, _ in }
    ) throws(EtcdFault) {
        var members: [Endpoint] = []
        for host in address.hosts {
            guard let member = try? Endpoint.parse("\(address.isSecure ? "https" : "http")://\(host)").endpoint else {
                throw .malformed("'\(host)' is no address of a member")
            }
            members.append(member)
        }
        self.members = members
        self.transport = UncancelledTransport(base: transport)
        self.user = user
        self.policy = policy
        self.clock = clock
        self.onSilence = onSilence
    }

    /// How many requests were sent so far, and how many bytes of bodies.
    var traffic: (requests: Int, bytes: Int) { state.withLock { ($0.requests, $0.sentBytes) } }

    // MARK: Calls

    /// Carries out a transaction; see the type's own comment on what it must be like.
    ///
    /// - Parameters:
    ///   - otherwise: what is read where a condition does not hold.
    func transaction(
        if conditions: [EtcdCondition], then steps: [EtcdOperation], else otherwise: [EtcdOperation] = []
    ) async throws(EtcdFault) -> EtcdTransactionAnswer {
        var body = JSONWriter(capacity: steps.reduce(256) { $0 + $1.size * 3 / 2 })
        body.beginObject()
        body.field("compare", objects: conditions) { $1.members(of: $0) }
        body.field("success", objects: steps) { $1.members(of: $0) }
        body.field("failure", objects: otherwise) { $1.members(of: $0) }
        body.endObject()
        return try await call("/v3/kv/txn", body.bytes) { reader, header throws(JSONProblem) in
            let answer = try reader.etcdTransaction(&header)
            let expected = answer.succeeded ? steps : otherwise
            let fits =
                answer.ranges.count == expected.count
                && zip(expected, answer.ranges).allSatisfy { step, range in
                    // Keys in the answer to a step that reads none would be taken for those of the next one.
                    guard case .range(let asked) = step else { return range == nil }
                    return range.map { asked.isAnswered(by: $0) } ?? false
                }
            // Without a condition there is none that could fail.
            guard fits, answer.succeeded || !conditions.isEmpty else {
                throw JSONProblem(.value, at: 0, "not what the steps of the transaction ask for")
            }
            return answer
        }
    }

    /// Reads keys of one moment.
    ///
    /// - Returns: beside them the revision of that moment.
    func range(_ range: EtcdRange) async throws(EtcdFault) -> (answer: EtcdRangeAnswer, revision: Int) {
        var body = JSONWriter(capacity: 512)
        body.beginObject()
        body.members(of: range)
        body.endObject()
        return try await call("/v3/kv/range", body.bytes) { reader, header throws(JSONProblem) in
            let answer = try reader.etcdRange(&header)
            guard range.isAnswered(by: answer) else { throw JSONProblem(.value, at: 0, "keys that nobody has asked for") }
            return (answer, range.revision == 0 ? header.revision : range.revision)
        }
    }

    /// Reads one key; `nil` where it is not there.
    func read(_ key: EtcdKey) async throws(EtcdFault) -> EtcdKeyValue? {
        try await range(EtcdRange(span: EtcdSpan(key: key))).answer.keys.first
    }

    /// Makes a lease of so many seconds.
    func grant(seconds: Int) async throws(EtcdFault) -> EtcdLease {
        let lease = try await lease("/v3/lease/grant", ("TTL", seconds))
        guard lease.id > 0, lease.remaining > 0 else { throw .malformed("a lease without an id or a time") }
        return lease
    }

    /// Renews a lease.
    ///
    /// - Parameter isBeside: whether no run waits for it.
    /// - Throws: `EtcdFault.leaseGone` where there is none any more.
    func keepAlive(_ id: Int, isBeside: Bool = false) async throws(EtcdFault) -> EtcdLease {
        let lease = try await lease("/v3/lease/keepalive", ("ID", id), of: id, isBeside: isBeside)
        if lease.remaining < 1 { throw .leaseGone }
        return lease
    }

    /// Ends a lease, and with it the keys that are bound to it. One that is gone is no fault.
    func revoke(_ id: Int) async throws(EtcdFault) {
        do throws(EtcdFault) { _ = try await lease("/v3/lease/revoke", ("ID", id)) } catch { if error != .leaseGone { throw error } }
    }

    /// How much time a lease has left; below 1 second for one that is gone.
    func remaining(_ id: Int) async throws(EtcdFault) -> EtcdLease {
        try await lease("/v3/lease/timetolive", ("ID", id), of: id)
    }

    /// No lease is longer, in seconds: `MaxLeaseTTL` of etcd's `lease/lessor.go`.
    private static let longestLease = 9_000_000_000

    /// - Parameter id: of the lease that the answer is about, where it names one.
    private func lease(
        _ path: String, _ member: (name: String, number: Int), of id: Int? = nil, isBeside: Bool = false
    ) async throws(EtcdFault) -> EtcdLease {
        var body = JSONWriter(capacity: 64)
        body.beginObject()
        body.field(member.name, String(member.number))
        body.endObject()
        return try await call(path, body.bytes, isOrdered: false, isBeside: isBeside) { reader, header throws(JSONProblem) in
            let lease = try reader.etcdLease(&header)
            // Of one that is gone a real answer says so too: with the cluster's name, its own id, and no time or -1.
            guard !header.cluster.isEmpty, id == nil || lease.id == id, (-1...Self.longestLease).contains(lease.remaining),
                (0...Self.longestLease).contains(lease.granted)
            else { throw JSONProblem(.value, at: 0, "not what was asked of a lease") }
            return lease
        }
    }

    // MARK: Sending

    /// - Parameters:
    ///   - isOrdered: whether the answer goes through the cluster's leader, so that it is never older than what was seen before.
    ///   - isBeside: whether no run waits for it: that it fails is told nobody, and makes no other call give up sooner.
    private func call<Answer: Sendable>(
        _ path: String, _ body: [UInt8], isOrdered: Bool = true, isBeside: Bool = false,
        _ decode: (inout JSONReader, inout EtcdHeader) throws(JSONProblem) -> Answer
    ) async throws(EtcdFault) -> Answer {
        let start = clock.now()
        let isLastTry = try isBeside ? false : beginLastTry(at: start)
        let end = start + (isLastTry ? .zero : policy.patience)
        var pause = policy.firstPause
        var asked = 0
        var logins = 0
        var words: [String] = []
        while true {
            let member = state.withLock { $0.member }
            let known = state.withLock { $0.revision }
            switch try await send(path, body, to: member) {
            case .answer(let bytes):
                var header = EtcdHeader()
                var decoded: Answer?
                do throws(JSONProblem) {
                    let answer = try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
                        var reader = JSONReader(buffer)
                        let answer = try decode(&reader, &header)
                        // Others may follow the first answer of a stream.
                        if isOrdered { try reader.end() }
                        if isOrdered, header.cluster.isEmpty || header.revision < 1 {
                            throw JSONProblem(.value, at: 0, "an answer that names neither cluster nor revision")
                        }
                        return answer
                    }
                    decoded = answer
                } catch {
                    words.append("\(members[member].authority): \(EtcdFault.malformed(error.message).message)")
                    if asked + 1 >= members.count { throw .malformed("\(error.message), from \(members[member].authority)") }
                }
                if let decoded {
                    noteAnswer()
                    if note(header, since: isOrdered ? known : 0) { return decoded }
                    throw .otherCluster
                }
            case .failed(.staleToken, let token):
                // Logged in anew as often as members change the keys of their tokens under our eyes.
                logins += 1
                if logins > members.count + 1 { throw .denied("every new token is refused") }
                state.withLock { if $0.token?.text == token?.text { $0.token = nil } }
                continue
            case .failed(.noUsers, _): throw .refused("authentication is not enabled")
            case .failed(.lasting(.malformed(let text)), _):
                words.append("\(members[member].authority): \(text)")
                if asked + 1 >= members.count { throw .malformed("\(text), from \(members[member].authority)") }
            case .failed(.lasting(let fault), _): throw fault
            case .failed(.passing(let text), _):
                let name = members[member].authority
                // How long a single request has waited is not how long all of it took.
                let cause = text.hasPrefix("no answer within ") ? "no answer" : text
                words.append(cause.contains(name) ? cause : "\(name): \(cause)")
            }
            let now = clock.now()
            state.withLock { $0.silentSince = $0.silentSince ?? start }
            if !isBeside, now - start >= policy.silence, now < end { tellSilence(words, remaining: end - now) }
            asked += 1
            // Whoever else found out first has moved on already.
            state.withLock { if $0.member == member { $0.member = (member + 1) % members.count } }
            if asked % members.count == 0 {
                if clock.now() + pause >= end { throw giveUp(words, since: start, isBeside: isBeside) }
                do { try await clock.sleep(pause) } catch { throw .unavailable(Self.summary(words, members.count)) }
                pause = min(pause * 2, policy.longestPause)
            } else if !isLastTry && now >= end || isLastTry && now - start >= policy.lastTries {
                throw giveUp(words, since: start, isBeside: isBeside)
            }
        }
    }

    // MARK: Silence

    private func noteAnswer() {
        state.withLock { ($0.silentSince, $0.hasToldSilence, $0.givenUp, $0.triedSince) = (nil, false, nil, .zero) }
    }

    /// - Returns: whether a call was given up a short while ago, so that this one asks each member once only.
    /// - Throws: where that was done often enough: what has not answered for so long is not waited for by each of the steps that a run ends
    ///   with.
    private func beginLastTry(at now: Duration) throws(EtcdFault) -> Bool {
        let (givenUp, tried, since) = state.withLock { state in
            // By then it is worth another try.
            if let last = state.givenUp?.at, now - last >= policy.patience { state.triedSince = .zero }
            return (state.givenUp, state.triedSince, state.silentSince)
        }
        guard let givenUp else { return false }
        if tried >= min(policy.lastTries, policy.patience) { throw .unavailable(Self.inVain(givenUp.words, now - (since ?? now))) }
        return true
    }

    private func tellSilence(_ words: [String], remaining: Duration) {
        let isNew = state.withLock { state in
            defer { state.hasToldSilence = true }
            return !state.hasToldSilence
        }
        if isNew { onSilence(Self.summary(words, members.count), remaining) }
    }

    private func giveUp(_ words: [String], since start: Duration, isBeside: Bool) -> EtcdFault {
        let now = clock.now()
        let summary = Self.summary(words, members.count)
        let silence = state.withLock { state in
            if !isBeside {
                if state.givenUp != nil { state.triedSince += now - start }
                state.givenUp = (summary, now)
            }
            return now - (state.silentSince ?? start)
        }
        return .unavailable(Self.inVain(summary, silence))
    }

    /// What was met, with how long that went on.
    private static func inVain(_ summary: String, _ time: Duration) -> String {
        let milliseconds = Int(time / .milliseconds(1))
        return "\(summary); asked in vain for \(milliseconds < 1000 ? "\(milliseconds) ms" : "\((milliseconds + 500) / 1000) s")"
    }

    private enum Attempt: Sendable {
        case answer([UInt8])
        case failed(EtcdErrorKind, Secret?)
    }

    private func send(_ path: String, _ body: [UInt8], to member: Int) async throws(EtcdFault) -> Attempt {
        let token: Secret?
        switch try await logIn(to: member) {
        case .shown(let known): token = known
        case .failed(let kind): return .failed(kind, nil)
        }
        let fields = [HeaderField("Content-Type", "application/json")] + (token.map { [HeaderField("Authorization", $0)] } ?? [])
        return await post(path, body, fields, to: member, token)
    }

    private func post(
        _ path: String, _ body: [UInt8], _ fields: [HeaderField], to member: Int, _ token: Secret?, hiding secrets: [Secret] = []
    ) async -> Attempt {
        state.withLock {
            $0.requests += 1
            $0.sentBytes += body.count
        }
        do throws(TransportFault) {
            let answer = try await transport.send(
                OutgoingRequest(
                    method: .post, endpoint: members[member], path: path, fields: fields, body: body, answerLimit: policy.answerLimit))
            if answer.isTruncated { return .failed(.lasting(.longAnswer), token) }
            if answer.status == 200 { return .answer(answer.body) }
            let isSecure = members[member].scheme == .https
            return .failed(EtcdErrorKind(answer.status, answer.body, Redactor(fields, secrets), overTLS: isSecure), token)
        } catch {
            // Another member may have the certificate that is looked for; and of one that has answered before, the way there may mend.
            let hasAnswered = state.withLock { $0.cluster != nil }
            if members.count == 1, !hasAnswered, let cause = error.cause {
                return .failed(.lasting(.noWay(FileProblem(cause), error.message)), token)
            }
            return .failed(.passing(error.message), token)
        }
    }

    // MARK: Users

    private enum LogIn: Sendable {
        case shown(Secret?)
        case failed(EtcdErrorKind)
    }

    /// The token to be shown; made from the user's password where there is none yet. Without a user, or where the cluster knows none, none is.
    private func logIn(to member: Int) async throws(EtcdFault) -> LogIn {
        guard let user else { return .shown(nil) }
        let (known, hasNoUsers) = state.withLock { ($0.token, $0.hasNoUsers) }
        if hasNoUsers || known != nil { return .shown(hasNoUsers ? nil : known) }
        var body = JSONWriter(capacity: 256)
        body.beginObject()
        body.field("name", user.name)
        body.field("password", user.password.text)
        body.endObject()
        let fields = [HeaderField("Content-Type", "application/json")]
        switch await post("/v3/auth/authenticate", body.bytes, fields, to: member, nil, hiding: [user.password]) {
        case .answer(let bytes):
            guard let token = Self.token(in: bytes) else { return .failed(.lasting(.malformed("a log-in without a token"))) }
            state.withLock { $0.token = token }
            return .shown(token)
        case .failed(.noUsers, _):
            state.withLock { $0.hasNoUsers = true }
            return .shown(nil)
        case .failed(.lasting(.denied(let words)), _): throw .denied(words)
        case .failed(let kind, _): return .failed(kind)
        }
    }

    private static func token(in bytes: [UInt8]) -> Secret? {
        bytes.withUnsafeBufferPointer { buffer -> Secret? in
            var reader = JSONReader(buffer)
            return (try? token(&reader)) ?? nil
        }
    }

    private static func token(_ reader: inout JSONReader) throws(JSONProblem) -> Secret? {
        var token: String?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.isEqual(to: "token") { token = try reader.string() } else { try reader.skip() }
        }
        // It goes into a field of a request: visible ASCII, or it is none of etcd's.
        guard let token, !token.isEmpty, token.utf8.count <= 8192, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return Secret(token)
    }

    // MARK: Clusters

    /// Notes what an answer says of its cluster.
    ///
    /// - Parameter known: the newest revision that was seen before the request was sent.
    /// - Returns: whether it is the cluster that answered before. Clusters that were begun with the same settings have the same id; then
    ///   revisions tell apart, which never go back.
    private func note(_ header: EtcdHeader, since known: Int) -> Bool {
        state.withLock { state in
            if header.cluster.isEmpty { return true }
            if let cluster = state.cluster, cluster != header.cluster { return false }
            if header.revision < known { return false }
            state.cluster = header.cluster
            state.revision = max(state.revision, header.revision)
            return true
        }
    }

    private static func summary(_ words: [String], _ members: Int) -> String { words.suffix(members).joined(separator: "; ") }
}

extension EtcdRange {
    /// Whether an answer may be one: keys of the span, in order, no more than the limit (P9).
    func isAnswered(by answer: EtcdRangeAnswer) -> Bool {
        if limit > 0, answer.keys.count > limit { return false }
        var last: EtcdKey?
        for found in answer.keys {
            if let end = span.end {
                guard !found.key.lexicographicallyPrecedes(span.start), found.key.lexicographicallyPrecedes(end) else { return false }
            } else if found.key != span.start {
                return false
            }
            if let last {
                guard isDescending ? found.key.lexicographicallyPrecedes(last) : last.lexicographicallyPrecedes(found.key) else {
                    return false
                }
            }
            last = found.key
            guard found.createRevision > 0, found.modRevision >= found.createRevision, found.lease >= 0 else { return false }
        }
        return !answer.hasMore || !answer.keys.isEmpty
    }
}

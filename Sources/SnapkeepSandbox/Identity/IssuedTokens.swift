internal import Synchronization

/// A token that the sandbox gave out.
struct IssuedToken: Sendable, Equatable {
    let text: String
    /// How its owner proved who asks; the methods of the token that it was got with count too.
    let methods: [String]
    let issuedAt: Microseconds
    let expiresAt: Microseconds
    /// Whether it is for the sandbox's project; one for no project opens nothing but the identity service.
    let isScoped: Bool
    /// Its own id for auditors, then those of the tokens before it.
    let auditIDs: [String]
    /// Whether it was taken back.
    var isRevoked = false

    func isGood(at now: Microseconds) -> Bool { !isRevoked && expiresAt > now }
}

/// The tokens that the sandbox gave out. They end with the process.
final class IssuedTokens: Sendable {
    private let tokens = Mutex<[String: IssuedToken]>([:])

    /// The most tokens kept with their end behind them, so that their use can be told from that of a token never seen.
    private static let kept = 10_000

    func add(_ token: IssuedToken, now: Microseconds) {
        tokens.withLock { tokens in
            if tokens.count >= Self.kept { tokens = tokens.filter { $0.value.isGood(at: now) } }
            tokens[token.text] = token
        }
    }

    /// The token, good or not.
    subscript(text: String) -> IssuedToken? { tokens.withLock { $0[text] } }

    /// Takes a good token back; whether there was one.
    func revoke(_ text: String, now: Microseconds) -> Bool {
        tokens.withLock { tokens in
            guard tokens[text]?.isGood(at: now) == true else { return false }
            tokens[text]?.isRevoked = true
            return true
        }
    }
}

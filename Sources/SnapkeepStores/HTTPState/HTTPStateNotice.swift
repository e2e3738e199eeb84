/// What a person should know of a state on a server, and what stops nobody.
public enum HTTPStateNotice: Hashable, Sendable {
    /// A journal of this machine was put aside by whoever has locked the state, and is kept under this path.
    case journalAside(HTTPStateAside, kept: String)
    /// A lock could not be given back, and may stand on the server until somebody breaks it by this token; the words are one clause without a full
    /// stop.
    case lockLeft(token: String, words: String)
}

import SnapkeepCore
import SnapkeepState

/// Why a server did not do what it was asked for, after everything that is safe was tried again. The texts are one clause each, without a full
/// stop and without secrets.
enum HTTPStateProblem: Error, Hashable, Sendable {
    /// Nobody answered, or the server failed: certainly nothing was done.
    case unreachable(String)
    /// The same, and no other try leads there.
    case noWay(FileProblem, String)
    /// Nobody knows whether it was done.
    case unsure(String)
    /// The user is not known there, or may not do this.
    case denied(String)
    /// Another one has the lock; `nil` where the server does not tell who.
    case locked(HTTPStateHolder?)
    /// A write was refused because the lock is not this run's any more.
    case lockLost(HTTPStateHolder?)
    /// A write was refused because somebody else has written since the document was read.
    case replaced
    case tooLarge(String)
    /// What answers is not a server of states, or serves another one.
    case foreign(String)
    /// The server does not lock, or gives one lock to two.
    case withoutLock(String)
    case refused(String)

    /// What there is to say of it.
    var words: String {
        switch self {
        case .unreachable(let words), .noWay(_, let words), .unsure(let words), .denied(let words), .tooLarge(let words),
            .foreign(let words),
            .withoutLock(let words), .refused(let words):
            words
        case .locked: "another one has the lock"
        case .lockLost: "the lock is not this run's any more"
        case .replaced: "somebody else has written"
        }
    }

    /// Where a lock may be held, with what breaks it: not every server tells who has it.
    func naming(_ lock: HTTPStateLock, _ dialect: HTTPStateSettings.Dialect) -> HTTPStateProblem {
        guard case .unsure(let words) = self else { return self }
        return .unsure("\(words); if the lock was given all the same, its token is '\(lock.token(dialect))'")
    }

    /// What there is to do about it; `nil` for what another run does to this one.
    var cause: FileProblem? {
        switch self {
        case .locked, .lockLost, .replaced: nil
        case .unreachable: .storeUnreachable
        case .noWay(let problem, _): problem
        case .unsure: .storeUnsure
        case .denied: .storeDenied
        case .tooLarge: .storeLimit
        case .foreign: .storeForeign
        case .withoutLock: .storeWithoutLock
        case .refused: .other
        }
    }

    /// As commands are told of it.
    ///
    /// - Parameters:
    ///   - place: of the state.
    ///   - call: what was asked for: `GET`, `LOCK`.
    func fault(_ place: String, _ call: String, _ access: FileProblem.Access) -> StateFault {
        switch self {
        case .locked(let holder): .locked(path: place, holder: holder?.holder)
        case .lockLost(let holder): .lockLost(path: place, holder: holder?.holder)
        case .replaced: .replaced(path: place, kept: nil)
        case .unreachable, .noWay, .unsure, .denied, .tooLarge, .foreign, .withoutLock, .refused:
            .io(path: place, call: call, words, cause: cause ?? .other, access)
        }
    }
}

import SnapkeepCore
package import SnapkeepEngine

extension JournalFailure {
    /// A fault of the store, as the engine is told of it.
    package init(_ fault: StateFault) {
        switch fault {
        case .io(let path, _, let words, let cause, _): self.init(path: path, message: words, cause: cause)
        case .lockLost(let path, let holder):
            self.init(
                path: path, message: "the lock of the state is lost" + (holder.map { "; \($0) holds it" } ?? ""), cause: .lockLost)
        case .replaced(let path, _): self.init(path: path, message: "somebody else has written it", cause: .takenAway)
        default: self.init(path: fault.path, message: "it is not open any more")
        }
    }
}

import SnapkeepCore

/// The files of one state. All lie in the state's own folder.
public struct StatePaths: Hashable, Sendable {
    /// The state itself, as the user named it.
    public let state: String

    /// The files that belong to a state's path.
    public init(state: String) { self.state = state }

    /// The events of the run that is under way or was interrupted.
    public var journal: String { state + ".journal" }
    /// Held by the run that may write; never deleted.
    public var lock: String { state + ".lock" }
    /// The state before the last change.
    public var backup: String { state + ".backup" }
    /// One line for each run.
    public var history: String { state + ".history" }
    /// The state and the files beside it.
    public var all: [String] { [state, journal, lock, backup, history] }

    /// Whether a file bears the name of one that stands beside some state.
    public static func isBesideState(_ path: String) -> Bool { StatePaths(state: "").all.dropFirst().contains(where: path.hasSuffix) }

    /// The same files by the path that symbolic links lead to. Journal and lock then lie beside the file itself, so that two users who
    /// come through different links meet.
    func resolved(by system: some FileSystem) -> StatePaths {
        var path = state
        // The limit of the kernel's own resolution; what is longer is a circle, and opening it says so.
        for _ in 0..<40 {
            guard let target = system.linkTarget(path) else { break }
            path = target.hasPrefix("/") ? target : parentFolder(of: path) == "." ? target : parentFolder(of: path) + "/" + target
        }
        return StatePaths(state: path)
    }

    /// A name beside the state for a file that is about to be renamed. It tells whose it is, so that a dead run's can be cleaned away.
    func temporary(_ token: String) -> String { "\(state).\(token).tmp" }
}

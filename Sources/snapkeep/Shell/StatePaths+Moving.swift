import SnapkeepCore
import SnapkeepState

extension StatePaths {
    /// What to type to move those of the files that are there out of the way, into a folder beside the state.
    func commandToMoveAway(to name: String) -> String {
        let folder = state.lastIndex(of: "/").map { String(state[...$0]) } ?? ""
        let target = (folder + name).quotedForShell
        let files = [self.state, journal, lock, backup, history].filter(InputFiles.exists).map(\.quotedForShell)
        return "mkdir -p \(target) && mv \(files.joined(separator: " ")) \(target)/"
    }
}

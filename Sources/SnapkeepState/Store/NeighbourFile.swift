import SnapkeepCore

/// A file that stands beside the state: this program's, or it is not touched.
struct NeighbourFile {
    let path: String
    /// Whether a file may be ours, by its beginning; an empty one may.
    let isOurs: @Sendable ([UInt8]) -> Bool

    static func lock(_ files: StatePaths) -> NeighbourFile { .init(path: files.lock) { LockText.isOurs($0) } }
    static func history(_ files: StatePaths) -> NeighbourFile { .init(path: files.history) { HistoryFile.isOurs($0) } }
    static func backup(_ files: StatePaths) -> NeighbourFile { .init(path: files.backup) { StateFile.isOurs($0) } }

    /// Passes what is ours, and what is not there.
    ///
    /// - Throws: `StateFault.notOurs` for a link and for what somebody else has written, `.notAFile` for a folder, a pipe or a device.
    func check(_ system: some FileSystem) throws(StateFault) {
        if system.linkTarget(path) != nil { throw .notOurs(path: path) }
        do throws(FileFailure) {
            guard let status = try system.retrying({ () throws(FileFailure) in try system.status(path) }) else { return }
            if status.kind != .regular { throw FileFailure(call: "open", code: FileFailure.isFolder) }
            if isOurs(try system.beginning(of: path)) { return }
            // Other tools may have sorted the fields of what became the backup.
            if let whole = try system.contents(of: path), isOurs(whole) { return }
        } catch {
            // Gone since it was looked at.
            if error.code == FileFailure.notFound { return }
            throw StateFault(error, path: path, .read)
        }
        throw .notOurs(path: path)
    }
}

import SnapkeepCore

/// The state file as it was when this process read or wrote it: what stands there at the end must still be that, or somebody else has written
/// meanwhile, and it must not be overwritten.
struct SeenState: Hashable, Sendable {
    /// `nil` where there was none.
    var status: FileStatus?
    /// The checksum of its bytes.
    var sum: UInt32?

    /// Nothing.
    static let absent = SeenState()

    /// Reads a state file, and how it looks.
    ///
    /// - Returns: `nil` where there is none.
    static func read(_ path: String, _ system: some FileSystem) throws(StateFault) -> (bytes: [UInt8], seen: SeenState)? {
        do throws(FileFailure) {
            // First how it looks: what is written meanwhile then does not look like it.
            let status = try system.retrying { () throws(FileFailure) in try system.status(path) }
            guard let bytes = try system.contents(of: path) else { return nil }
            return (bytes, SeenState(status: status, sum: CRC32C.of(bytes)))
        } catch { throw StateFault(error, path: path, .read) }
    }

    /// Whether what stands at a path is still that. A file that was only touched, or written anew with the same bytes, is.
    func isStill(at path: String, _ system: some FileSystem) throws(FileFailure) -> Bool {
        let now = try system.retrying { () throws(FileFailure) in try system.status(path) }
        if now == status { return true }
        guard now != nil, status != nil, let bytes = try system.contents(of: path) else { return false }
        return CRC32C.of(bytes) == sum
    }
}

import Glibc

/// Which file a path leads to: two names of one file have one identity.
struct FileIdentity: Hashable {
    private let device: UInt
    private let number: UInt

    /// - Returns: `nil` where there is no file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
    }
}

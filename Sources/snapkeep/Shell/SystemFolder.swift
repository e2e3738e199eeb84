import Glibc

/// The folder that the process works in.
enum SystemFolder {
    /// Its absolute path; `nil` where the system does not tell it.
    static var current: String? {
        guard let path = getcwd(nil, 0) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}

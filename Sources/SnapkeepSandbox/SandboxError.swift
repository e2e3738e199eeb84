import Glibc

/// Why a sandbox could not start, or had to stop.
public enum SandboxError: Error, Equatable, CustomStringConvertible {
    /// A system call on the data file failed with that `errno`.
    case dataFile(path: String, operation: String, errno: Int32)
    /// A line of the data file other than a torn last one cannot be read.
    case damaged(path: String, line: Int, reason: String)
    /// The data file belongs to another project.
    case otherProject(path: String, recorded: String)

    /// The fault in one clause.
    public var description: String {
        switch self {
        case .dataFile(let path, let operation, let errno):
            "\(path): cannot \(operation) the data file: \(String(cString: strerror(errno)))"
        case .damaged(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .otherProject(let path, let recorded): "\(path): the data file belongs to project \(recorded)"
        }
    }
}

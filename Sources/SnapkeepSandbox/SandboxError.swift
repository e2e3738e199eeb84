import Glibc

/// Why a sandbox could not start, or had to stop.
public enum SandboxError: Error, Equatable, CustomStringConvertible {
    /// A system call on the data file failed with that `errno`.
    case dataFile(path: String, operation: String, errno: Int32)
    /// A line of the data file other than a torn last one cannot be read.
    case damaged(path: String, line: Int, reason: String)
    /// The data file belongs to another project.
    case otherProject(path: String, recorded: String)
    /// The clock was to be set to an instant that lies behind the last one in the data file.
    case clockBehind(path: String, wanted: SandboxInstant, shown: SandboxInstant)
    /// Snapshots of the backup service were asked for, of a volume that is not there or whose name several have.
    case volumeOfAutoSnapshots(String, found: Int)

    /// The fault in one clause.
    public var description: String {
        switch self {
        case .dataFile(let path, let operation, let errno):
            "\(path): cannot \(operation) the data file: \(String(cString: strerror(errno)))"
        case .damaged(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .otherProject(let path, let recorded): "\(path): the data file belongs to project \(recorded)"
        case .clockBehind(let path, let wanted, let shown): "\(path): the clock has shown \(shown) and never goes back, so not to \(wanted)"
        case .volumeOfAutoSnapshots(let volume, let found):
            found == 0 ? "there is no volume '\(volume)' to have automatic snapshots" : "\(found) volumes are called '\(volume)'"
        }
    }
}

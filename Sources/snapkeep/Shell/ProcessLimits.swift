import Glibc
import SnapkeepCore
import SnapkeepRendering

/// What the system lets this process have: said at the start where it is too little, for the network's event loops and the allocator end
/// the process where they get nothing.
enum ProcessLimits {
    /// Files that stay open whatever is connected: the standard streams, state, journal, lock, history, a log, certificates.
    private static let baseFiles = 24
    /// An event loop holds a poll, an event and a timer.
    private static let filesPerLoop = 3
    /// Below it threads fail to start and allocations fail, which nothing can catch (measured with two cores: below 400 MiB).
    private static let baseSpace: UInt64 = 512 << 20
    /// The stacks of a core's threads, one of the event loops' and one of the tasks'.
    private static let spacePerCore: UInt64 = 16 << 20

    /// Checks the limits before the first connection; the soft limit of open files is raised as far as the hard one allows.
    ///
    /// - Parameter isAdjustable: whether the number of connections is an option of the command.
    /// - Throws: `Failure` when there is too little.
    static func check(connections: Int, isAdjustable: Bool = false) throws {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let wanted = UInt64(baseFiles + filesPerLoop * cores + connections)
        if let files = limit(of: RLIMIT_NOFILE), files.rlim_cur < wanted {
            var raised = files
            raised.rlim_cur = rlim_t(min(UInt64(files.rlim_max), wanted))
            if raised.rlim_cur > files.rlim_cur { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) }
            let left = limit(of: RLIMIT_NOFILE).map { UInt64($0.rlim_cur) } ?? wanted
            if left < wanted {
                let least = wanted - UInt64(connections) + 2
                throw Failure(.error, .tooFewFiles(left, wanted: wanted, canBeFewer: isAdjustable && left >= least))
            }
        }
        let wantedSpace = baseSpace + spacePerCore * UInt64(cores)
        if let space = limit(of: RLIMIT_AS), space.rlim_cur < wantedSpace {
            throw Failure(.error, .tooLittleMemory(UInt64(space.rlim_cur), wanted: wantedSpace))
        }
    }

    private static func limit(of resource: __rlimit_resource) -> rlimit? {
        var value = rlimit()
        return getrlimit(__rlimit_resource_t(resource.rawValue), &value) == 0 ? value : nil
    }
}

extension Diagnostic {
    static func tooFewFiles(_ allowed: UInt64, wanted: UInt64, canBeFewer: Bool) -> Diagnostic {
        Diagnostic(
            .error, code: "too-few-files", "this process may open \(allowed) files at once, and the run needs \(wanted)",
            notes: [Note("nothing was sent, nothing was changed", at: .none)],
            help: "raise the limit with 'ulimit -n \(max(256, wanted))'" + (canBeFewer ? ", or use a lower '--parallelism'" : ""))
    }

    static func tooLittleMemory(_ allowed: UInt64, wanted: UInt64) -> Diagnostic {
        Diagnostic(
            .error, code: "too-little-memory",
            "this process may use \(allowed >> 20) MiB of address space, and the run needs \(wanted >> 20) MiB",
            notes: [Note("nothing was sent, nothing was changed", at: .none)],
            help: "raise the limit with 'ulimit -v \(wanted >> 10)'; most of it is only reserved, not used")
    }
}

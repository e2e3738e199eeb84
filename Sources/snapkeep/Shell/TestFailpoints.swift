import Glibc
import SnapkeepEngine
import Synchronization

/// Failpoints for the crash tests: `SNAPKEEP_FAILPOINT=after-intent:3` kills this process with SIGKILL at the third time that place is
/// reached. Release builds have none of it.
func failpoints(from environment: ProcessEnvironment) -> Failpoints {
    #if DEBUG
        guard let setting = environment["SNAPKEEP_FAILPOINT"] else { return .inert }
        let parts = setting.split(separator: ":")
        guard let name = parts.first, let point = Failpoint(rawValue: String(name)) else { return .inert }
        let target = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
        let count = Atomic<Int>(0)
        let counter = FailpointCounter(count)
        return Failpoints { reached in
            if reached == point, counter.increment() == target { kill(getpid(), SIGKILL) }
        }
    #else
        return .inert
    #endif
}

#if DEBUG
    private final class FailpointCounter: Sendable {
        private let count: Atomic<Int>

        init(_ count: consuming Atomic<Int>) { self.count = count }

        func increment() -> Int { count.add(1, ordering: .relaxed).newValue }
    }
#endif

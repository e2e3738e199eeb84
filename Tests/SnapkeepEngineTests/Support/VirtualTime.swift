import SnapkeepCore
import Synchronization

@testable import SnapkeepEngine

/// Runs tasks on one thread with a clock of its own: the clock moves only when no task can run, and then to the nearest waking.
///
/// So an hour of waiting takes no time, every run of a test is the same run, and "nothing can ever happen again" is seen as what it is:
/// no task ready, no sleeper left, and the body not done.
final class VirtualTime: TaskExecutor, Sendable {
    /// How a run came to its end.
    enum End { case done, hung, killed, endless }

    private struct Sleeper {
        let deadline: Duration
        let id: Int
        let continuation: UnsafeContinuation<Bool, Never>
    }

    private struct Inner {
        var jobs: [UnownedJob] = []
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var nextID = 0
        var elapsed: Duration = .zero
        var isKilled = false
        var generation = 0
        var wallOffset: Duration = .zero
        var chance: SeededRandom
        var shuffles: Bool
    }

    private let inner: Mutex<Inner>

    /// With `shuffles`, ready tasks run in a random order that the seed decides.
    init(seed: UInt64 = 1, shuffles: Bool = false) {
        inner = Mutex(Inner(chance: SeededRandom(seed: seed), shuffles: shuffles))
    }

    /// When every test begins.
    static let epoch = Timestamp("2026-11-23T09:00:00Z")!

    var elapsed: Duration { inner.withLock { $0.elapsed } }

    var now: Timestamp {
        let since = inner.withLock { $0.elapsed + $0.wallOffset }
        return Timestamp(microseconds: Self.epoch.microseconds + since.inMicroseconds)
    }

    /// Sets the wall clock forward or back, as an administrator or a time server does.
    func shiftWallClock(by offset: Duration) { inner.withLock { $0.wallOffset += offset } }

    /// Lets time pass between two runs.
    func advance(by duration: Duration) { inner.withLock { $0.elapsed += duration } }

    /// The number of the process that runs now.
    var generation: Int { inner.withLock { $0.generation } }

    /// The process that runs now reaches neither the disk nor the cloud any more, as after kill -9.
    func kill() {
        inner.withLock { inner in
            inner.isKilled = true
            inner.generation += 1
        }
    }

    /// Goes no further when the process of that number is dead.
    func live(_ generation: Int) async {
        if generation == self.generation { return }
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        inner.withLock { $0.jobs.append(job) }
    }

    func sleep(_ duration: Duration) async throws {
        let id = inner.withLock { inner in
            inner.nextID += 1
            return inner.nextID
        }
        let completed = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
                let isCancelled = inner.withLock { inner in
                    if inner.cancelled.remove(id) != nil { return true }
                    inner.sleepers.append(
                        Sleeper(deadline: inner.elapsed + max(.zero, duration), id: id, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(returning: false) }
            }
        } onCancel: {
            let sleeper = inner.withLock { inner -> Sleeper? in
                guard let index = inner.sleepers.firstIndex(where: { $0.id == id }) else {
                    inner.cancelled.insert(id)
                    return nil
                }
                return inner.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(returning: false)
        }
        if !completed { throw CancellationError() }
    }

    /// Runs `body` to its end, or as far as it goes.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> (End, Value?) {
        let box = ResultBox<Value>()
        Task(executorPreference: self) { box.put(await body()) }
        // Far above what any test needs: a run that spins without its clock moving is an error of its own.
        for _ in 0..<Self.stepLimit {
            if let value = box.value { return (.done, value) }
            if inner.withLock({ $0.isKilled }) { return (.killed, nil) }
            if let job = nextJob() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if !wakeNearest() {
                return (.hung, nil)
            }
        }
        return (.endless, nil)
    }

    private static let stepLimit = 5_000_000

    /// Buries what a killed or hung run left asleep, then looks at something.
    func afterwards<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
        inner.withLock { inner in
            inner.isKilled = false
            // Never resumed: a dead process runs no line more. Tasks that are ready die when they touch the world.
            inner.sleepers = []
            inner.cancelled = []
        }
        return run(body).1!
    }

    private func nextJob() -> UnownedJob? {
        inner.withLock { inner in
            if inner.jobs.isEmpty { return nil }
            let index = inner.shuffles ? Int(inner.chance.next() % UInt64(inner.jobs.count)) : 0
            return inner.jobs.remove(at: index)
        }
    }

    private func wakeNearest() -> Bool {
        let sleeper = inner.withLock { inner -> Sleeper? in
            let nearest = inner.sleepers.indices.min { left, right in
                (inner.sleepers[left].deadline, inner.sleepers[left].id) < (inner.sleepers[right].deadline, inner.sleepers[right].id)
            }
            guard let nearest else { return nil }
            let sleeper = inner.sleepers.remove(at: nearest)
            inner.elapsed = max(inner.elapsed, sleeper.deadline)
            return sleeper
        }
        sleeper?.continuation.resume(returning: true)
        return sleeper != nil
    }
}

private final class ResultBox<Value: Sendable>: Sendable {
    private let storage = Mutex<Value?>(nil)
    var value: Value? { storage.withLock { $0 } }
    func put(_ value: Value) { storage.withLock { $0 = value } }
}

extension Duration {
    var inMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}

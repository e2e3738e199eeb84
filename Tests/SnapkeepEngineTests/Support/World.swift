import SnapkeepCore
import Synchronization
import Testing

@testable import SnapkeepEngine

/// One cloud, one disk, one clock, and runs of the program between them.
final class World: @unchecked Sendable {
    // Touched by the test's own thread only: between runs, never during one.
    let time: VirtualTime
    let log = EventLog()
    let cloud: FakeCloud
    var policy: ExecutionPolicy
    var state: RecordedState
    private let attempts = Mutex<UInt64>(0)
    private let chances: Mutex<SeededRandom>
    private var runs = 0
    static let boot = BootID("2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834")!
    /// Of the machine that the next run runs on.
    var bootID = World.boot
    /// Whether the next run got the lock from one that may live.
    var formerHolderMayLive = false
    /// How long the next run's creations wait for their credentials.
    var credentialsTake: Duration = .zero

    init(
        seed: UInt64 = 1, shuffles: Bool = false, policy: ExecutionPolicy = ExecutionPolicy(), cloud settings: FakeCloud.Settings = .init(),
        records: [SnapshotRecord] = [], superseded: [SnapshotRecord] = [], openIntents: [CreationIntent] = []
    ) {
        time = VirtualTime(seed: seed, shuffles: shuffles)
        cloud = FakeCloud(time: time, log: log, settings: settings)
        self.policy = policy
        chances = Mutex(SeededRandom(seed: seed &+ 77))
        state = Fixture.state(records: records, superseded: superseded, openIntents: openIntents)
    }

    /// What one run of the program came to.
    struct Outcome {
        var end: VirtualTime.End
        var report: ApplyReport?
        var settlements: [Settlement] = []
        var plan: Plan?
        var unrecorded: [UnrecordedSnapshot] = []
        var journal: [JournalEvent] = []
        /// Calls that waited for an fsync of the journal.
        var syncs = 0
        var events: [ProgressEvent] = []

        /// Expects that something failed, and all that did because the lock was lost.
        func expectLockLost() {
            #expect(report?.isComplete == false)
            let failures = report?.failures ?? []
            #expect(!failures.isEmpty)
            for failure in failures {
                guard case .journal(let reason) = failure.cause, reason.cause == .lockLost else {
                    Issue.record("\(failure)")
                    continue
                }
            }
        }
    }

    /// How a run is disturbed.
    struct Disturbance {
        /// Ctrl-C so long after the run began.
        var stopAfter: Duration?
        /// The line, counted from 1, at which the disk fails.
        var journalFailsAt: Int?
        var failingLineStands = false
        /// kill -9 so long after the run began.
        var killAfter: Duration?
        /// The lock is broken so long after the run began, and the run knows it from then on.
        var losesLockAfter: Duration?
        /// After the kill the machine lost its power too: only what was synchronised stays.
        var losesPower = false
        /// Called at each failpoint; may kill.
        var atFailpoint: @Sendable (Failpoint) -> Void = { _ in }
    }

    var environment: EngineEnvironment { environment(atFailpoint: { _ in }) }

    private func environment(atFailpoint: @escaping @Sendable (Failpoint) -> Void) -> EngineEnvironment {
        let time = time
        let generation = time.generation
        return EngineEnvironment(
            now: { time.now }, elapsed: { time.elapsed }, boot: bootID,
            sleep: { duration in
                await time.live(generation)
                try await time.sleep(duration)
            },
            makeAttempt: { [self] in
                Fixture.attempt(
                    attempts.withLock { value in
                        value += 1; return value
                    })
            },
            chance: { [self] in chances.withLock { Double($0.next() >> 11) / Double(1 << 53) } },
            failpoints: Failpoints(hit: atFailpoint))
    }

    /// Settles, plans and applies, as the program does; the state on the disk is afterwards what a next run would load.
    func apply(
        _ manifest: Manifest, prune: Bool = false, clock: RotationClock? = nil, _ disturbance: Disturbance = Disturbance()
    ) -> Outcome {
        run(disturbance) { session in
            let settlements = try await session.settle()
            let state = await session.recorder.state
            let plan = Reconciliation.plan(
                for: manifest, against: state, basis: Fixture.basis(of: state), options: .init(prune: prune),
                clock: clock?.checked(against: state.header.rotations))
            let unsettled = settlements.compactMap { settlement -> (AttemptID, ServiceFault)? in
                guard case .unknown(let fault) = settlement.outcome else { return nil }
                return (settlement.attempt, fault)
            }
            let report = await session.execute(plan.changes, plan.newMemory, Dictionary(unsettled) { first, _ in first })
            return (settlements, plan, report)
        }
    }

    /// Applies given changes without settling and planning.
    func execute(
        _ changes: [Change], unsettled: [AttemptID: ServiceFault] = [:], _ disturbance: Disturbance = Disturbance()
    ) -> Outcome {
        run(disturbance) { session in ([], nil, await session.execute(changes, nil, unsettled)) }
    }

    /// Only looks up what an earlier run left open.
    func settle(_ disturbance: Disturbance = Disturbance()) -> Outcome {
        run(disturbance) { session in (try await session.settle(), nil, nil) }
    }

    /// Takes a snapshot that was made by hand into the state, as `import` does: an open intent of its key is settled first.
    func adopt(_ request: Adoption.Request, _ disturbance: Disturbance = Disturbance()) -> (Adopted?, Outcome) {
        let box = AdoptedBox()
        let outcome = run(disturbance) { session in
            let open = await session.recorder.state.openIntents.filter { $0.key == request.key }
            let settlements = try await session.settling.settle(open)
            let examination = await session.adoption.examine(request, in: await session.recorder.state)
            if case .adoptable(let observed) = examination {
                box.value.withLock { $0 = .examined(examination) }
                let result = try await session.adoption.adopt(observed, for: request, recorder: session.recorder)
                box.value.withLock { $0 = .tried(result) }
            } else {
                box.value.withLock { $0 = .examined(examination) }
            }
            return (settlements, nil, nil)
        }
        return (box.value.withLock { $0 }, outcome)
    }

    /// How far an adoption came.
    enum Adopted: Hashable, Sendable {
        case examined(Adoption.Examination)
        case tried(Adoption.Outcome)
    }

    /// What a plan of the same inputs would still do.
    func remaining(_ manifest: Manifest, prune: Bool = false, clock: RotationClock? = nil) -> Plan {
        Reconciliation.plan(
            for: manifest, against: state, basis: Fixture.basis(of: state), options: .init(prune: prune),
            clock: clock?.checked(against: state.header.rotations))
    }

    /// Asks the cloud something between two runs.
    func ask<Value: Sendable>(_ body: @escaping @Sendable (isolated FakeCloud) -> Value) -> Value {
        let cloud = cloud
        return time.run { await cloud.perform(body) }.1!
    }

    /// Lets virtual time pass.
    func wait(_ duration: Duration) {
        let time = time
        _ = time.run { try? await time.sleep(duration) }
    }

    var snapshots: [ObservedSnapshot] { ask { $0.snapshots } }

    // MARK: One run

    struct Session: Sendable {
        let executor: Executor
        let settling: Settling
        let adoption: Adoption
        let recorder: Recorder
        let stops: AsyncStream<Void>

        func settle() async throws -> [Settlement] { try await settling.settle(await recorder.state.openIntents) }

        func execute(_ changes: [Change], _ memory: RotationMemory?, _ unsettled: [AttemptID: ServiceFault]) async -> ApplyReport {
            await executor.execute(changes, remembering: memory, unsettled: unsettled, stops: stops)
        }
    }

    private func run(
        _ disturbance: Disturbance,
        _ body: @escaping @Sendable (Session) async throws -> ([Settlement], Plan?, ApplyReport?)
    ) -> Outcome {
        runs += 1
        let told = Told()
        let environment = environment(atFailpoint: disturbance.atFailpoint)
        let time = time
        let journal = MemoryJournal(
            log: log, time: time, failsAt: disturbance.journalFailsAt, failingLineStands: disturbance.failingLineStands,
            lockEnds: disturbance.losesLockAfter.map { time.elapsed + $0 })
        let info = Fixture.run(runs, at: time.now)
        let recorder = try! Recorder(state, run: info, plan: nil, journal: journal)
        let (stops, stopper) = AsyncStream.makeStream(of: Void.self)
        let observe: @Sendable (ProgressEvent) -> Void = { event in told.events.withLock { $0.append(event) } }
        let cloud = ProcessService(cloud: cloud, time: time, generation: time.generation, credentialsTake: credentialsTake)
        let session = Session(
            executor: Executor(service: cloud, recorder: recorder, policy: policy, environment: environment, observe: observe),
            settling: Settling(
                service: cloud, recorder: recorder, policy: policy, environment: environment, formerHolderMayLive: formerHolderMayLive,
                observe: observe),
            adoption: Adoption(service: cloud, policy: policy, environment: environment), recorder: recorder, stops: stops)
        let (end, result) = time.run { () async -> ([Settlement], Plan?, ApplyReport?, RecordedState, [UnrecordedSnapshot]) in
            let alarms = Task(executorPreference: time) {
                if let stopAfter = disturbance.stopAfter {
                    try await time.sleep(stopAfter)
                    stopper.yield()
                }
            }
            let killer = Task(executorPreference: time) {
                if let killAfter = disturbance.killAfter {
                    try await time.sleep(killAfter)
                    time.kill()
                }
            }
            defer {
                alarms.cancel()
                killer.cancel()
            }
            do {
                let (settlements, plan, report) = try await body(session)
                return (settlements, plan, report, await recorder.state, await recorder.unrecorded)
            } catch {
                return ([], nil, nil, await recorder.state, await recorder.unrecorded)
            }
        }
        let (events, durable, syncs) = time.afterwards { (await journal.events, await journal.durableCount, await journal.syncCount) }
        if case .killed = end {
            log.append(.killed)
            ask { $0.forgetConnections() }
            let survivors = disturbance.losesPower ? Array(events[..<durable]) : events
            state = try! StateReplay.fold([.begin(info, plan: nil)] + survivors, into: state)
        } else if let result {
            state = result.3
        }
        return Outcome(
            end: end, report: result?.2, settlements: result?.0 ?? [], plan: result?.1, unrecorded: result?.4 ?? [], journal: events,
            syncs: syncs,
            events: told.events.withLock { $0 })
    }
}

private final class AdoptedBox: Sendable {
    let value = Mutex<World.Adopted?>(nil)
}

private final class Told: Sendable {
    let events = Mutex<[ProgressEvent]>([])
}

/// The cloud as one process reaches it: not at all, once it is dead.
private struct ProcessService: SnapshotService {
    let cloud: FakeCloud
    let time: VirtualTime
    let generation: Int
    let credentialsTake: Duration
    var check: SendingCheck = { () async throws(JournalFailure) in nil }

    var listBound: Int { cloud.listBound }

    func checking(_ check: @escaping SendingCheck) -> any SnapshotService {
        var checked = self
        checked.check = check
        return checked
    }

    /// What stands before each request that changes something: the credentials, and then the run's own check.
    private func leave() async throws(ServiceFault) {
        await time.live(generation)
        if credentialsTake > .zero { try? await time.sleep(credentialsTake) }
        await time.live(generation)
        do throws(JournalFailure) { _ = try await check() } catch {
            throw ServiceFault(.notSent, request: "a change", message: error.message)
        }
    }

    func createSnapshot(_ request: CreationRequest) async throws(ServiceFault) -> ObservedSnapshot {
        try await leave()
        return try await cloud.createSnapshot(request)
    }

    func snapshot(_ id: SnapshotID) async throws(ServiceFault) -> ObservedSnapshot? {
        await time.live(generation)
        return try await cloud.snapshot(id)
    }

    func snapshotPage(_ filter: SnapshotFilter, from cursor: PageCursor?, rows: Int?) async throws(ServiceFault) -> SnapshotPage {
        await time.live(generation)
        return try await cloud.snapshotPage(filter, from: cursor, rows: rows)
    }

    func updateSnapshot(_ id: SnapshotID, name: String, description: String?) async throws(ServiceFault) -> ObservedSnapshot {
        try await leave()
        return try await cloud.updateSnapshot(id, name: name, description: description)
    }

    func mergeMetadata(_ metadata: Metadata, into id: SnapshotID) async throws(ServiceFault) {
        try await leave()
        try await cloud.mergeMetadata(metadata, into: id)
    }

    func deleteMetadataKey(_ key: String, of id: SnapshotID) async throws(ServiceFault) {
        try await leave()
        try await cloud.deleteMetadataKey(key, of: id)
    }

    func deleteSnapshot(_ id: SnapshotID) async throws(ServiceFault) {
        try await leave()
        try await cloud.deleteSnapshot(id)
    }

    func volumes(named name: String) async throws(ServiceFault) -> [ObservedVolume] {
        await time.live(generation)
        return try await cloud.volumes(named: name)
    }
}

extension FakeCloud {
    func perform<Value: Sendable>(_ body: @Sendable (isolated FakeCloud) -> Value) -> Value { body(self) }
}

/// Small things that tests are made of.
enum Fixture {
    static let owner = "payments-prod"

    static func volume(_ number: Int) -> VolumeID { VolumeID("5aa119a8-d25b-45a7-8d1b-\(padded(number, 12))")! }
    static func attempt(_ number: UInt64) -> AttemptID { AttemptID("00000000-0000-4000-8000-\(padded(Int(number), 12))")! }
    static func oldAttempt(_ number: Int) -> AttemptID { AttemptID("aaaaaaaa-0000-4000-8000-\(padded(number, 12))")! }
    static func key(_ text: String) -> SnapshotKey { try! SnapshotKey(text) }
    static func id(_ text: String) -> SnapshotID { SnapshotID(text)! }

    static func run(_ number: Int, at instant: Timestamp) -> RunInfo {
        RunInfo(
            run: RunID("bbbbbbbb-0000-4000-8000-\(padded(number, 12))")!, command: "apply", pid: 4211, host: "build-7", user: "ops",
            startedAt: instant)
    }

    static func state(records: [SnapshotRecord], superseded: [SnapshotRecord] = [], openIntents: [CreationIntent] = []) -> RecordedState {
        RecordedState(
            header: .init(
                lineage: Lineage("cccccccc-0000-4000-8000-000000000000")!, serial: 3, owner: owner, endpoint: "https://evs.example/v2",
                projectID: ProjectID("p")!),
            records: records.sorted { $0.key < $1.key }, superseded: superseded, openIntents: openIntents)
    }

    static func basis(of state: RecordedState) -> Plan.Basis {
        Plan.Basis(
            lineage: state.header.lineage, serial: state.header.serial, isFirst: false, owner: state.header.owner,
            endpoint: state.header.endpoint, projectID: state.header.projectID)
    }

    static func spec(
        _ name: String, volume number: Int = 1, key: String? = nil, description: String? = nil, metadata: [String: String] = [:],
        protect: Bool = false, timeout: Duration = .seconds(600), id: SnapshotID? = nil
    ) -> SnapshotSpec {
        SnapshotSpec(
            key: Self.key(key ?? name), name: try! SnapshotName(name), volume: .id(volume(number)), id: id,
            description: description.map { try! SnapshotDescription($0) }, metadata: Metadata(metadata), protect: protect,
            timeout: timeout)
    }

    /// Snapshots `snap-01`, `snap-02` … each of its own volume unless `perVolume` says otherwise.
    static func manifest(_ count: Int, perVolume: Int = 1, timeout: Duration = .seconds(600)) -> Manifest {
        Manifest(
            snapshots: (0..<count).map { spec("snap-\(padded($0 + 1, 2))", volume: $0 / perVolume + 1, timeout: timeout) })
    }

    static func manifest(_ specs: SnapshotSpec...) -> Manifest { Manifest(snapshots: specs) }

    /// A recorded snapshot and the same as the cloud shows it, stamped as ours.
    static func recorded(
        _ name: String, id: String, volume number: Int = 1, key: String? = nil, description: String? = nil,
        metadata: [String: String] = [:], status: SnapshotStatus = .available, protect: Bool = false, attempt: Int? = nil
    ) -> (record: SnapshotRecord, observed: ObservedSnapshot) {
        let attempt = oldAttempt(attempt ?? abs(id.utf8.reduce(0) { ($0 * 31 + Int($1)) % 1_000_000 }))
        let record = SnapshotRecord(
            key: Self.key(key ?? name), id: Self.id(id), volumeID: volume(number), name: name, description: description,
            metadata: Metadata(metadata), status: status, size: 20, createdAt: Timestamp("2026-11-20T08:00:00")!, protect: protect,
            attempt: attempt)
        let stamp = Stamp(owner: owner, key: record.key.text, attempt: attempt.text)
        let observed = ObservedSnapshot(
            id: record.id, volumeID: record.volumeID, name: name, description: description,
            metadata: Metadata(metadata).merging(stamp.metadata), status: status, size: 20, createdAt: record.createdAt, updatedAt: nil)
        return (record, observed)
    }

    static func intent(
        _ name: String, attempt: Int = 1, volume number: Int = 1, startedAt: Timestamp, replaces: SnapshotID? = nil
    ) -> CreationIntent {
        CreationIntent(
            attempt: oldAttempt(attempt), owner: owner, key: key(name), volumeID: volume(number), name: name, description: nil,
            metadata: Metadata(), protect: false, startedAt: startedAt, replaces: replaces)
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

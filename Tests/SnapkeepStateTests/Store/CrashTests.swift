import SnapkeepCore
import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepState

/// What a run was told to be on disk before it went on.
struct Ledger {
    var hasState = false
    var durable: [JournalEvent] = []
    var written: [JournalEvent] = []
    var failed = false
    var foldFailed = false
}

let diskPaths = StatePaths(state: "disk/state.json")

/// One life of the program, twice over: a first state, a run that is folded, and a second run. It stops creating at the first failure, as
/// the executor does, and still tries to fold.
func live(on disk: SimulatedDisk, salvaging: Bool = false) async -> Ledger {
    var ledger = Ledger()
    await run(
        1, on: disk, &ledger, salvaging: salvaging,
        [
            (.intent(Sample.intent(1, "orders")), .now), (.created(attempt: Sample.attempt(1), Sample.created(1)), .soon),
            (.intent(Sample.intent(2, "ledger")), .now), (.created(attempt: Sample.attempt(2), Sample.created(2)), .now),
            (.observed(Sample.snapshot(1), status: .available, size: 20, updatedAt: nil), .soon),
        ])
    if ledger.failed { return ledger }
    await run(
        2, on: disk, &ledger, salvaging: salvaging,
        [
            (.observed(Sample.snapshot(2), status: .error, size: nil, updatedAt: nil), .soon),
            (.intent(Sample.intent(3, "ledger", replaces: Sample.snapshot(2))), .now),
            (.created(attempt: Sample.attempt(3), Sample.created(3)), .soon), (.intent(Sample.intent(4, "billing")), .now),
        ])
    return ledger
}

private func run(
    _ number: Int, on disk: SimulatedDisk, _ ledger: inout Ledger, salvaging: Bool, _ events: [(JournalEvent, Durability)]
) async {
    guard let store = try? await LockedFiles.open(diskPaths, run: Sample.run(number), system: disk) else {
        ledger.failed = true
        return
    }
    do {
        if await store.loaded.state == nil {
            try await store.createState(Sample.firstState)
            ledger.hasState = true
        }
        try await store.begin(Sample.run(number), plan: number == 1 ? Sample.plan : nil)
        for (event, durability) in events {
            do throws(JournalFailure) {
                try await store.append(event, durability)
                ledger.written.append(event)
                if durability == .now { ledger.durable = ledger.written }
            } catch {
                ledger.failed = true
                if case .created = event, salvaging, await store.salvage(event) {
                    ledger.written.append(event)
                    ledger.durable = ledger.written
                }
                // A failed journal takes nothing more (P6).
                await #expect(throws: JournalFailure.self) { try await store.append(event, .now) }
                break
            }
        }
        if !salvaging || !ledger.failed {
            try await store.checkpoint()
            ledger.durable = ledger.written
        }
    } catch {
        ledger.failed = true
    }
    await store.close()
}

/// Whether a state says what the events told.
func missing(_ events: [JournalEvent], from state: RecordedState?) -> [JournalEvent] {
    let records = (state?.records ?? []) + (state?.superseded ?? [])
    return events.filter { event in
        switch event {
        case .intent(let intent):
            !records.contains { $0.attempt == intent.attempt } && !(state?.openIntents ?? []).contains { $0.attempt == intent.attempt }
        case .created(_, let snapshot): !records.contains { $0.id == snapshot.id }
        case .observed(let id, let status, _, _): !records.contains { $0.id == id && ($0.status == status || status == .available) }
        default: false
        }
    }
}

/// Checks what the next start finds on a disk.
private func check(_ disk: SimulatedDisk, holds events: [JournalEvent], hasState: Bool, _ what: Comment) async throws {
    let before = disk.paths
    let read = try FileStateStore(diskPaths, system: disk).read()
    #expect(disk.paths == before, what)
    #expect(!hasState || read.state != nil, what)
    #expect(missing(events, from: read.state) == [], what)
    // The old or the new state, never a mixture: each is one that a run passed through.
    if let state = read.state { #expect(Lifetime.isReachable(state), what) }

    let store = try await LockedFiles.open(diskPaths, run: Sample.run(9), system: disk)
    #expect(await store.loaded == read, what)
    await store.close()
    #expect(disk.bytes(diskPaths.journal) == nil, what)
    #expect(!disk.paths.contains { $0.hasSuffix(".tmp") }, what)
    #expect(try disk.bytes(diskPaths.state).map(StateFile.decode) == read.state, what)
    if let backup = disk.bytes(diskPaths.backup) { #expect(throws: Never.self, what) { try StateFile.decode(backup) } }
    // A second start finds the same, and nobody interrupted.
    #expect(try FileStateStore(diskPaths, system: disk).read() == LoadedState(state: read.state), what)
}

private enum Lifetime {
    /// The states after each event of `live`, without the name of the last run.
    static let reachable: Set<RecordedState> = {
        var reachable: Set<RecordedState> = [anonymous(Sample.firstState)]
        func pass(_ number: Int, _ plan: PlanID?, over state: RecordedState, _ events: [JournalEvent]) -> RecordedState {
            var replay = StateReplay(state)
            for event in [.begin(Sample.run(number), plan: plan)] + events {
                try! replay.apply(event)
                reachable.insert(anonymous(replay.finished()))
            }
            return replay.finished()
        }
        let middle = pass(
            1, Sample.plan, over: Sample.firstState,
            [
                .intent(Sample.intent(1, "orders")), .created(attempt: Sample.attempt(1), Sample.created(1)),
                .intent(Sample.intent(2, "ledger")), .created(attempt: Sample.attempt(2), Sample.created(2)),
                .observed(Sample.snapshot(1), status: .available, size: 20, updatedAt: nil),
            ])
        _ = pass(
            2, nil, over: middle,
            [
                .observed(Sample.snapshot(2), status: .error, size: nil, updatedAt: nil),
                .intent(Sample.intent(3, "ledger", replaces: Sample.snapshot(2))), .created(attempt: Sample.attempt(3), Sample.created(3)),
                .intent(Sample.intent(4, "billing")),
            ])
        return reachable
    }()

    static func isReachable(_ state: RecordedState) -> Bool { reachable.contains(anonymous(state)) }

    private static func anonymous(_ state: RecordedState) -> RecordedState {
        var state = state
        state.header.lastRun = nil
        return state
    }
}

@Suite struct CrashTests {
    @Test(
        "P1, P6: a death at any call of two runs, with a loss of power or without, leaves a whole state and every intent that was acted on")
    func everyCrashPointLeavesAWholeStateAndEveryIntent() async throws {
        let healthy = SimulatedDisk()
        let whole = await live(on: healthy)
        let calls = healthy.log.count
        #expect(!whole.failed)
        #expect(missing(whole.written, from: try FileStateStore(diskPaths, system: healthy).read().state) == [])
        for call in 1...calls {
            let disk = SimulatedDisk(faults: [call: .death])
            let ledger = await live(on: disk)
            try await check(disk.afterDeath(), holds: ledger.written, hasState: ledger.hasState, "death at call \(call)")
            for (choice, survivor) in disk.afterPowerLoss().enumerated() {
                try await check(
                    survivor, holds: ledger.durable, hasState: ledger.hasState,
                    "power loss \(choice) at call \(call): \(disk.log[call - 1])")
            }
        }
    }

    @Test("P1, P6: the next start dies, too, in the middle of folding what the first left, and nothing is lost")
    func aCrashWhileFoldingALeftoverLosesNothing() async throws {
        let disk = SimulatedDisk()
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(1), system: disk)
        try await store.createState(Sample.firstState)
        try await store.begin(Sample.run(1), plan: Sample.plan)
        let event = JournalEvent.intent(Sample.intent(1, "orders"))
        try await store.append(event, .now)
        await store.close()
        var call = 0
        while true {
            call += 1
            let next = disk.afterDeath()
            next.state.withLock { $0.faults = [call: .death] }
            let opened = try? await LockedFiles.open(diskPaths, run: Sample.run(2), system: next)
            await opened?.close()
            if next.log.count < call { break }
            for survivor in [next.afterDeath()] + next.afterPowerLoss() {
                try await check(survivor, holds: [event], hasState: true, "call \(call)")
            }
        }
        #expect(call > 10)
    }

    enum Trouble: Int32, CaseIterable { case inputOutput = 5, noSpace = 28, interrupted = 4, shortWrite = 0 }

    @Test(
        "P6: whichever call fails, nothing that was reported as recorded is lost, and an interruption by a signal is no failure",
        arguments: Trouble.allCases, [false, true])
    func everyFailedCallIsHonest(trouble: Trouble, salvaging: Bool) async throws {
        let healthy = SimulatedDisk()
        _ = await live(on: healthy)
        var failures = 0
        for call in 1...healthy.log.count {
            let disk = SimulatedDisk(faults: [call: trouble == .shortWrite ? .shortWrite : .error(trouble.rawValue)])
            let ledger = await live(on: disk, salvaging: salvaging)
            let what: Comment = "\(trouble) at call \(call): \(disk.log[call - 1])"
            if ledger.failed { failures += 1 }
            if trouble == .interrupted {
                let harmless = ["fsync folder", "stat", "unlink", "rename", "link", "opendir", "fchmod"].contains {
                    disk.log[call - 1].hasPrefix($0)
                }
                #expect(!ledger.failed || harmless, what)
            }
            try await check(disk.afterDeath(), holds: ledger.written, hasState: ledger.hasState, what)
            for survivor in disk.afterPowerLoss() {
                try await check(survivor, holds: ledger.durable, hasState: ledger.hasState, what)
            }
        }
        #expect(trouble == .interrupted || failures > 5)
    }
}

import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Synchronization
import Testing

// What every store promises, as tests that know no store. A test target that compiles this file lists its stores in `storesUnderTest`.

/// A kind of store.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// A fresh place, at which nothing stands.
    let makePlace: @Sendable () async throws -> any PlaceUnderTest

    init(_ name: String, makePlace: @escaping @Sendable () async throws -> any PlaceUnderTest) {
        testDescription = name
        self.makePlace = makePlace
    }
}

/// A place of one state.
protocol PlaceUnderTest: Sendable {
    /// A program that uses the place, as one on another machine does. After another one has died only new ones are used.
    func process() async throws -> any ProcessUnderTest

    /// Returns when the lock of a process that has died can be taken.
    func awaitFreeLock() async throws

    /// Lets whoever holds the lock lose it, although it lives, so that another run can take it. Files lose their lock file and the journal.
    func takeLockAway() async throws

    /// Spoils what stands there, as disks and other hands do.
    func damage(_ part: StatePart, _ damage: StateDamage) async throws

    /// All that stands there, by name, but the lock.
    func picture() async throws -> [String: [UInt8]]

    /// Whether a path of a fault is the place's, or one of its parts'.
    func isNamed(_ path: String, _ store: any StateStore) -> Bool
}

extension PlaceUnderTest {
    func isNamed(_ path: String, _ store: any StateStore) -> Bool { path.hasPrefix(store.place) }
}

/// A program that uses a place.
protocol ProcessUnderTest: Sendable {
    var store: any StateStore { get }

    /// kill -9: from now on nothing of this process reaches the place, and what has reached it stays. It is called in the middle of a write,
    /// too, at failpoints.
    func die()
}

/// What stands at a place.
enum StatePart: CaseIterable { case state, journal, history }

/// What can become of it.
enum StateDamage: CaseIterable, CustomTestStringConvertible {
    /// One bit is another: in the middle of a text, of a line of the history the first.
    case flippedBit
    /// It is another program's text.
    case foreign
    case gone

    var testDescription: String { "\(self)" }

    /// What becomes of a text, where a store keeps it as one.
    func applied(to bytes: [UInt8], _ part: StatePart) -> [UInt8]? {
        switch self {
        case .flippedBit:
            var bytes = bytes
            bytes[part == .history ? 0 : bytes.count / 2] ^= 1
            return bytes
        case .foreign: return Array("{\"greeting\": \"hello\"}\n".utf8)
        case .gone: return nil
        }
    }
}

/// A clock whose sleeps end at once, after something was done.
struct WaitingClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    let onSleep: @Sendable () async -> Void
    var now: Instant { Instant(offset: .zero) }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { await onSleep() }
}

/// The values that the contract is tried with. Equal numbers give equal ids.
private enum Given {
    static func uuid(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    static let lineage = Lineage(uuid(1))!
    static let start = Timestamp("2026-11-23T09:12:00.081642Z")!
    static func run(_ number: Int, _ command: String = "apply") -> RunInfo {
        RunInfo(run: RunID(uuid(4000 + number))!, command: command, pid: 4200 + number, host: "build-7", user: "ci", startedAt: start)
    }

    static func key(_ text: String) -> SnapshotKey { try! SnapshotKey(text) }
    static func attempt(_ number: Int) -> AttemptID { AttemptID(uuid(100_000 + number))! }
    static func snapshot(_ number: Int) -> SnapshotID { SnapshotID(uuid(200_000 + number))! }
    static func volume(_ number: Int) -> VolumeID { VolumeID(uuid(300_000 + number))! }

    static func intent(_ number: Int) -> CreationIntent {
        CreationIntent(
            attempt: attempt(number), owner: "payments", key: key("fresh-\(number)"), volumeID: volume(number),
            name: "fresh \"\(number)\" ü",
            description: nil, metadata: Metadata(["reason": "audit"]), protect: false, startedAt: start)
    }

    /// What making one snapshot writes down.
    static func making(_ number: Int) -> [JournalEvent] {
        [
            .intent(intent(number)),
            .created(attempt: attempt(number), CreatedSnapshot(id: snapshot(number), status: .available, size: 20, createdAt: start)),
        ]
    }

    static func record(_ number: Int, size: Int = 20) -> SnapshotRecord {
        SnapshotRecord(
            key: key("k\(number + 1_000_000)"), id: SnapshotID("srv-\(number)")!, volumeID: volume(number), name: "tab\tand ü \u{1F4BE}",
            description: number.isMultiple(of: 2) ? "Daily" : nil, metadata: Metadata(["team": "payments"]), status: .available, size: size,
            createdAt: start, protect: number.isMultiple(of: 3))
    }

    static func header(serial: Int = 0, lineage: Lineage = lineage) -> RecordedState.Header {
        .init(lineage: lineage, serial: serial, owner: "payments", endpoint: "sandbox", projectID: ProjectID("sandbox")!)
    }

    static let first = RecordedState(header: header())

    /// - Parameter count: of records: several transactions where those are bounded.
    static func state(_ count: Int = 3, size: Int = 20, serial: Int = 12) -> RecordedState {
        var header = header(serial: serial)
        header.lastRun = run(999).run
        var old = record(0)
        (old.id, old.status) = (SnapshotID("srv-old")!, .error)
        return RecordedState(
            header: header, records: (0..<count).map { record($0, size: size) }, superseded: [old], openIntents: [intent(900)])
    }

    static func entry(_ run: RunInfo, before: Int, after: Int, exitCode: Int? = 0) -> HistoryEntry {
        var work = RunWork()
        work.add(.created, .init(key: key("fresh-1"), id: snapshot(1)))
        var counts = HistoryCounts()
        counts.created = 1
        return HistoryEntry(run: run, serialBefore: before, serialAfter: after, counts: counts, work: work, plan: nil, exitCode: exitCode)
    }
}

extension PlaceUnderTest {
    fileprivate func store() async throws -> any StateStore { try await process().store }

    /// Makes a first state there.
    fileprivate func begin(with state: RecordedState) async throws {
        let locked = try await store().lock(LockRequest(Given.run(0)))
        try await locked.createState(state)
        await locked.close()
    }

    /// What the next run finds, and what is left once it has ended.
    fileprivate func nextRun(_ number: Int = 500) async throws -> LoadedState {
        let locked = try await store().lock(LockRequest(Given.run(number)))
        let loaded = await locked.loaded
        await locked.close()
        return loaded
    }
}

extension LockedState {
    /// Begins a run and makes some snapshots.
    ///
    /// - Returns: the state as it is to be written.
    fileprivate func work(_ run: RunInfo, _ numbers: some Sequence<Int>) async throws -> RecordedState {
        let before = try #require(await loaded.state)
        let events = numbers.flatMap(Given.making)
        try await begin(run, plan: nil)
        for event in events { try await append([event], .now) }
        return try StateReplay.fold([.begin(run, plan: nil)] + events, into: before)
    }

    /// Ends a run that was done.
    @discardableResult
    fileprivate func finish(_ run: RunInfo, _ state: RecordedState, before: Int) async -> RunEnding {
        await end(state) { fault, serial in Given.entry(run, before: before, after: serial, exitCode: fault == nil ? 0 : 1) }
    }
}

/// A process that dies when it comes to a place for the n-th time.
private final class Mortal: Sendable {
    private struct Passed { var counts: [Failpoint: Int] = [:], isDead = false }
    private let process: any ProcessUnderTest
    private let passed = Mutex(Passed())
    let point: Failpoint
    let time: Int

    init(_ process: any ProcessUnderTest, at point: Failpoint, _ time: Int) {
        self.process = process
        self.point = point
        self.time = time
    }

    var isDead: Bool { passed.withLock { $0.isDead } }
    var points: Set<Failpoint> { passed.withLock { Set($0.counts.keys) } }
    var store: any StateStore { process.store }

    func request(_ run: RunInfo) -> LockRequest {
        LockRequest(
            run,
            failpoints: Failpoints { [self] reached in
                let dies = passed.withLock { passed in
                    passed.counts[reached, default: 0] += 1
                    if passed.isDead || reached != point || passed.counts[reached] != time { return false }
                    passed.isDead = true
                    return true
                }
                if dies { process.die() }
            })
    }

    /// Tries something at each place and each time that it comes there. What a dead process does beyond that is of no matter.
    ///
    /// - Parameter attempt: with a process of its own; it is given until it survives.
    /// - Returns: the places that it came to, and the number of deaths.
    static func atEachPlace(_ attempt: (Failpoint, _ time: Int) async throws -> Mortal) async throws -> (Set<Failpoint>, deaths: Int) {
        var (seen, deaths): (Set<Failpoint>, Int) = ([], 0)
        for point in Failpoint.allCases {
            for time in 1... {
                let mortal = try await attempt(point, time)
                seen.formUnion(mortal.points)
                if !mortal.isDead { break }
                deaths += 1
            }
        }
        return (seen, deaths)
    }
}

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isRaised: Bool { value.withLock { $0 } }
    func raise() { value.withLock { $0 = true } }
}

@Suite("What every store promises") struct StateStoreContract {
    // MARK: States

    @Test("P4: where nothing stands, nothing is found, and looking leaves nothing", arguments: storesUnderTest)
    func emptyPlace(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        let store = try await place.store()
        #expect(try await store.load() == LoadedState())
        #expect(try await store.history(namesSnapshots: true).entries.isEmpty)
        #expect(try await store.loadForRecovery().condition == .absent)
        #expect(try await store.holder() == nil)
        #expect(try await place.picture().isEmpty)
    }

    @Test("P6: a state comes back whole, to every field, also one of many records", arguments: storesUnderTest, [3, 1500])
    func wholeStates(_ kind: StoreUnderTest, _ count: Int) async throws {
        let place = try await kind.makePlace()
        let state = Given.state(count)
        try await place.begin(with: state)
        let read = try await place.store().load()
        #expect(read == LoadedState(state: state))
        #expect(try await place.store().loadForRecovery().condition == .whole(state))
        #expect(try await place.nextRun().state == state)
    }

    @Test("A first state is never made over one that is there, and not touched", arguments: storesUnderTest)
    func firstStateOnce(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let locked = try await place.store().lock(LockRequest(Given.run(1)))
        let fault = await #expect(throws: StateFault.self) { try await locked.createState(Given.first) }
        if case .alreadyThere? = fault {} else { Issue.record("\(String(describing: fault))") }
        await locked.close()
        #expect(try await place.store().load().state == Given.state())
    }

    @Test("A run raises the serial by what it did, keeps the lineage, names itself, and leaves no journal", arguments: storesUnderTest)
    func wholeRun(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        let locked = try await place.store().lock(LockRequest(Given.run(1)))
        try await locked.createState(Given.first)
        let state = try await locked.work(Given.run(1), [1, 2])
        let ending = await locked.finish(Given.run(1), state, before: 0)
        #expect(ending == RunEnding(serial: state.header.serial))
        #expect(await locked.loaded.state?.header.lastRun == Given.run(1).run)
        await locked.close()
        let loaded = try await place.store().load()
        #expect(loaded.interrupted == nil)
        #expect(loaded.state?.header.serial == state.header.serial && state.header.serial > 0)
        #expect(loaded.state?.header.lineage == Given.lineage)
        #expect(loaded.state?.header.lastRun == Given.run(1).run)
        #expect(loaded.state?.records.map(\.id) == [Given.snapshot(1), Given.snapshot(2)])
        let history = try await place.store().history(namesSnapshots: true)
        #expect(history.entries == [Given.entry(Given.run(1), before: 0, after: state.header.serial)])
    }

    @Test("A run that changed nothing leaves the state as it is, and has its line", arguments: storesUnderTest)
    func runWithoutChanges(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let before = try await place.picture()
        let locked = try await place.store().lock(LockRequest(Given.run(1)))
        let state = try await locked.work(Given.run(1), [])
        #expect(await locked.finish(Given.run(1), state, before: 12) == RunEnding(serial: 12))
        await locked.close()
        let after = try await place.picture()
        #expect(before.allSatisfy { after[$0.key] == $0.value })
        #expect(try await place.store().load() == LoadedState(state: Given.state()))
        #expect(try await place.store().history(namesSnapshots: false).entries.map(\.run) == [Given.run(1)])
    }

    @Test("A state of another lineage is not written over this one", arguments: storesUnderTest)
    func otherLineage(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let locked = try await place.store().lock(LockRequest(Given.run(1)))
        var state = try await locked.work(Given.run(1), [1])
        state.header.lineage = Lineage(Given.uuid(2))!
        let ending = await locked.finish(Given.run(1), state, before: 12)
        if case .inconsistent? = ending.stateFault {} else { Issue.record("\(ending)") }
        await locked.close()
        // The journal stays, and the next run takes it over.
        let loaded = try await place.nextRun()
        #expect(loaded.state?.header.lineage == Given.lineage && loaded.state?.record(for: Given.intent(1).key) != nil)
    }

    // MARK: The journal

    @Test(
        "P1: what an append has returned for is there for the next run after a kill, however many came at once", arguments: storesUnderTest)
    func journalBeforeRequest(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let process = try await place.process()
        let locked = try await process.store.lock(LockRequest(Given.run(1)))
        try await locked.begin(Given.run(1), plan: nil)
        try await withThrowingTaskGroup { group in
            for number in 1...40 { group.addTask { try await locked.append([.intent(Given.intent(number))], .now) } }
            try await group.waitForAll()
        }
        process.die()
        let attempts = Set((1...40).map(Given.attempt))
        // Whoever only looks sees it, too, and so does the next run.
        let read = try await place.store().load()
        #expect(attempts.isSubset(of: Set(read.state?.openIntents.map(\.attempt) ?? [])))
        #expect(read.interrupted == Given.run(1))
        try await place.awaitFreeLock()
        let loaded = try await place.nextRun(2)
        #expect(attempts.isSubset(of: Set(loaded.state?.openIntents.map(\.attempt) ?? [])))
        #expect(loaded.interrupted == Given.run(1))
        // It is taken over once.
        #expect(try await place.nextRun(3) == LoadedState(state: loaded.state))
    }

    @Test(
        "P4: a look at a run that is under way shows what it has done and who holds the lock, and leaves nothing",
        arguments: storesUnderTest)
    func lookAtLivingRun(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let locked = try await place.store().lock(LockRequest(Given.run(1)))
        _ = try await locked.work(Given.run(1), [1])
        let before = try await place.picture()
        let store = try await place.store()
        let loaded = try await store.load()
        #expect(loaded.interrupted == Given.run(1))
        #expect(loaded.state?.record(for: Given.intent(1).key)?.id == Given.snapshot(1))
        let holder = try await store.holder()
        #expect(holder?.command == "apply" && holder?.pid == 4201 && holder?.host == "build-7" && holder?.user == "ci")
        #expect(holder?.since == Given.start)
        _ = try await store.loadForRecovery()
        _ = try await store.history(namesSnapshots: true)
        #expect(try await place.picture() == before)
        await locked.close()
    }

    @Test("A run that is closed without an end leaves its journal to the next", arguments: storesUnderTest)
    func closedWithoutEnd(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let locked = try await place.store().lock(LockRequest(Given.run(1)))
        _ = try await locked.work(Given.run(1), [1])
        await locked.close()
        let next = try await place.store().lock(LockRequest(Given.run(2)))
        #expect(await next.loaded.interrupted == Given.run(1))
        #expect(await next.loaded.state?.record(for: Given.intent(1).key)?.id == Given.snapshot(1))
        await next.close()
    }

    // MARK: Deaths

    /// The places at which every store may be left.
    private static let common: Set<Failpoint> = [
        .beforeFirstState, .afterFirstState, .afterBegin, .beforeCheckpoint, .afterHistory, .afterCheckpoint,
    ]

    @Test(
        "P1, P6: a death at any place of a run leaves a whole state and all that was written down, and the run has one line",
        arguments: storesUnderTest)
    func deathsOfRun(_ kind: StoreUnderTest) async throws {
        let (seen, _) = try await Mortal.atEachPlace { point, time in
            let what: Comment = "\(point), \(time)"
            let place = try await kind.makePlace()
            let mortal = Mortal(try await place.process(), at: point, time)
            let run = Given.run(1)
            let locked = try await mortal.store.lock(mortal.request(run))
            var (hasState, isWritten, isEnded) = (false, false, false)
            if (try? await locked.createState(Given.state(300))) != nil {
                hasState = !mortal.isDead
                if let state = try? await locked.work(run, [1]) {
                    isWritten = !mortal.isDead
                    await locked.finish(run, state, before: 12)
                    isEnded = !mortal.isDead
                }
            }
            if isEnded {
                await locked.close()
                return mortal
            }
            try await place.awaitFreeLock()
            let loaded = try await place.nextRun(2)
            let history = try await place.store().history(namesSnapshots: true).entries
            #expect(history.allSatisfy { $0.run == run } && history.count <= 1, what)
            #expect(loaded.state != nil || !hasState, what)
            if let state = loaded.state {
                #expect(state.header.lineage == Given.lineage && state.superseded == Given.state().superseded, what)
                #expect(state.records.count == 300 || state.records.count == 301, what)
                #expect(state.openIntents.contains(Given.intent(900)), what)
            }
            if isWritten {
                #expect(loaded.state?.records.count == 301 && loaded.state?.openIntents == [Given.intent(900)], what)
                // Its own line, or the one that the next run has written for it.
                let isOwn = point == .afterHistory || point == .afterCheckpoint
                #expect(history.map(\.exitCode) == [isOwn ? 0 : nil], what)
                #expect(history.first?.work[.created].map(\.id) == [Given.snapshot(1)], what)
                #expect(history.first?.serialAfter == loaded.state?.header.serial, what)
            }
            // All is taken over.
            #expect(try await place.store().load() == LoadedState(state: loaded.state), what)
            #expect(try await place.nextRun(3) == LoadedState(state: loaded.state), what)
            #expect(try await place.store().history(namesSnapshots: true).entries == history, what)
            return mortal
        }
        #expect(seen.isSuperset(of: Self.common))
    }

    @Test("P1, P6: the next run dies, too, in the middle of taking over, and nothing is lost or told twice", arguments: storesUnderTest)
    func deathsOfTakeover(_ kind: StoreUnderTest) async throws {
        let (_, deaths) = try await Mortal.atEachPlace { point, time in
            let what: Comment = "\(point), \(time)"
            let place = try await kind.makePlace()
            try await place.begin(with: Given.state(300))
            let first = try await place.process()
            _ = try await first.store.lock(LockRequest(Given.run(1))).work(Given.run(1), [1, 2])
            first.die()
            try await place.awaitFreeLock()
            let mortal = Mortal(try await place.process(), at: point, time)
            let locked = try? await mortal.store.lock(mortal.request(Given.run(2)))
            if mortal.isDead { try await place.awaitFreeLock() } else { await locked?.close() }
            let loaded = try await place.nextRun(3)
            #expect(loaded.state?.records.count == 302, what)
            #expect(try await place.store().history(namesSnapshots: false).entries.map(\.run) == [Given.run(1)], what)
            #expect(try await place.nextRun(4) == LoadedState(state: loaded.state), what)
            return mortal
        }
        #expect(deaths >= 2)
    }

    // MARK: The history

    @Test("The history keeps its lines in order, with the snapshots where they are wanted", arguments: storesUnderTest)
    func history(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        for number in 1...3 {
            let locked = try await place.store().lock(LockRequest(Given.run(number)))
            try await locked.appendHistory(Given.entry(Given.run(number), before: 12, after: 12))
            await locked.close()
        }
        let full = try await place.store().history(namesSnapshots: true)
        #expect(full.entries == (1...3).map { Given.entry(Given.run($0), before: 12, after: 12) } && full.damagedLines == 0)
        let brief = try await place.store().history(namesSnapshots: false)
        #expect(brief.entries.map(\.run) == full.entries.map(\.run) && brief.entries.allSatisfy { $0.work.isEmpty })
    }

    @Test("A line that announces a run gives way to the run's own; of a run that was killed it stands", arguments: storesUnderTest)
    func announcedLine(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let first = try await place.store().lock(LockRequest(Given.run(1)))
        await first.announce(Given.entry(Given.run(1), before: 12, after: 12, exitCode: nil))
        try await first.appendHistory(Given.entry(Given.run(1), before: 12, after: 13))
        await first.close()
        let process = try await place.process()
        let second = try await process.store.lock(LockRequest(Given.run(2)))
        await second.announce(Given.entry(Given.run(2), before: 13, after: 13, exitCode: nil))
        process.die()
        try await place.awaitFreeLock()
        let entries = try await place.store().history(namesSnapshots: true).entries
        #expect(
            entries == [
                Given.entry(Given.run(1), before: 12, after: 13), Given.entry(Given.run(2), before: 13, after: 13, exitCode: nil),
            ])
    }

    @Test("A line of the history that cannot be read is counted, and stops nothing", arguments: storesUnderTest)
    func damagedHistory(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        for number in 1...2 {
            let locked = try await place.store().lock(LockRequest(Given.run(number)))
            try await locked.appendHistory(Given.entry(Given.run(number), before: 12, after: 12))
            await locked.close()
            if number == 1 { try await place.damage(.history, .flippedBit) }
        }
        let history = try await place.store().history(namesSnapshots: false)
        #expect(history.damagedLines == 1 && history.entries.map(\.run) == [Given.run(2)])
        #expect(try await place.nextRun().state == Given.state())
    }

    // MARK: Readers

    @Test("Readers beside runs see one moment each: never records of two serials", arguments: storesUnderTest)
    func readersBesideRuns(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state(200, size: 1, serial: 1))
        let end = Flag()
        try await withThrowingTaskGroup { group in
            for _ in 0..<3 {
                let store = try await place.store()
                group.addTask {
                    var last = 0
                    while !end.isRaised {
                        let state = try #require(try await store.load().state)
                        #expect(Set(state.records.map(\.size)).count == 1)
                        #expect(state.header.serial >= last)
                        last = state.header.serial
                        await Task.yield()
                    }
                }
            }
            for number in 2...12 {
                let locked = try await place.store().lock(LockRequest(Given.run(number)))
                let before = try #require(await locked.loaded.state)
                try await locked.begin(Given.run(number), plan: nil)
                var after = Given.state(200, size: number, serial: before.header.serial + 1)
                after.header.lastRun = before.header.lastRun
                #expect(await locked.finish(Given.run(number), after, before: before.header.serial).stateFault == nil)
                await locked.close()
            }
            end.raise()
            try await group.waitForAll()
        }
        #expect(try await place.store().load().state?.records.allSatisfy { $0.size == 12 } == true)
    }

    // MARK: The lock

    @Test(
        "A second run is refused, and shown who holds the lock; it waits as long as it may, and the lock is free at once after close",
        arguments: storesUnderTest)
    func oneHolder(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let first = try await place.store().lock(LockRequest(Given.run(1, "forget")))
        let second = try await place.store()
        for timeout in [Duration.zero, .milliseconds(350)] {
            let tries = Mutex(0)
            let clock = WaitingClock { tries.withLock { $0 += 1 } }
            let fault = await #expect(throws: StateFault.self) {
                try await second.lock(LockRequest(Given.run(2), timeout: timeout, clock: clock))
            }
            guard case .locked(let path, let holder)? = fault else {
                Issue.record("\(String(describing: fault))")
                continue
            }
            #expect(path.hasPrefix(second.place))
            #expect(holder?.command == "forget" && holder?.pid == 4201 && holder?.host == "build-7" && holder?.user == "ci")
            #expect(timeout == .zero || tries.withLock { $0 } >= 3)
        }
        let fault = await #expect(throws: StateFault.self) { try await second.lockForRecovery(LockRequest(Given.run(2))) }
        if case .locked? = fault {} else { Issue.record("\(String(describing: fault))") }
        // The holder ends while another one waits.
        let sleeps = Mutex(0)
        let clock = WaitingClock {
            if sleeps.withLock({
                $0 += 1; return $0
            }) == 3 {
                await first.close()
            }
        }
        let late = try await second.lock(LockRequest(Given.run(2), timeout: .seconds(60), clock: clock))
        #expect(await late.loaded.state == Given.state())
        await late.close()
        #expect(try await second.holder() == nil)
        try await place.store().lock(LockRequest(Given.run(3))).close()
    }

    @Test(
        "P1, P6: whoever has lost the lock writes nothing any more, whatever it tries, and what the new holder wrote stands",
        arguments: storesUnderTest)
    func lostLock(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let old = try await place.store().lock(LockRequest(Given.run(1)))
        let late = try await old.work(Given.run(1), [1])
        try await place.takeLockAway()
        let new = try await place.store().lock(LockRequest(Given.run(2)))
        let state = try await new.work(Given.run(2), [2])
        #expect(await new.finish(Given.run(2), state, before: 12).stateFault == nil)
        await new.close()
        let stands = try await place.store().load()
        #expect(stands.state?.record(for: Given.intent(2).key)?.id == Given.snapshot(2))

        await #expect(throws: JournalFailure.self) { try await old.append([.intent(Given.intent(3))], .now) }
        await #expect(throws: JournalFailure.self) { try await old.append([.intent(Given.intent(4))], .now) }
        #expect(await old.salvage(Given.making(3)[0]) == false)
        let ending = await old.finish(Given.run(1), late, before: 12)
        #expect(ending.stateFault?.isRefusal == true, "\(ending)")
        await #expect(throws: StateFault.self) { try await old.rebuild(late, at: Given.start) }
        await old.close()
        #expect(try await place.store().load() == stands)
        #expect(try await place.store().history(namesSnapshots: false).names(Given.run(2).run))
        #expect(try await place.nextRun(3).state == stands.state)
    }

    @Test("Whoever has lost the lock before it began begins nothing over what the new holder wrote", arguments: storesUnderTest)
    func lockLostBeforeBegin(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let old = try await place.store().lock(LockRequest(Given.run(1)))
        try await place.takeLockAway()
        let new = try await place.store().lock(LockRequest(Given.run(2)))
        let state = try await new.work(Given.run(2), [2])
        let fault = await #expect(throws: StateFault.self) { try await old.begin(Given.run(1), plan: nil) }
        #expect(fault?.isRefusal == true, "\(String(describing: fault))")
        // What the old one does at its end does not free the new one's lock.
        await old.close()
        #expect(try await place.store().holder()?.pid == 4202)
        #expect(await new.finish(Given.run(2), state, before: 12).stateFault == nil)
        await new.close()
    }

    @Test("A lock is broken by its token only, and by nobody where the kernel frees it", arguments: storesUnderTest)
    func breaking(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let locked = try await place.store().lock(LockRequest(Given.run(1)))
        _ = try await locked.work(Given.run(1), [1])
        let other = try await place.store()
        #expect(try await other.breakLock(token: "nobody's") == false)
        #expect(try await other.holder()?.pid == 4201)
        let token = try await other.holder()?.token
        guard other.abandonedLock != .endsWithProcess else {
            #expect(token == nil)
            return await locked.close()
        }
        #expect(try await other.breakLock(token: try #require(token)))
        #expect(try await other.holder() == nil)
        await #expect(throws: JournalFailure.self) { try await locked.append([.intent(Given.intent(3))], .now) }
        let next = try await other.lock(LockRequest(Given.run(2)))
        #expect(await next.loaded.interrupted == Given.run(1))
        // The broken run lives, and may not know it yet (P1).
        #expect(await next.formerHolderMayLive)
        // An old token says nothing of a new lock.
        #expect(try await other.breakLock(token: try #require(token)) == false)
        await locked.close()
        #expect(try await other.holder()?.pid == 4202)
        await next.close()
    }

    // MARK: Damage

    @Test(
        "P6: what is damaged or another program's is refused with its place, and nothing is written", arguments: storesUnderTest,
        [StatePart.state, .journal])
    func damage(_ kind: StoreUnderTest, _ part: StatePart) async throws {
        for damage in StateDamage.allCases {
            let place = try await kind.makePlace()
            try await place.begin(with: Given.state(300))
            let process = try await place.process()
            _ = try await process.store.lock(LockRequest(Given.run(1))).work(Given.run(1), 1...3)
            process.die()
            try await place.awaitFreeLock()
            try await place.damage(part, damage)
            let before = try await place.picture()
            let store = try await place.store()
            let read = await #expect(throws: StateFault.self, "\(damage)") { try await store.load() }
            #expect(read.map { place.isNamed($0.path, store) } == true, "\(damage)")
            let locking = await #expect(throws: StateFault.self, "\(damage)") { try await store.lock(LockRequest(Given.run(2))) }
            #expect(locking == read, "\(damage)")
            #expect(try await place.picture() == before, "\(damage)")
            // The lock is free all the same.
            #expect(try await store.holder() == nil, "\(damage)")
        }
    }

    @Test(
        "P2: a recovery of what is damaged puts a new state in its place, keeps what was there, and the dead run has its line",
        arguments: storesUnderTest)
    func rebuilding(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state(300))
        let process = try await place.process()
        _ = try await process.store.lock(LockRequest(Given.run(1))).work(Given.run(1), 1...3)
        process.die()
        try await place.awaitFreeLock()
        try await place.damage(.state, .flippedBit)
        let before = try await place.picture()
        let (locked, found) = try await place.store().lockForRecovery(LockRequest(Given.run(2, "recover")))
        guard case .damaged = found.condition else {
            await locked.close()
            Issue.record("\(found.condition)")
            return
        }
        #expect(found.knownIDs.isSuperset(of: [Given.snapshot(1), Given.snapshot(2), Given.snapshot(3)]))
        #expect(found.lines.records.count >= 298 && found.owner == "payments")
        #expect(try await place.picture() == before)
        let new = RecordedState(
            header: found.newHeader(
                lineage: Lineage(Given.uuid(2))!, owner: "payments", endpoint: "sandbox", projectID: ProjectID("sandbox")!),
            records: (0..<250).map { Given.record($0) })
        let kept = try await locked.rebuild(new, at: Given.start)
        #expect(await locked.loaded.state == new)
        await locked.close()
        #expect(!kept.isEmpty)
        let after = try await place.picture()
        // By the end of its name: before that stands where the store is.
        for name in kept.map({ $0.split(separator: "/").suffix(3).joined(separator: "/") }) {
            #expect(after.keys.contains { $0.contains(name) }, "\(name)")
        }
        #expect(try await place.nextRun(3) == LoadedState(state: new))
        let history = try await place.store().history(namesSnapshots: false)
        #expect(history.entries.map(\.run) == [Given.run(1)] && history.entries.first?.exitCode == nil)
        // A second one in the same second overwrites nothing that was kept.
        try await place.damage(.state, .foreign)
        let (again, _) = try await place.store().lockForRecovery(LockRequest(Given.run(4, "recover")))
        var third = new
        third.header.serial += 1
        let keptAgain = try await again.rebuild(third, at: Given.start)
        await again.close()
        #expect(Set(kept).isDisjoint(with: keptAgain) && !keptAgain.isEmpty)
        let last = try await place.picture()
        for (name, bytes) in after where kept.contains(where: { name.contains($0) }) { #expect(last[name] == bytes, "\(name)") }
    }

    @Test("P6: a recovery that dies leaves the damaged state or the new one whole, and the next one goes on", arguments: storesUnderTest)
    func deathsOfRebuilding(_ kind: StoreUnderTest) async throws {
        let (_, deaths) = try await Mortal.atEachPlace { point, time in
            let what: Comment = "\(point), \(time)"
            let place = try await kind.makePlace()
            try await place.begin(with: Given.state(300))
            try await place.damage(.state, .flippedBit)
            let mortal = Mortal(try await place.process(), at: point, time)
            let (locked, found) = try await mortal.store.lockForRecovery(mortal.request(Given.run(2)))
            let new = RecordedState(
                header: found.newHeader(
                    lineage: Lineage(Given.uuid(2))!, owner: "payments", endpoint: "sandbox", projectID: ProjectID("sandbox")!),
                records: (0..<250).map { Given.record($0) })
            _ = try? await locked.rebuild(new, at: Given.start)
            if mortal.isDead { try await place.awaitFreeLock() } else { await locked.close() }
            let (next, left) = try await place.store().lockForRecovery(LockRequest(Given.run(3)))
            switch left.condition {
            case .whole(let state): #expect(state == new, what)
            case .damaged: _ = try await next.rebuild(new, at: Given.start)
            case .absent, .older: Issue.record("\(point): \(left.condition)")
            }
            await next.close()
            #expect(try await place.nextRun(4) == LoadedState(state: new), what)
            return mortal
        }
        #expect(deaths >= 2)
    }

    @Test("P1: a run that only the lock tells of is missed, until a recovery has found nothing of it", arguments: storesUnderTest)
    func lostRun(_ kind: StoreUnderTest) async throws {
        let place = try await kind.makePlace()
        try await place.begin(with: Given.state())
        let process = try await place.process()
        _ = try await process.store.lock(LockRequest(Given.run(1))).work(Given.run(1), [1])
        process.die()
        try await place.awaitFreeLock()
        try await place.damage(.journal, .gone)
        try await place.damage(.state, .gone)
        let fault = await #expect(throws: StateFault.self) { try await place.store().load() }
        if case .journalMissing? = fault {} else { Issue.record("\(String(describing: fault))") }
        let (locked, found) = try await place.store().lockForRecovery(LockRequest(Given.run(2)))
        #expect(found.hasNoFiles && found.hasLostIntents)
        await locked.dismissLostRun()
        await locked.close()
        #expect(try await place.nextRun(3) == LoadedState())
    }
}

import Testing

@testable import SnapkeepCore

@Suite("Recovery")
struct RecoveryTests {
    /// A snapshot of owner `o` as the cloud shows it; `minute` is when it was made.
    private static func seen(
        _ id: String, _ key: String, attempt: Int = 1, minute: Int? = 0, _ status: SnapshotStatus = .available, owner: String = "o",
        metadata: [String: String] = [:], name: String? = nil
    ) -> ObservedSnapshot {
        ObservedSnapshot(
            id: Sample.id(id), volumeID: Sample.volume(1), name: name ?? key, description: nil,
            metadata: Metadata(metadata).merging(Stamp(owner: owner, key: key, attempt: Sample.attempt(attempt).text).metadata),
            status: status, size: 1, createdAt: minute.map { Timestamp(microseconds: Sample.now.microseconds + Int64($0) * 60_000_000) },
            updatedAt: nil)
    }

    private static func bare(_ id: String, name: String = "n", metadata: [String: String] = [:]) -> ObservedSnapshot {
        ObservedSnapshot(
            id: Sample.id(id), volumeID: Sample.volume(1), name: name, description: nil, metadata: Metadata(metadata), status: .available,
            size: 1, createdAt: nil, updatedAt: nil)
    }

    private func lost(
        _ snapshots: [ObservedSnapshot], specs: [SnapshotSpec] = [], former: [SnapshotRecord] = [], intents: [CreationIntent] = []
    ) -> RecoveryOutcome {
        var recovery = Recovery(owner: "o", specs: specs, former: FormerLines(records: former), intents: intents)
        for snapshot in snapshots { recovery.note(snapshot) }
        return recovery.outcome()
    }

    private func whole(_ snapshots: [ObservedSnapshot], over state: RecordedState, specs: [SnapshotSpec] = []) -> RecoveryOutcome {
        var recovery = Recovery(owner: "o", specs: specs, addingTo: state)
        for snapshot in snapshots { recovery.note(snapshot) }
        return recovery.outcome()
    }

    @Test("P2, P13: a rotation's snapshots need no line: what its rules keep is not protected for want of one")
    func rotations() {
        let snapshot = Self.seen("s1", "nightly/db@2026-03-01")
        for (names, isProtected) in [(["nightly"], false), (["weekly"], true)] {
            var recovery = Recovery(owner: "o", specs: [], former: FormerLines(), intents: [])
            recovery.rotations = Set(names.map { RotationName($0)! })
            recovery.note(snapshot)
            #expect(recovery.outcome().records.map(\.protect) == [isProtected])
            #expect(recovery.outcome().findings.unlisted.isEmpty == !isProtected)
        }
    }

    // MARK: Which one stands for a key

    struct Choice: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let snapshots: [ObservedSnapshot]
        let record: String?
        let superseded: [String]

        init(_ description: String, _ snapshots: [ObservedSnapshot], record: String?, superseded: [String] = []) {
            (testDescription, self.snapshots, self.record, self.superseded) = (description, snapshots, record, superseded)
        }
    }

    @Test(
        "P1, P2: one snapshot of a key is recorded, every other one that exists is kept as superseded",
        arguments: [
            // One alone stands for its key, whatever became of it, unless it is on its way out.
            Choice("available", [seen("a", "k")], record: "a"), Choice("creating", [seen("a", "k", .creating)], record: "a"),
            Choice("error", [seen("a", "k", .error)], record: "a"),
            Choice("error_deleting, nothing better", [seen("a", "k", .errorDeleting)], record: "a"),
            Choice("deleting", [seen("a", "k", .deleting)], record: nil),
            Choice("a status that nobody knows", [seen("a", "k", .other("frozen"))], record: "a"),
            // One attempt: the server acted twice, and the first is what was asked for.
            Choice(
                "one attempt: the oldest", [seen("b", "k", minute: 2), seen("a", "k", minute: 1), seen("c", "k", minute: 3)], record: "a",
                superseded: ["b", "c"]),
            Choice(
                "one attempt, made in one moment: by id", [seen("b", "k"), seen("a", "k")], record: "a", superseded: ["b"]),
            Choice(
                "one attempt, the time of one not told: the other", [seen("a", "k", minute: nil), seen("b", "k", minute: 5)], record: "b",
                superseded: ["a"]),
            Choice(
                "one attempt, the oldest broken: the next", [seen("a", "k", minute: 1, .error), seen("b", "k", minute: 2)], record: "b",
                superseded: ["a"]),
            // Several attempts: a replacement was made later on purpose.
            Choice(
                "two attempts: the newest available", [seen("a", "k", attempt: 1, minute: 1), seen("b", "k", attempt: 2, minute: 2)],
                record: "b", superseded: ["a"]),
            Choice(
                "two attempts, the newer in error: the available one",
                [seen("a", "k", attempt: 1, minute: 1), seen("b", "k", attempt: 2, minute: 2, .error)], record: "a", superseded: ["b"]),
            Choice(
                "two attempts, the newer still being made: the newer, or a third would be made (P1)",
                [seen("a", "k", attempt: 1, minute: 1), seen("b", "k", attempt: 2, minute: 2, .creating)], record: "b", superseded: ["a"]),
            Choice(
                "two attempts, none available: the newest",
                [seen("a", "k", attempt: 1, minute: 1, .error), seen("b", "k", attempt: 2, minute: 2, .creating)], record: "b",
                superseded: ["a"]),
            Choice(
                "error_deleting gives way to an older one",
                [seen("a", "k", attempt: 1, minute: 1, .error), seen("b", "k", attempt: 2, minute: 2, .errorDeleting)], record: "a",
                superseded: ["b"]),
            Choice(
                "deleting counts for nothing", [seen("a", "k", attempt: 1, minute: 1), seen("b", "k", attempt: 2, minute: 2, .deleting)],
                record: "a"),
            Choice(
                "two of one attempt and a later one",
                [seen("a", "k", minute: 1), seen("b", "k", minute: 2), seen("c", "k", attempt: 2, minute: 3)], record: "c",
                superseded: ["a", "b"]),
        ])
    func choice(_ choice: Choice) {
        for snapshots in [choice.snapshots, choice.snapshots.reversed(), choice.snapshots + choice.snapshots] {
            let outcome = lost(snapshots)
            #expect(outcome.records.map(\.id.text) == [choice.record].compactMap { $0 })
            #expect(outcome.superseded.map(\.id.text) == choice.superseded)
        }
    }

    @Test("Duplicates are told with their key and all ids, and whether one creation made them")
    func duplicates() {
        let outcome = lost([
            Self.seen("a", "k", minute: 1), Self.seen("b", "k", minute: 2), Self.seen("c", "k", attempt: 2, minute: 0), Self.seen("d", "l"),
        ])
        #expect(
            outcome.findings.duplicates == [
                .init(
                    key: Sample.key("k"), kept: Sample.id("a"),
                    others: [.init(id: Sample.id("b"), hasSameAttempt: true), .init(id: Sample.id("c"), hasSameAttempt: false)])
            ])
        #expect(outcome.records.map(\.key.text) == ["k", "l"])
    }

    @Test("Half-made ones are told with their status; a second look replaces the first")
    func unfinished() {
        let outcome = lost([
            Self.seen("a", "k", .creating), Self.seen("b", "l", .error), Self.seen("c", "m", .deleting),
            Self.seen("d", "n", .errorDeleting), Self.seen("a", "k", .available),
        ])
        #expect(outcome.findings.unfinished.map(\.status) == [.error, .deleting, .errorDeleting])
        #expect(outcome.records.map(\.status) == [.available, .error, .errorDeleting])
    }

    // MARK: Whose

    @Test("P3: other owners, unstamped and server-made ones are counted and never recorded")
    func others() {
        let outcome = lost([
            Self.seen("a", "k"), Self.seen("b", "k", owner: "p"), Self.seen("c", "l", owner: "p"), Self.seen("d", "l", owner: "O"),
            Self.bare("e"), Self.bare("e"), Self.seen("f", "k", name: "autobk_snapshot_1"),
            Self.seen("g", "k", metadata: ["__system__enableActive": "true"]),
        ])
        #expect(outcome.records.map(\.id.text) == ["a"])
        #expect(outcome.superseded.isEmpty && outcome.findings.duplicates.isEmpty)
        let counts = outcome.findings.counts
        #expect(counts.otherOwners == ["p": 2, "O": 1])
        #expect(counts.unstamped == 1 && counts.serverMade == 2 && counts.seen == 7)
    }

    @Test(
        "A stamp that lacks a part, or whose part cannot be what was written, is told and not recorded",
        arguments: [
            (["snapkeep.owner": "o", "snapkeep.attempt": Sample.attempt(1).text], .key),
            (["snapkeep.owner": "o", "snapkeep.key": " k", "snapkeep.attempt": Sample.attempt(1).text], .key),
            (["snapkeep.owner": "o", "snapkeep.key": "k"], .attempt),
            (["snapkeep.owner": "o", "snapkeep.key": "k", "snapkeep.attempt": "1"], .attempt),
            (["snapkeep.key": "k", "snapkeep.attempt": Sample.attempt(1).text], .owner),
        ] as [([String: String], RecoveryFindings.StampProblem)])
    func damagedStamps(_ metadata: [String: String], _ problem: RecoveryFindings.StampProblem) {
        let outcome = lost([Self.bare("a", metadata: metadata)])
        #expect(outcome.isEmpty)
        #expect(outcome.findings.damagedStamps == [.init(id: Sample.id("a"), problem: problem)])
    }

    @Test("A damaged stamp of another owner is that owner's")
    func damagedStampOfAnother() {
        let outcome = lost([Self.bare("a", metadata: ["snapkeep.owner": "p", "snapkeep.key": "k"])])
        #expect(outcome.findings.damagedStamps.isEmpty)
        #expect(outcome.findings.counts.otherOwners == ["p": 1])
    }

    @Test("Without an owner nothing is recorded, and the owners there are can be told")
    func noOwner() {
        var recovery = Recovery(owner: nil, specs: [], former: FormerLines(), intents: [])
        recovery.note(Self.seen("a", "k"))
        recovery.note(Self.seen("b", "k", owner: "p"))
        let outcome = recovery.outcome()
        #expect(outcome.isEmpty)
        #expect(outcome.findings.counts.otherOwners == ["o": 1, "p": 1])
    }

    // MARK: What a record says

    @Test("P10: of a listed key the declared metadata are recorded, of any other all but the stamp and the server's")
    func metadata() throws {
        let metadata = ["team": "a", "note": "by hand", "__system__x": "1"]
        let listed = Sample.spec("k", metadata: ["team": "b", "gone": "1"])
        let outcome = lost([Self.seen("a", "k", metadata: metadata), Self.seen("b", "l", metadata: metadata)], specs: [listed])
        #expect(outcome.records.map(\.metadata) == [Metadata(["team": "a"]), Metadata(["team": "a", "note": "by hand"])])
    }

    @Test("P3: the manifest says what is protected; what it does not list is protected until a person decides")
    func protection() {
        let outcome = lost(
            [Self.seen("a", "k"), Self.seen("b", "l"), Self.seen("c", "m"), Self.seen("d", "m", attempt: 2, minute: 9)],
            specs: [Sample.spec("k"), Sample.spec("l", protect: true)])
        #expect(outcome.records.map(\.protect) == [false, true, true])
        #expect(outcome.superseded.map(\.protect) == [true])
        #expect(outcome.findings.unlisted == [Sample.key("m")])
    }

    @Test("P2: what the lost state knew and the cloud has no more stays recorded and is told: else it would be made anew unasked")
    func goneSinceThen() {
        let known = [Sample.record("a", id: "a"), Sample.record("b", id: "b"), Sample.record("c", id: "c", status: .deleting)]
        let outcome = lost([Self.seen("a", "a", attempt: 9)], specs: [Sample.spec("a"), Sample.spec("b")], former: known)
        #expect(outcome.records.map(\.key.text) == ["a", "b"])
        #expect(outcome.findings.gone == [.init(key: Sample.key("b"), id: Sample.id("b"))])
        // Another one stands for its key: nothing is missed. And where nothing is found, nothing is concluded.
        #expect(lost([Self.seen("n", "b"), Self.seen("a", "a", attempt: 9)], former: known).findings.gone.isEmpty)
        #expect(lost([], former: known).records.isEmpty)
    }

    @Test("P3: a predecessor of a listed key may have been kept or forgotten on purpose: protected; a double of one creation is not")
    func predecessorsAreProtected() {
        let outcome = lost(
            [
                Self.seen("old", "k", attempt: 1, minute: 1), Self.seen("new", "k", attempt: 2, minute: 2),
                Self.seen("twin", "k", attempt: 2, minute: 3),
            ], specs: [Sample.spec("k")])
        #expect(outcome.records.map(\.id.text) == ["new"] && outcome.records.map(\.protect) == [false])
        #expect(outcome.superseded.map(\.id.text) == ["old", "twin"])
        #expect(outcome.superseded.map(\.protect) == [true, false])
    }

    @Test("P2: what is recovered against its own manifest plans nothing")
    func plansNothing() {
        let specs = [Sample.spec("k", metadata: ["a": "1"]), Sample.spec("l", protect: true)]
        let outcome = lost([Self.seen("a", "k", metadata: ["a": "1", "other": "2"]), Self.seen("b", "l")], specs: specs)
        let state = outcome.state(Sample.state().header)
        let plan = Reconciliation.plan(for: Manifest(snapshots: specs), against: state, basis: Sample.basis, options: .init())
        #expect(!plan.hasActions && plan.unchangedCount == 2)
    }

    // MARK: What the lost state left

    @Test("P1: a creation that was open and is not to be seen stays open; one that is to be seen, in any status, is settled by that")
    func openIntents() {
        let outcome = lost(
            [Self.seen("a", "k", attempt: 1), Self.seen("b", "l", attempt: 2, .deleting)],
            intents: [Sample.intent("k", attempt: 1), Sample.intent("l", attempt: 2), Sample.intent("m", attempt: 3)])
        #expect(outcome.openIntents.map(\.key.text) == ["m"])
        #expect(outcome.records.map(\.id.text) == ["a"])
    }

    @Test("An open replacement takes the place of the snapshot that is recorded for its key now; another owner's intent is dropped")
    func openReplacement() {
        var foreign = Sample.intent("l", attempt: 4)
        foreign.owner = "p"
        let outcome = lost(
            [Self.seen("a", "k", attempt: 1)], intents: [Sample.intent("k", attempt: 3, replaces: "gone"), foreign])
        #expect(outcome.openIntents.map(\.replaces) == [Sample.id("a")])
    }

    @Test("P1: a snapshot that the cloud has kept no stamp of is known by the former state's record of it")
    func formerRecord() {
        let outcome = lost(
            [Self.bare("a"), Self.bare("b"), Self.seen("c", "l", owner: "p")],
            former: [Sample.record("k", id: "a"), Sample.record("l", id: "c"), Sample.record("m", id: "gone")])
        #expect(outcome.records.map(\.id.text) == ["a", "gone"])
        #expect(outcome.records.map(\.key.text) == ["k", "m"])
        #expect(outcome.findings.counts.unstamped == 1 && outcome.findings.counts.otherOwners == ["p": 1])
    }

    private func recovered(_ snapshots: [ObservedSnapshot], _ former: FormerLines, specs: [SnapshotSpec] = []) -> RecoveryOutcome {
        var recovery = Recovery(owner: "o", specs: specs, former: former, intents: [])
        for snapshot in snapshots { recovery.note(snapshot) }
        return recovery.outcome()
    }

    @Test(
        "P3: what whole lines of a state say of protection is kept where nothing was done since; the manifest goes before, and otherwise all is protected"
    )
    func keptProtection() {
        let snapshots = [
            Self.seen("a", "free", metadata: ["team": "x", "else": "y"]), Self.seen("b", "kept"), Self.seen("c", "bad"),
            Self.seen("d", "listed"),
            Self.seen("e", "free", attempt: 7, minute: -9), Self.seen("f", "moved"),
        ]
        var former = FormerLines(
            records: [
                Sample.record("free", id: "a", metadata: ["team": "old"]), Sample.record("kept", id: "b", protect: true),
                Sample.record("listed", id: "d"), Sample.record("elsewhere", id: "f"),
            ], superseded: [Sample.record("free", id: "e")], isCurrent: true)
        let specs = [Sample.spec("listed", protect: true)]
        let current = recovered(snapshots, former, specs: specs)
        func protection(_ outcome: RecoveryOutcome) -> [String: Bool] {
            Dictionary(uniqueKeysWithValues: (outcome.records + outcome.superseded).map { ($0.id.text, $0.protect) })
        }
        #expect(protection(current) == ["a": false, "b": true, "c": true, "d": true, "e": false, "f": true])
        #expect(current.findings.unlisted.map(\.text) == ["bad", "moved"])
        #expect(current.records.first { $0.id == Sample.id("a") }?.metadata == Metadata(["team": "x"]))
        former.isCurrent = false
        let doubtful = recovered(snapshots, former, specs: specs)
        #expect(protection(doubtful) == ["a": true, "b": true, "c": true, "d": true, "e": true, "f": true])
        #expect(doubtful.findings.unlisted.map(\.text) == ["bad", "free", "kept", "moved"])
    }

    @Test("P3: what was forgotten last stays forgotten, is counted, and is not taken for a snapshot of its key")
    func keptForgotten() {
        let outcome = recovered(
            [Self.seen("a", "k", attempt: 5), Self.seen("b", "k", attempt: 2, minute: 9), Self.seen("b", "k", attempt: 2, minute: 9)],
            FormerLines(records: [Sample.record("k", id: "a")], forgotten: [Sample.id("b")], isCurrent: true))
        #expect(outcome.records.map(\.id.text) == ["a"] && outcome.superseded.isEmpty)
        #expect(outcome.forgotten == [Sample.id("b")] && outcome.findings.counts.forgotten == 1)
        #expect(outcome.state(Sample.state([]).header).forgotten == [Sample.id("b")])
    }

    @Test("P6: of two lines that a merge left for one key, both gone from the cloud, one stays recorded: no state has a key twice")
    func goneTwice() {
        let outcome = recovered(
            [Self.seen("a", "l")], FormerLines(records: [Sample.record("k", id: "x"), Sample.record("k", id: "y")]))
        #expect(outcome.records.map(\.id.text) == ["x", "a"])
        #expect(outcome.findings.gone.map(\.id.text) == ["x"])
    }

    // MARK: Over a whole state

    @Test("P1: a whole state keeps what it says, and a late duplicate that nobody saw is added as superseded")
    func lateDuplicate() throws {
        let state = Sample.state([Sample.record("k", id: "a"), Sample.record("l", id: "gone")])
        let outcome = whole([Self.seen("a", "other-key"), Self.seen("b", "k", attempt: 9)], over: state)
        #expect(outcome.records.isEmpty)
        #expect(outcome.superseded.map(\.id.text) == ["b"])
        #expect(
            outcome.findings.duplicates == [
                .init(key: Sample.key("k"), kept: Sample.id("a"), others: [.init(id: Sample.id("b"), hasSameAttempt: true)])
            ])
        let after = try replayed(outcome, over: state)
        #expect(after.records == state.records)
        #expect(after.superseded == outcome.superseded)
        #expect(after.header.serial == state.header.serial + 1)
    }

    @Test("P2: a whole state takes in what it does not know: a record where the key has none, every field as it is in the cloud")
    func unknownKey() throws {
        let state = Sample.state([Sample.record("k", id: "a")])
        var seen = Self.seen("b", "l", metadata: ["x": "1"])
        seen.updatedAt = Sample.now
        let outcome = whole([Self.seen("a", "k"), seen, Self.seen("c", "l", attempt: 2, minute: -5)], over: state)
        #expect(outcome.records.map(\.id.text) == ["b"])
        let after = try replayed(outcome, over: state)
        #expect(after.record(for: Sample.key("l")) == outcome.records[0])
        #expect(after.superseded == outcome.superseded && after.openIntents.isEmpty)
    }

    @Test("P1: what an open creation made is left to the next apply; another of that key is superseded")
    func openCreation() throws {
        let state = Sample.state(openIntents: [Sample.intent("k", attempt: 3)])
        let outcome = whole([Self.seen("a", "k", attempt: 3), Self.seen("b", "k", attempt: 4)], over: state)
        #expect(outcome.findings.awaitingSettlement == [Sample.id("a")])
        #expect(outcome.records.isEmpty && outcome.superseded.map(\.id.text) == ["b"])
        #expect(outcome.findings.duplicates.map(\.kept) == [nil])
        #expect(try replayed(outcome, over: state).openIntents == state.openIntents)
    }

    @Test("P6: a journal of additions that is cut off anywhere fits its state, and recovering again completes it")
    func cutOffJournal() throws {
        let state = Sample.state([Sample.record("k", id: "a")])
        let snapshots = [
            Self.seen("a", "k"), Self.seen("b", "k", attempt: 9), Self.seen("c", "l", attempt: 2), Self.seen("d", "m", attempt: 4),
        ]
        let outcome = whole(snapshots, over: state)
        let events = outcome.events(owner: "o", at: Sample.now)
        let complete = try replayed(outcome, over: state)
        for length in 0...events.count {
            var partly = try StateReplay.fold([.begin(Sample.run, plan: nil)] + events.prefix(length), into: state)
            // What an apply's settling would do first.
            if let open = partly.openIntents.first, let found = outcome.records.first(where: { $0.attempt == open.attempt }) {
                partly = try StateReplay.fold(
                    [
                        .begin(Sample.run, plan: nil),
                        .created(
                            attempt: open.attempt,
                            CreatedSnapshot(id: found.id, status: found.status, size: found.size, createdAt: found.createdAt)),
                    ], into: partly)
            }
            let again = try replayed(whole(snapshots, over: partly), over: partly)
            #expect(again.records == complete.records && again.superseded == complete.superseded && again.openIntents.isEmpty)
        }
    }

    @Test("A state that knows everything has nothing added")
    func nothingToDo() {
        let state = Sample.state([Sample.record("k", id: "a")], superseded: [Sample.record("k", id: "b")])
        let outcome = whole([Self.seen("a", "k"), Self.seen("b", "k"), Self.seen("c", "x", owner: "p")], over: state)
        #expect(outcome.isEmpty && outcome.findings.counts.held == 2)
        #expect(outcome.events(owner: "o", at: Sample.now) == [])
    }

    private func replayed(_ outcome: RecoveryOutcome, over state: RecordedState) throws -> RecordedState {
        try StateReplay.fold([.begin(Sample.run, plan: nil)] + outcome.events(owner: "o", at: Sample.now), into: state)
    }
}

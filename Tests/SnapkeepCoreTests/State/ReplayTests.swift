import Testing

@testable import SnapkeepCore

@Suite("Replay")
struct ReplayTests {
    private let begin = JournalEvent.begin(Sample.run, plan: nil)

    private func fold(_ events: [JournalEvent], into state: RecordedState = Sample.state()) throws(ReplayFailure) -> RecordedState {
        try StateReplay.fold([begin] + events, into: state)
    }

    private func made(_ id: String) -> CreatedSnapshot {
        CreatedSnapshot(id: Sample.id(id), status: .creating, size: 20, createdAt: Sample.now)
    }

    @Test("What was forgotten is remembered as such, until it is recorded again; so is the snapshot of an import that was withdrawn")
    func forgotten() throws {
        let record = Sample.record("a", id: "one")
        var adoption = Sample.intent("b", attempt: 2)
        adoption.adopts = Sample.id("two")
        var replay = StateReplay(Sample.state([record]))
        try replay.apply(.begin(Sample.run, plan: nil))
        let events: [JournalEvent] = [.forgotten(record.id), .intent(adoption), .abandoned(attempt: adoption.attempt)]
        for event in events { try replay.apply(event) }
        #expect(replay.finished().forgotten == [Sample.id("one"), Sample.id("two")])
        let intent = Sample.intent("a", attempt: 3)
        try replay.apply(.intent(intent))
        try replay.apply(.created(attempt: intent.attempt, .init(id: record.id, status: .available, size: 1, createdAt: nil)))
        try replay.apply(.duplicate(Sample.record("b", id: "two")))
        #expect(replay.finished().forgotten == [])
    }

    @Test("P1: a creation goes from intent to record, with everything that the intent says")
    func creation() throws {
        let intent = Sample.intent("a", attempt: 1)
        let open = try fold([.intent(intent)])
        #expect(open.openIntents == [intent])
        #expect(open.records == [])
        // A plan that was made before does not know of the open creation (P5).
        #expect(open.header.serial == 4)
        let closed = try fold([.intent(intent), .created(attempt: intent.attempt, made("x"))])
        #expect(closed.openIntents == [])
        #expect(
            closed.records == [
                SnapshotRecord(
                    key: intent.key, id: Sample.id("x"), volumeID: intent.volumeID, name: "a", description: "d", metadata: intent.metadata,
                    status: .creating, size: 20, createdAt: Sample.now, protect: true, attempt: intent.attempt)
            ])
        #expect(closed.header.serial == 4)
        #expect(closed.header.lastRun == Sample.run.run)
        #expect(try fold([.intent(intent), .abandoned(attempt: intent.attempt)]) == fold([]))
        let later = Timestamp(microseconds: Sample.now.microseconds + 1)
        #expect(try fold([.intent(intent), .resent(attempt: intent.attempt, at: later, nil)]).openIntents.map(\.startedAt) == [later])
    }

    @Test("P3: a replacement moves the one that its intent names to the superseded, and no other")
    func replacement() throws {
        let old = Sample.record("a", id: "old")
        let named = Sample.intent("a", attempt: 1, replaces: "old")
        let after = try fold([.intent(named), .created(attempt: named.attempt, made("new"))], into: Sample.state([old]))
        #expect(after.records.map(\.id) == [Sample.id("new")])
        #expect(after.superseded == [old])
        let unnamed = Sample.intent("a", attempt: 1)
        #expect(throws: ReplayFailure(index: 1, problem: .keyInUse(Sample.key("a")))) {
            try fold([.intent(unnamed)], into: Sample.state([old]))
        }
        let second = Sample.intent("a", attempt: 2)
        #expect(throws: ReplayFailure(index: 2, problem: .keyInUse(Sample.key("a")))) { try fold([.intent(unnamed), .intent(second)]) }
    }

    // However a state came to hold both, neither snapshot may be lost and no run may be stuck with them for ever.
    @Test("P1, P2: a creation that is found for a key that another record holds is kept as a duplicate")
    func foundTwice() throws {
        let held = Sample.record("a", id: "old")
        let open = Sample.intent("a", attempt: 1)
        var state = Sample.state([held])
        state.openIntents = [open]
        let after = try fold([.created(attempt: open.attempt, made("new"))], into: state)
        #expect(after.records == [held])
        #expect(after.superseded.map(\.id) == [Sample.id("new")])
        #expect(after.openIntents.isEmpty)
    }

    // A server that gives one id twice, or a journal put together from two, must not make a record disappear without a word.
    @Test("P2: one snapshot stands in one place only")
    func onePlace() throws {
        let other = Sample.record("b", id: "x")
        let intent = Sample.intent("a", attempt: 1)
        #expect(throws: ReplayFailure(index: 2, problem: .keyInUse(Sample.key("b")))) {
            try fold([.intent(intent), .created(attempt: intent.attempt, made("x"))], into: Sample.state([other]))
        }
        #expect(throws: ReplayFailure(index: 1, problem: .keyInUse(Sample.key("b")))) {
            try fold([.duplicate(Sample.record("b", id: "x"))], into: Sample.state([other]))
        }
        let adopted = try fold(
            [.intent(intent), .created(attempt: intent.attempt, made("x"))], into: Sample.state([], superseded: [other]))
        #expect(adopted.records.map(\.id) == [Sample.id("x")])
        #expect(adopted.superseded == [])
    }

    @Test("Changes of a record, superseded ones included")
    func changes() throws {
        let state = Sample.state([Sample.record("a", id: "x")], superseded: [Sample.record("a", id: "y", protect: true)])
        let after = try fold(
            [
                .observed(Sample.id("x"), status: .error, size: 7, updatedAt: Sample.now),
                .updated(Sample.id("x"), name: "n", description: nil, metadata: Metadata(["k": "v"]), updatedAt: nil),
                .protection(Sample.id("x"), true), .deleting(Sample.id("y")), .renamed(Sample.id("x"), to: Sample.key("z")),
            ], into: state)
        var record = Sample.record("n", id: "x", key: "z", metadata: ["k": "v"], status: .error, protect: true)
        (record.size, record.updatedAt) = (7, Sample.now)
        #expect(after.records == [record])
        #expect(after.superseded.map(\.status) == [.deleting])
        #expect(after.record(for: Sample.key("z")) == record)
        #expect(after.record(for: Sample.key("a")) == nil)
        #expect(after.header.serial == 4)
        #expect(try fold([.deleted(Sample.id("y")), .forgotten(Sample.id("x"))], into: state).records == [])
        // The key of a record that is gone is free again.
        let intent = Sample.intent("a", attempt: 1)
        #expect(
            try fold([.deleted(Sample.id("x")), .intent(intent), .created(attempt: intent.attempt, made("new"))], into: state).records.count
                == 1)
    }

    @Test("P5: what says nothing new raises no serial")
    func noChange() throws {
        let state = Sample.state([Sample.record("a", id: "x")])
        let after = try fold(
            [.observed(Sample.id("x"), status: .available, size: nil, updatedAt: nil), .protection(Sample.id("x"), false)], into: state)
        #expect(after.header.serial == 3)
        var replay = StateReplay(state)
        try replay.apply(begin)
        try replay.apply(.protection(Sample.id("x"), false))
        #expect(!replay.hasChanges)
        try replay.apply(.protection(Sample.id("x"), true))
        #expect(replay.hasChanges)
    }

    @Test("Events that do not fit name what is wrong, and where")
    func misfits() {
        let intent = Sample.intent("c", attempt: 1)
        let state = Sample.state([Sample.record("a", id: "x"), Sample.record("b", id: "y")])
        let cases: [([JournalEvent], ReplayProblem)] = [
            ([.created(attempt: intent.attempt, made("z"))], .unknownAttempt(intent.attempt)),
            ([.abandoned(attempt: intent.attempt)], .unknownAttempt(intent.attempt)),
            ([.resent(attempt: intent.attempt, at: Sample.now, nil)], .unknownAttempt(intent.attempt)),
            ([.intent(intent), .intent(intent)], .attemptTwice(intent.attempt)),
            ([.deleted(Sample.id("q"))], .unknownSnapshot(Sample.id("q"))), ([.deleting(Sample.id("q"))], .unknownSnapshot(Sample.id("q"))),
            ([.renamed(Sample.id("q"), to: Sample.key("c"))], .unknownSnapshot(Sample.id("q"))),
            ([.renamed(Sample.id("x"), to: Sample.key("b"))], .keyInUse(Sample.key("b"))), ([begin], .misplacedBegin),
        ]
        for (events, problem) in cases {
            #expect(throws: ReplayFailure(index: events.count, problem: problem)) { try fold(events, into: state) }
        }
        #expect(throws: ReplayFailure(index: 0, problem: .misplacedBegin)) { try StateReplay.fold([.intent(intent)], into: state) }
    }

    @Test("P5: plans that were carried out are remembered, the newest hundred, each once")
    func consumedPlans() throws {
        var state = Sample.state()
        for number in 0..<105 { state = try StateReplay.fold([.begin(Sample.run, plan: Sample.planID(number))], into: state) }
        #expect(state.header.consumedPlans == (5..<105).map { Sample.planID($0) })
        state = try StateReplay.fold([.begin(Sample.run, plan: Sample.planID(50))], into: state)
        #expect(state.header.consumedPlans.count == 100)
        #expect(state.header.consumedPlans.last == Sample.planID(50))
    }
}

import Testing

@testable import SnapkeepCore

@Suite("Rotations in a plan")
struct RotationPlanTests {
    private static let clock = RotationClock(
        now: RetentionTests.instant(RetentionTests.day("2026-03-14")), zones: [ZoneName("UTC")!: .utc])

    private static func rotation(_ volumes: RotationVolumes, _ counts: [RetentionBucket: Int] = [.last: 2], name: String = "nightly")
        -> RotationSpec
    {
        RotationSpec(
            name: RotationName(name)!, volumes: volumes, schedule: RetentionTests.schedule, rules: RetentionRules(counts: counts))
    }

    private static func listed(_ labels: String...) -> RotationVolumes {
        .listed(labels.enumerated().map { RotationVolume(label: $1, reference: .alias($1, Sample.volume($0 + 1))) })
    }

    private static func record(_ key: String, id: String, volume: Int = 1, status: SnapshotStatus = .available) -> SnapshotRecord {
        SnapshotRecord(key: try! SnapshotKey(key), id: SnapshotID(id)!, volumeID: Sample.volume(volume), name: key, status: status)
    }

    private func plan(
        _ manifest: Manifest, _ state: RecordedState?, _ observation: Observation = Observation(), clock: RotationClock = clock
    ) -> Plan {
        Reconciliation.plan(
            for: manifest, against: state, basis: Sample.basis, options: .init(), observation: observation,
            clock: clock.checked(against: state?.header.rotations))
    }

    @Test("A snapshot of a rotation that is not declared any more, or of a volume that is not listed any more, is kept and told (P3)")
    func orphans() {
        let records = [Self.record("gone/db@2026-03-01", id: "s1"), Self.record("nightly/old@2026-03-02", id: "s2", volume: 9)]
        let plan = plan(Manifest(snapshots: [], rotations: [Self.rotation(Self.listed("db"))]), Sample.state(records))
        #expect(plan.changes.filter { if case .retain = $0 { true } else { false } } == records.map { .retain($0, .unlisted) })
        #expect(plan.summary.expire == 0)
    }

    @Test("'moved' takes the snapshots of the former name along")
    func moved() {
        let records = (10...13).map { Self.record("old/db@2026-03-\($0)", id: "s\($0)") }
        var rotation = Self.rotation(Self.listed("db"))
        rotation.movedFrom = RotationName("old")
        var state = Sample.state(records)
        state.header.rotations = RotationMemory(
            asOf: Timestamp(microseconds: 0), rotations: [RememberedRotation(name: RotationName("old")!, rules: rotation.rules)])
        let plan = plan(Manifest(snapshots: [], rotations: [rotation]), state)
        #expect(plan.summary.expire == 3)
        #expect(plan.rotations?.standings.first?.kept.map(\.key.text) == ["old/db@2026-03-13"])
        #expect(plan.rotations?.edits.map(\.expires) == [0], "the former rules would let them go as well")
        #expect(plan.summary.retain == 0)
    }

    @Test("P13: each expiry names what must be seen to be good first, the new one among them")
    func guards() {
        let records = (10...13).map { Self.record("nightly/db@2026-03-\($0)", id: "s\($0)") }
        var rotation = Self.rotation(Self.listed("db"), [.last: 3])
        rotation.rules.minGood = 2
        let plan = plan(Manifest(snapshots: [], rotations: [rotation]), Sample.state(records))
        let expiries = plan.changes.compactMap { change in if case .expire(_, let expiry) = change { expiry } else { nil } }
        #expect(expiries.map(\.after?.text) == ["nightly/db@2026-03-14", "nightly/db@2026-03-14"])
        #expect(expiries.map(\.guards) == [[SnapshotID("s13")!], [SnapshotID("s13")!]])
        // Of the two only one goes without the new one, too.
        #expect(expiries.map(\.guardsWhenFull) == [[SnapshotID("s12")!, SnapshotID("s13")!], nil])
    }

    @Test("P12: a clock that differs from the cloud's by more than five minutes lets nothing go, and remembers no edit")
    func skew() {
        var clock = Self.clock
        clock.isMachineTime = true
        let records = (10...13).map { Self.record("nightly/db@2026-03-\($0)", id: "s\($0)") }
        let manifest = Manifest(snapshots: [], rotations: [Self.rotation(Self.listed("db"))])
        for (difference, expires) in [(Duration.seconds(299), true), (.seconds(301), false), (.seconds(-301), false)] {
            let plan = plan(manifest, Sample.state(records), clock: clock.checked(against: difference))
            #expect((plan.summary.expire > 0) == expires)
            #expect((plan.newMemory != nil) == expires)
            #expect(plan.summary.create == 1)
        }
        // An instant that was named is nobody's clock.
        #expect(Self.clock.checked(against: .seconds(4000)).suspension == nil)
    }

    @Test("A lost one of a rotation is not recorded any more, and nothing is made up for; that of today is made anew")
    func lost() {
        let records = ["2026-03-13", "2026-03-14"].map { Self.record("nightly/db@\($0)", id: "s-\($0)") }
        let manifest = Manifest(snapshots: [], rotations: [Self.rotation(Self.listed("db"))])
        let first = plan(manifest, Sample.state(records), Observation(losses: [records[0].id: .gone]))
        #expect(first.changes == [.delete(records[0], .gone)])
        let second = plan(manifest, Sample.state(records), Observation(losses: [records[1].id: .gone]))
        #expect(second.changes.count == 1)
        guard case .replace(let spec, recorded: records[1], .lost(.gone), prune: false)? = second.changes.first else {
            Issue.record("\(second.changes)")
            return
        }
        #expect(spec.key == records[1].key)
    }

    // MARK: What counts as an edit

    /// So many nights before the 14th, one snapshot each.
    private static func nights(_ count: Int, _ rotation: String = "nightly", _ label: String = "db", volume: Int = 1) -> [SnapshotRecord] {
        (14 - count..<14).map { day in
            record("\(rotation)/\(label)@2026-03-\(day < 10 ? "0" : "")\(day)", id: "\(rotation)-\(label)-\(day)", volume: volume)
        }
    }

    private static func state(_ records: [SnapshotRecord], remembering rotations: [RememberedRotation]) -> RecordedState {
        var state = Sample.state(records.sorted { $0.key < $1.key })
        state.header.rotations = RotationMemory(asOf: Timestamp(microseconds: 0), rotations: rotations)
        return state
    }

    private func expiries(_ plan: Plan) -> [Expiry] {
        plan.changes.compactMap { if case .expire(_, let expiry) = $0 { expiry } else { nil } }
    }

    @Test("P3: rules that were changed during a pause, or while no volume was there, are an edit when the rotation goes on")
    func pausedEdit() throws {
        let remembered = RememberedRotation(
            name: RotationName("nightly")!, rules: RetentionRules(counts: [.last: 8]), listed: [.init(label: "db", id: Sample.volume(1))])
        var paused = Self.rotation(Self.listed("db"), [.last: 1])
        paused.isPaused = true
        var state = Self.state(Self.nights(8), remembering: [remembered])
        let rest = plan(Manifest(snapshots: [], rotations: [paused]), state)
        #expect(!rest.hasActions && rest.rotations?.rules?.map(\.rules) == [remembered.rules])
        state.header.rotations?.rotations = try #require(rest.rotations?.rules)
        paused.isPaused = false
        let going = plan(Manifest(snapshots: [], rotations: [paused]), state)
        // One is routine: the eighth, in whose place the new one comes.
        #expect(expiries(going).map(\.isByEdit).filter { $0 }.count == 7)
        #expect(going.rotations?.edits.map(\.expires) == [7])
    }

    @Test("P3: what a rotation that is known takes over from another one goes by an edit, once")
    func movedLater() throws {
        let rules = RetentionRules(counts: [.last: 2])
        var rotation = Self.rotation(Self.listed("db"))
        rotation.movedFrom = RotationName("old")
        let remembered = RememberedRotation(name: rotation.name, rules: rules, listed: [.init(label: "db", id: Sample.volume(1))])
        let first = plan(
            Manifest(snapshots: [], rotations: [rotation]), Self.state(Self.nights(5, "old"), remembering: [remembered]))
        #expect(expiries(first).count == 4 && expiries(first).allSatisfy(\.isByEdit))
        #expect(first.rotations?.edits.map(\.expires) == [4])
        let memory = try #require(first.newMemory).rotations
        let second = plan(Manifest(snapshots: [], rotations: [rotation]), Self.state(Self.nights(5, "old"), remembering: memory))
        #expect(expiries(second).allSatisfy { !$0.isByEdit } && second.rotations?.edits == [])
    }

    @Test("P3: the snapshots of a volume that is listed anew go by an edit")
    func volumeBack() {
        let remembered = RememberedRotation(
            name: RotationName("nightly")!, rules: RetentionRules(counts: [.last: 2]), listed: [.init(label: "a", id: Sample.volume(1))])
        let records = Self.nights(3, "nightly", "a") + Self.nights(5, "nightly", "b", volume: 2)
        let plan = plan(
            Manifest(snapshots: [], rotations: [Self.rotation(Self.listed("a", "b"))]), Self.state(records, remembering: [remembered]))
        let byEdit = plan.changes.compactMap { change -> String? in
            if case .expire(let record, let expiry) = change, expiry.isByEdit { record.key.text } else { nil }
        }
        #expect(byEdit == (9...12).map { "nightly/b@2026-03-\($0 < 10 ? "0" : "")\($0)" })
    }

    @Test("P3: an alias that is given to another volume brings that one's snapshots in by an edit; a new alias of the same volume is none")
    func aliasMoved() {
        let rules = RetentionRules(counts: [.last: 2])
        func byEdit(_ remembered: RememberedRotation.Listed) -> Int {
            let state = Self.state(
                Self.nights(5, "nightly", "other"), remembering: [.init(name: RotationName("nightly")!, rules: rules, listed: [remembered])]
            )
            return expiries(plan(Manifest(snapshots: [], rotations: [Self.rotation(Self.listed("db"))]), state)).filter(\.isByEdit).count
        }
        #expect(byEdit(.init(label: "db", id: Sample.volume(2))) == 4)
        #expect(byEdit(.init(label: "other", id: Sample.volume(1))) == 0)
        #expect(byEdit(.init(label: "db", id: nil)) == 0)
    }

    @Test("P1: a creation that is open under the former name of the rotation, or of its volume, is awaited; no second one is begun")
    func openUnderFormerName() {
        var renamed = Self.rotation(Self.listed("db"), name: "night")
        renamed.movedFrom = RotationName("nightly")
        for (rotation, key) in [(renamed, "nightly/db@2026-03-14"), (Self.rotation(Self.listed("db")), "nightly/former@2026-03-14")] {
            var state = Sample.state([])
            state.openIntents = [Sample.intent(key, attempt: 1)]
            let plan = plan(Manifest(snapshots: [], rotations: [rotation]), state)
            #expect(plan.changes.map(\.key.text) == [key], "\(plan.changes)")
            #expect(plan.summary.create == 0 && plan.summary.settle == 1)
        }
    }

    @Test("P12: what is dated in the future is neither the last good one nor a guard")
    func future() {
        let records = Self.nights(3) + [Self.record("nightly/db@2026-04-01", id: "later")]
        let remembered = RememberedRotation(
            name: RotationName("nightly")!, rules: RetentionRules(counts: [.last: 1]), since: Timestamp(microseconds: 0))
        let plan = plan(
            Manifest(snapshots: [], rotations: [Self.rotation(Self.listed("db"), [.last: 1])]),
            Self.state(records, remembering: [remembered]),
            clock: RotationClock(now: RetentionTests.instant(RetentionTests.day("2026-03-20")), zones: [ZoneName("UTC")!: .utc]))
        #expect(plan.rotations?.standings.first?.lastGood?.date == "2026-03-13")
        #expect(plan.rotations?.standings.first?.overdueSince != nil)
        #expect(!expiries(plan).flatMap { $0.guards + ($0.guardsWhenFull ?? []) }.contains(SnapshotID("later")!))
    }

    @Test("A rotation without any good snapshot is overdue from the first period on that came after its first apply")
    func overdueFromItsFirstApply() {
        func overdue(since: Timestamp?) -> Bool {
            let remembered = since.map {
                RememberedRotation(name: RotationName("nightly")!, rules: RetentionRules(counts: [.last: 2]), since: $0)
            }
            var late = Self.clock
            late.now = RetentionTests.instant(RetentionTests.day("2026-03-14")) + .seconds(20 * 3600)
            let state = Self.state([], remembering: [remembered].compactMap { $0 })
            return plan(Manifest(snapshots: [], rotations: [Self.rotation(Self.listed("db"))]), state, clock: late)
                .rotations?.standings.first?.overdueSince != nil
        }
        #expect(!overdue(since: nil))
        #expect(!overdue(since: RetentionTests.instant(RetentionTests.day("2026-03-14")) + .seconds(19 * 3600)))
        #expect(overdue(since: RetentionTests.instant(RetentionTests.day("2026-03-13"))))
    }

    // MARK: Patterns

    @Test(
        "P3: what a pattern does not pick any more stays also where the unlisted is pruned, and before anybody has looked everything does")
    func notPicked() {
        let manifest = Manifest(snapshots: [], rotations: [Self.rotation(.matching(VolumePattern(name: "db-*")))])
        let records = Self.nights(4, "nightly", Sample.volume(1).text)
        func pruned(_ observation: Observation) -> Plan {
            Reconciliation.plan(
                for: manifest, against: Sample.state(records), basis: Sample.basis, options: .init(prune: true), observation: observation,
                clock: Self.clock)
        }
        #expect(pruned(Observation()).changes.isEmpty)
        let renamed = ObservedVolume(id: Sample.volume(1), name: "app-1", status: "available", size: 1)
        #expect(pruned(Observation(volumes: VolumeDirectory([renamed]))).changes == records.map { .retain($0, .notPicked) })
    }

    @Test(
        "A pattern fits the whole name, and a star stands for any text",
        arguments: [
            ("db-*", "db-orders", true), ("db-*", "db-", true), ("db-*", "mydb-1", false), ("*", "", true), ("*-prod-*", "a-prod-b", true),
            ("*-prod-*", "a-prod", false), ("a*b*c", "axxbyybzzc", true), ("a*b*c", "axxbyyb", false), ("é*", "é1", true), ("", "x", false),
            (String(repeating: "*a", count: 100), String(repeating: "a", count: 5000) + "b", false),
        ])
    func patterns(pattern: String, name: String, fits: Bool) {
        let volume = ObservedVolume(
            id: Sample.volume(1), name: name, status: "available", size: 1, metadata: Metadata(["backup": "nightly"]))
        #expect(VolumePattern(name: pattern).matches(volume) == fits)
        #expect(VolumePattern(name: pattern, metadata: Metadata(["backup": "nightly"])).matches(volume) == fits)
        #expect(!VolumePattern(name: pattern, metadata: Metadata(["backup": "weekly"])).matches(volume))
    }

    @Test("A pattern picks by a look; offline what was picked last counts, with its time; before any look nothing is known")
    func matching() throws {
        let manifest = Manifest(
            snapshots: [], rotations: [Self.rotation(.matching(VolumePattern(name: "db-*")))], aliases: [Sample.volume(1): "orders"])
        let volumes = [(1, "db-orders"), (2, "db-billing"), (3, "web")].map {
            ObservedVolume(id: Sample.volume($0.0), name: $0.1, status: "available", size: 1)
        }
        let unknown = plan(manifest, Sample.state([]))
        #expect(unknown.rotations?.matches.map(\.count) == [nil])
        #expect(unknown.changes.isEmpty)
        let seen = plan(manifest, Sample.state([]), Observation(volumes: VolumeDirectory(volumes)))
        let keys = seen.changes.map(\.key.text)
        #expect(keys == ["nightly/orders@2026-03-14", "nightly/\(Sample.volume(2))@2026-03-14"])
        #expect(seen.changes.compactMap { $0.creation?.name.text } == ["orders-2026-03-14", "db-billing-2026-03-14"])
        let memory = try #require(seen.newMemory)
        #expect(memory.rotations.first?.matched?.volumes.map(\.name) == ["db-orders", "db-billing"])
        var state = Sample.state([])
        state.header.rotations = memory
        let offline = plan(manifest, state)
        #expect(offline.changes.map(\.key.text) == keys)
        #expect(offline.rotations?.matches.map(\.asOf?.instant) == [Self.clock.now])
        #expect(offline.rotations?.isNew == false)
    }
}

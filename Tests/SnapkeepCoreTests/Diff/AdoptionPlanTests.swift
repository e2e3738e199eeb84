import Testing

@testable import SnapkeepCore

/// Lines that name by `id:` what exists.
@Suite("Adoption in the manifest")
struct AdoptionPlanTests {
    private static let spec = Sample.spec("a", description: "D", metadata: ["team": "t"], protect: true, id: "x")

    private static func observed(
        _ id: String = "x", name: String? = "a", volume: Int = 1, description: String? = "D", metadata: [String: String] = ["team": "t"],
        status: SnapshotStatus = .available, day: Int = 1
    ) -> ObservedSnapshot {
        ObservedSnapshot(
            id: Sample.id(id), volumeID: Sample.volume(volume), name: name, description: description, metadata: Metadata(metadata),
            status: status, size: 20, createdAt: Timestamp("2026-11-0\(day)T08:00:00")!, updatedAt: nil)
    }

    private static func plan(
        _ specs: [SnapshotSpec], _ state: RecordedState? = nil, _ observation: Observation = Observation(), prune: Bool = false,
        recreate: Bool = false
    ) -> Plan {
        Reconciliation.plan(
            for: Manifest(snapshots: specs), against: state, basis: Sample.basis, options: .init(prune: prune, recreate: recreate),
            observation: observation)
    }

    private static func obstacles(
        _ plan: Plan, _ state: RecordedState?, _ observation: Observation = Observation(), recreate: Bool = false
    ) -> [AdoptionObstacle] {
        Preflight.findings(adoptingIn: plan, state: state, observation: observation, recreates: recreate).compactMap {
            if case .notAdoptable(_, _, let obstacle) = $0 { obstacle } else { nil }
        }
    }

    @Test("P4: without a look at the cloud the manifest alone tells the adoption; what it will change is not known")
    func offline() {
        let plan = Self.plan([Self.spec])
        #expect(plan.changes == [.adopt(Self.spec, Sample.id("x"), nil)])
        #expect(plan.summary.adopt == 1 && plan.summary.create == 0 && plan.hasActions)
        #expect(Self.obstacles(plan, nil).isEmpty)
    }

    @Test("P5: after a look the plan tells each field that differs; metadata that the line does not name is no difference")
    func refreshed() {
        func fields(_ snapshot: ObservedSnapshot) -> [FieldChange]? {
            let plan = Self.plan([Self.spec], nil, Observation(adoptable: [snapshot.id: snapshot]))
            guard case .adopt(_, _, let fields)? = plan.changes.first else { return nil }
            return fields
        }
        #expect(fields(Self.observed(metadata: ["team": "t", "theirs": "1", "__system__x": "1"])) == [])
        #expect(
            fields(Self.observed(name: "b", description: nil, metadata: [:])) == [
                .name(from: "b", to: "a"), .description(from: nil, to: "D"), .metadata(key: "team", from: nil, to: "t"),
            ])
    }

    @Test("P11: once it is recorded under its key the id asks for nothing, and only the fields count")
    func afterwards() {
        let record = Sample.record("a", id: "x", description: "D", metadata: ["team": "t"], protect: true)
        #expect(Self.plan([Self.spec], Sample.state([record])).changes.isEmpty)
        var other = record
        other.name = "b"
        #expect(
            Self.plan([Self.spec], Sample.state([other])).changes == [
                .update(Self.spec, recorded: other, [.name(from: "b", to: "a")])
            ])
        // Taking the id away again changes nothing either.
        var bare = Self.spec
        bare.id = nil
        #expect(Self.plan([bare], Sample.state([record])).changes.isEmpty)
    }

    private static let statuses: [SnapshotStatus] = [
        .creating, .available, .error, .deleting, .errorDeleting, .rollingBack, .backingUp, .restoring, .other("x"),
    ]

    @Test("P1, P3: whatever is recorded, lost or asked for, nothing is made and nothing deleted for a line with an id", arguments: statuses)
    func neverMade(_ status: SnapshotStatus) {
        for (id, volume) in [("x", 1), ("x", 2), ("y", 1), ("y", 2)] {
            let record = Sample.record("a", id: id, volume: volume, status: status)
            let state = Sample.state([record])
            for loss in [nil] + LossReason.allCases.map(Optional.some) {
                for options in [(false, false), (true, false), (false, true), (true, true)] {
                    let observation = Observation(losses: loss.map { [record.id: $0] } ?? [:], adoptable: [:])
                    let plan = Self.plan([Self.spec], state, observation, prune: options.0, recreate: options.1)
                    for change in plan.changes {
                        switch change {
                        case .adopt, .update, .resume, .lost(_, .some, _): break
                        case .create, .replace, .settle, .delete, .expire, .retain, .lost(_, nil, _): Issue.record("\(change)")
                        }
                    }
                    // What does not fit together is said, and apply is kept from it.
                    if id == "y" || volume == 2 { #expect(!Self.obstacles(plan, state, observation, recreate: options.1).isEmpty) }
                }
            }
        }
    }

    @Test("P1: a creation of an earlier run that is in doubt is looked up first, whatever the line says now")
    func openIntent() {
        let intent = Sample.intent("a", attempt: 1)
        #expect(Self.plan([Self.spec], Sample.state(openIntents: [intent])).changes == [.settle(intent, Self.spec)])
    }

    @Test("A key that is recorded as another snapshot, and a snapshot under another key, are refused without asking the cloud")
    func conflicts() {
        let other = Sample.record("a", id: "y")
        #expect(Self.obstacles(Self.plan([Self.spec], Sample.state([other])), Sample.state([other])) == [.keyInUse(other)])
        let old = Sample.record("old", id: "x")
        #expect(Self.obstacles(Self.plan([Self.spec], Sample.state([old])), Sample.state([old])) == [.idInUse(old, isSuperseded: false)])
        let both = Sample.state([other, old])
        #expect(Self.obstacles(Self.plan([Self.spec], both), both) == [.keyInUse(other)])
        let superseded = Sample.state(superseded: [Sample.record("a", id: "x")])
        #expect(
            Self.obstacles(Self.plan([Self.spec], superseded), superseded) == [.idInUse(superseded.superseded[0], isSuperseded: true)])
        let elsewhere = Sample.state([Sample.record("a", id: "x", volume: 2)])
        #expect(
            Self.obstacles(Self.plan([Self.spec], elsewhere), elsewhere)
                == [.otherVolume(listed: Sample.volume(1), observed: Sample.volume(2))])
    }

    @Test("P1: --recreate makes nothing for a lost snapshot that its line names, and says so", arguments: LossReason.allCases)
    func notRecreated(_ loss: LossReason) {
        let record = Sample.record("a", id: "x")
        let observation = Observation(losses: [record.id: loss], adoptable: [:])
        let plan = Self.plan([Self.spec], Sample.state([record]), observation, recreate: true)
        #expect(plan.changes == [.lost(record, Self.spec, loss)] && plan.lostCount == 1)
        #expect(Self.obstacles(plan, Sample.state([record]), observation, recreate: true).count == 1)
        #expect(Self.obstacles(plan, Sample.state([record]), observation).isEmpty)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let observed: ObservedSnapshot?
        let expected: AdoptionObstacle?

        static func stamp(_ owner: String, _ key: String) -> [String: String] {
            ["snapkeep.owner": owner, "snapkeep.key": key, "snapkeep.attempt": Sample.attempt(3).text]
        }

        static let all: [Refusal] = [
            Refusal(testDescription: "not there", observed: nil, expected: .notFound),
            Refusal(testDescription: "the backup service's", observed: observed(name: "autobk_snapshot_1"), expected: .madeByServer),
            Refusal(
                testDescription: "a server backup's", observed: observed(metadata: ["__system__enableActive": "true"]),
                expected: .madeByServer),
            Refusal(testDescription: "another owner's", observed: observed(metadata: stamp("p", "a")), expected: .otherOwner("p")),
            Refusal(testDescription: "ours, another key", observed: observed(metadata: stamp("o", "b")), expected: .otherKey("b")),
            Refusal(testDescription: "ours, this key, forgotten", observed: observed(metadata: stamp("o", "a")), expected: nil),
            Refusal(
                testDescription: "another volume", observed: observed(volume: 2),
                expected: .otherVolume(listed: Sample.volume(1), observed: Sample.volume(2))),
            Refusal(testDescription: "in error", observed: observed(status: .error), expected: .status(.error)),
            Refusal(testDescription: "going away", observed: observed(status: .deleting), expected: .status(.deleting)),
            Refusal(testDescription: "busy", observed: observed(status: .backingUp), expected: .status(.backingUp)),
            Refusal(testDescription: "being made", observed: observed(status: .creating), expected: nil),
            Refusal(testDescription: "available", observed: observed(), expected: nil),
        ]

        private static func observed(
            name: String? = "a", volume: Int = 1, metadata: [String: String] = [:], status: SnapshotStatus = .available
        ) -> ObservedSnapshot {
            AdoptionPlanTests.observed(name: name, volume: volume, metadata: metadata, status: status)
        }
    }

    @Test("P3: what a look shows to be another's, the server's, of another volume or going away is refused", arguments: Refusal.all)
    func refused(_ refusal: Refusal) {
        let state = Sample.state()
        let observation = Observation(adoptable: refusal.observed.map { [$0.id: $0] } ?? [:])
        let found = Self.obstacles(Self.plan([Self.spec], state, observation), state, observation)
        #expect(found == [refusal.expected].compactMap { $0 })
    }

    @Test("A volume that is known by name is looked up in what was read; none or several are told")
    func namedVolume() {
        var spec = Self.spec
        spec.volume = .named(alias: "v", name: "data")
        let volumes = VolumeDirectory([.init(id: Sample.volume(2), name: "data", status: "available", size: 1)])
        let known = Observation(adoptable: [Sample.id("x"): Self.observed()], volumes: volumes)
        #expect(
            Self.obstacles(Self.plan([spec], nil, known), nil, known)
                == [.otherVolume(listed: Sample.volume(2), observed: Sample.volume(1))])
        let unknown = Observation(adoptable: [Sample.id("x"): Self.observed()], volumes: VolumeDirectory([]))
        #expect(Self.obstacles(Self.plan([spec], nil, unknown), nil, unknown) == [.volumeName("data", matches: [])])
    }

    // MARK: What a look keeps

    @Test("A look keeps what lines name and what resembles a new one, and asks for a named one that the list does not show")
    func look() {
        let recorded = Sample.record("r", id: "r")
        let manifest = Manifest(snapshots: [
            Self.spec, Sample.spec("r", id: "r"), Sample.spec("new"), Sample.spec("gone", id: "missing"),
        ])
        let state = Sample.state([recorded])
        var pass = RefreshPass(state, wanted: WantedSnapshots(of: manifest, beside: state))
        #expect(pass.unseen == [Sample.id("r"), Sample.id("missing"), Sample.id("x")])
        let stamped = Self.observed("s", name: "new", metadata: Refusal.stamp("p", "k"))
        for snapshot in [
            Self.observed(), Self.observed("l1", name: "new", day: 1), Self.observed("l2", name: "new", day: 2), stamped,
            Self.observed("v", name: "new", volume: 2), Self.observed("n", name: "other"),
            Self.observed("e", name: "new", status: .error),
        ] { pass.see(snapshot) }
        #expect(pass.unseen == [Sample.id("r"), Sample.id("missing")])
        let refresh = pass.finished()
        #expect(Set(refresh.adoptable.keys) == [Sample.id("x")])
        #expect(refresh.lookAlikes.map(\.id) == [Sample.id("l2"), Sample.id("l1")])
    }

    @Test("A new snapshot beside one of the same name and volume is warned about: the youngest first, each told for one line")
    func lookAlikes() {
        let specs = ["k1", "k2", "k3"].map { Sample.spec("n", key: $0) } + [Sample.spec("n", key: "v", volume: 2)]
        let plan = Self.plan(specs)
        let young = Self.observed("young", name: "n", day: 2)
        let old = Self.observed("old", name: "n", day: 1)
        let found = Preflight.findings(of: plan, lookAlikes: [young, old], observation: Observation())
        #expect(
            found == [
                .lookAlike(Sample.key("k1"), young.id, createdAt: young.createdAt, count: 2),
                .lookAlike(Sample.key("k2"), old.id, createdAt: old.createdAt, count: 1),
            ])
        #expect(found.allSatisfy { !$0.isError })
        // Texts that only look the same are two names.
        let accent = Self.observed("accent", name: "e\u{301}")
        #expect(Preflight.findings(of: Self.plan([Sample.spec("\u{E9}")]), lookAlikes: [accent], observation: Observation()).isEmpty)
    }
}

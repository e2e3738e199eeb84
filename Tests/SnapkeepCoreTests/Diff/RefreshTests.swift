import Testing

@testable import SnapkeepCore

/// Records held against what the cloud lists.
@Suite("Refresh")
struct RefreshTests {
    /// A record, and the same snapshot as the cloud has it.
    private static func observed(
        _ record: SnapshotRecord, name: String? = nil, description: String?? = .none, metadata: [String: String] = [:],
        without removed: [String] = [], status: SnapshotStatus? = nil, owner: String = "o"
    ) -> ObservedSnapshot {
        let stamp = Stamp(owner: owner, key: record.key.text, attempt: record.attempt!.text)
        let all = record.metadata.merging(stamp.metadata).merging(Metadata(metadata))
        return ObservedSnapshot(
            id: record.id, volumeID: record.volumeID, name: name ?? record.name, description: description ?? record.description,
            metadata: Metadata(all.entries.filter { !removed.contains($0.key) }), status: status ?? record.status, size: record.size,
            createdAt: nil, updatedAt: Sample.now)
    }

    private static let record = Sample.record("a", id: "x", description: "D", metadata: ["team": "t", "ticket": "1"])
    private static let spec = Sample.spec("a", description: "D", metadata: ["team": "t", "ticket": "1"])

    private static func refresh(_ state: RecordedState?, _ seen: [ObservedSnapshot]) -> StateRefresh {
        var pass = RefreshPass(state)
        for snapshot in seen { pass.see(snapshot) }
        return pass.finished()
    }

    private static func plan(
        _ specs: [SnapshotSpec], _ refresh: StateRefresh, recreate: Bool = false, prune: Bool = false, volumes: VolumeDirectory? = nil
    ) -> Plan {
        Reconciliation.plan(
            for: Manifest(snapshots: specs), against: refresh.state, basis: Sample.basis,
            options: .init(prune: prune, recreate: recreate),
            observation: {
                var observation = Observation(refresh)
                observation.volumes = volumes
                return observation
            }())
    }

    @Test("What is as recorded changes nothing, and metadata of others is none of ours")
    func unchanged() {
        let refresh = Self.refresh(
            Sample.state([Self.record]), [Self.observed(Self.record, metadata: ["backup": "yes", "__system__x": "1"])])
        #expect(refresh.state == Sample.state([Self.record]))
        #expect(refresh.events.isEmpty && refresh.drift.isEmpty && refresh.losses.isEmpty && refresh.unstamped.isEmpty)
        #expect(!Self.plan([Self.spec], refresh).hasActions)
    }

    @Test("P11: drift of owned fields is brought back in place, from what the cloud has to what is declared")
    func drift() throws {
        let seen = Self.observed(
            Self.record, name: "b", description: .some(nil), metadata: ["team": "u"], without: ["ticket"])
        let refresh = Self.refresh(Sample.state([Self.record]), [seen])
        let fields: [FieldChange] = [
            .name(from: "a", to: "b"), .description(from: "D", to: nil), .metadata(key: "team", from: "t", to: "u"),
            .metadata(key: "ticket", from: "1", to: nil),
        ]
        #expect(refresh.drift == [.init(key: Self.record.key, id: Self.record.id, fields: fields)])
        let plan = Self.plan([Self.spec], refresh)
        guard case .update(Self.spec, let recorded, let changes)? = plan.changes.first else {
            Issue.record("\(plan.changes)")
            return
        }
        #expect(recorded.name == "b")
        #expect(
            changes == [
                .name(from: "b", to: "a"), .description(from: nil, to: "D"), .metadata(key: "team", from: "u", to: "t"),
                .metadata(key: "ticket", from: nil, to: "1"),
            ])
        #expect(plan.drift == refresh.drift)
        // The events alone bring the recorded state to the same place.
        let folded = try StateReplay.fold([.begin(Sample.run, plan: nil)] + refresh.events, into: Sample.state([Self.record]))
        #expect(folded.records == refresh.state?.records)
    }

    @Test("A drift to just what the manifest now says needs no request")
    func driftToWanted() {
        let refresh = Self.refresh(Sample.state([Self.record]), [Self.observed(Self.record, name: "b")])
        let wanted = Sample.spec("b", key: "a", description: "D", metadata: ["team": "t", "ticket": "1"])
        #expect(!Self.plan([wanted], refresh).hasActions)
        #expect(refresh.events.count == 1)
    }

    @Test(
        "A status that moved on is taken over, and decides",
        arguments: [
            (SnapshotStatus.creating, SnapshotStatus.available, 0), (.available, .error, 1), (.available, .backingUp, 1),
            (.error, .available, 0),
        ])
    func status(_ before: SnapshotStatus, _ now: SnapshotStatus, _ actions: Int) throws {
        var record = Self.record
        record.status = before
        let refresh = Self.refresh(Sample.state([record]), [Self.observed(record, status: now)])
        #expect(refresh.state?.records[0].status == now)
        #expect(refresh.losses.isEmpty)
        #expect(Self.plan([Self.spec], refresh).changes.count == actions)
        let folded = try StateReplay.fold([.begin(Sample.run, plan: nil)] + refresh.events, into: Sample.state([record]))
        #expect(folded.records[0].status == now)
    }

    @Test("P3: what is lost is told and made anew only when asked; its record stays as it was")
    func lost() {
        for (seen, reason) in [
            ([], LossReason.gone), ([Self.observed(Self.record, status: .deleting)], .beingDeleted),
            ([Self.observed(Self.record, status: .errorDeleting)], .errorDeleting),
        ] as [([ObservedSnapshot], LossReason)] {
            let refresh = Self.refresh(Sample.state([Self.record]), seen)
            #expect(refresh.losses == [Self.record.id: reason])
            #expect(refresh.events.isEmpty)
            #expect(refresh.state == Sample.state([Self.record]))
            let told = Self.plan([Self.spec], refresh)
            #expect(told.changes == [.lost(Self.record, Self.spec, reason)])
            #expect(!told.hasActions && told.lostCount == 1)
            let made = Self.plan([Self.spec], refresh, recreate: true)
            #expect(made.changes == [.replace(Self.spec, recorded: Self.record, .lost(reason), prune: false)])
            #expect(DeletionGuard(maxDeletes: 0).refusals(of: made).isEmpty)
        }
    }

    @Test("What went with its volume cannot be made again, whatever is asked")
    func lostWithVolume() {
        let refresh = Self.refresh(Sample.state([Self.record]), [])
        let others = VolumeDirectory([ObservedVolume(id: Sample.volume(2), name: nil, status: "available", size: 1)])
        let plan = Self.plan([Self.spec], refresh, recreate: true, volumes: others)
        #expect(plan.changes == [.lost(Self.record, Self.spec, .goneWithVolume)])
        let there = VolumeDirectory([ObservedVolume(id: Sample.volume(1), name: nil, status: "available", size: 1)])
        #expect(Self.plan([Self.spec], refresh, volumes: there).changes == [.lost(Self.record, Self.spec, .gone)])
    }

    @Test("What is lost and no longer listed is told; with --prune the deletion finds it gone")
    func lostAndUnlisted() {
        let refresh = Self.refresh(Sample.state([Self.record]), [])
        let plan = Self.plan([], refresh)
        #expect(plan.changes == [.lost(Self.record, nil, .gone)])
        #expect(plan.lostCount == 0)
        #expect(Self.plan([], refresh, prune: true).changes == [.delete(Self.record, .gone)])
        #expect(DeletionGuard(maxDeletes: 0).refusals(of: Self.plan([], refresh, prune: true)).isEmpty)
        var protected = Self.record
        protected.protect = true
        let kept = Self.refresh(Sample.state([protected]), [])
        #expect(Self.plan([], kept, prune: true).changes == [.lost(protected, nil, .gone)])
    }

    @Test("A deletion of our own under way is no loss")
    func ownDeletion() {
        var record = Self.record
        record.status = .deleting
        #expect(Self.refresh(Sample.state([record]), []).losses.isEmpty)
        record.status = .errorDeleting
        #expect(Self.refresh(Sample.state([record]), [Self.observed(record)]).losses.isEmpty)
    }

    @Test("Superseded ones that are gone are dropped: nothing is missed of them")
    func superseded() throws {
        let old = Sample.record("a", id: "old", status: .available)
        let older = Sample.record("a", id: "older", status: .creating)
        let state = Sample.state([Self.record], superseded: [old, older])
        let refresh = Self.refresh(state, [Self.observed(Self.record), Self.observed(older, status: .available)])
        #expect(refresh.events == [.deleted(old.id), .observed(older.id, status: .available, size: nil, updatedAt: Sample.now)])
        let folded = try StateReplay.fold([.begin(Sample.run, plan: nil)] + refresh.events, into: state)
        #expect(folded.superseded.map(\.id) == [older.id])
        #expect(refresh.state?.superseded.map(\.status) == [.available])
    }

    @Test(
        "P2: a stamp that was removed or changed is told",
        arguments: [[Stamp.ownerKey], [Stamp.keyKey], [Stamp.attemptKey], [Stamp.ownerKey, Stamp.keyKey, Stamp.attemptKey]])
    func stampRemoved(_ removed: [String]) {
        let refresh = Self.refresh(Sample.state([Self.record]), [Self.observed(Self.record, without: removed)])
        #expect(refresh.unstamped.map(\.key) == [Self.record.key])
        #expect(refresh.events.isEmpty)
        #expect(Self.refresh(Sample.state([Self.record]), [Self.observed(Self.record, owner: "other")]).unstamped.map(\.owner) == ["other"])
    }

    @Test("P1, P3: a rename that was cut short is told as one, keeps its new key from being made, and leaves the snapshot ours")
    func cutRename() {
        var observed = Self.observed(Self.record)
        observed.metadata = observed.metadata.merging(Metadata([Stamp.keyKey: "b"]))
        let refresh = Self.refresh(Sample.state([Self.record]), [observed])
        let rename = CutRename(old: Self.record.key, new: Sample.key("b"), id: Self.record.id)
        #expect(refresh.cutRenames == [rename] && refresh.orphans.isEmpty && refresh.events.isEmpty)
        #expect(Observation(refresh).foreign.isEmpty)
        for isListed in [false, true] {
            for prune in [false, true] {
                let plan = Self.plan((isListed ? [Self.spec] : []) + [Sample.spec("b")], refresh, prune: prune)
                let findings = Preflight.findings(of: plan, orphans: [:], cutRenames: refresh.cutRenames)
                #expect(findings == [.halfRenamed(rename, isListed: isListed)] && findings.allSatisfy(\.isError))
            }
        }
        let harmless = Self.plan([Self.spec, Sample.spec("c")], refresh)
        #expect(Preflight.findings(of: harmless, orphans: [:], cutRenames: refresh.cutRenames).isEmpty)
    }

    @Test("Everything in the project counts for its volume, once, and what was not seen is asked for")
    func counting() {
        let foreign = ObservedSnapshot(
            id: Sample.id("f"), volumeID: Sample.volume(1), name: nil, description: nil, metadata: Metadata(), status: .available,
            size: nil,
            createdAt: nil, updatedAt: nil)
        var pass = RefreshPass(Sample.state([Self.record, Sample.record("b", id: "y", volume: 2)]))
        #expect(pass.unseen == [Sample.id("x"), Sample.id("y")])
        pass.see(foreign)
        pass.see(Self.observed(Self.record))
        pass.see(Self.observed(Self.record))
        #expect(pass.unseen == [Sample.id("y")])
        #expect(pass.finished().snapshotsByVolume == [Sample.volume(1): 2])
        #expect(Self.refresh(nil, [foreign]).snapshotsByVolume == [Sample.volume(1): 1])
    }

    @Test("Seeing one twice is seeing it once, and the later look counts")
    func twice() {
        var pass = RefreshPass(Sample.state([Self.record]))
        pass.see(Self.observed(Self.record, status: .error))
        pass.see(Self.observed(Self.record))
        let foreign = ObservedSnapshot(
            id: Sample.id("f"), volumeID: Sample.volume(1), name: nil, description: nil, metadata: Metadata(), status: .available,
            size: nil,
            createdAt: nil, updatedAt: nil)
        pass.see(foreign)
        pass.see(foreign)
        #expect(pass.finished().state == Sample.state([Self.record]))
        #expect(pass.finished().snapshotsByVolume == [Sample.volume(1): 2])
    }

    @Test("P1: what carries our stamp and no record knows would be made a second time; open creations are not meant")
    func orphans() {
        func stray(_ id: String, key: String, owner: String = "o", attempt: Int = 3, status: SnapshotStatus = .available)
            -> ObservedSnapshot
        {
            ObservedSnapshot(
                id: Sample.id(id), volumeID: Sample.volume(1), name: nil, description: nil,
                metadata: Stamp(owner: owner, key: key, attempt: Sample.attempt(attempt).text).metadata, status: status, size: nil,
                createdAt: nil, updatedAt: nil)
        }
        let seen = [
            stray("1", key: "b"), stray("2", key: "c"), stray("3", key: "b", owner: "other"), stray("4", key: "d", attempt: 1),
            stray("5", key: "e", status: .deleting),
        ]
        let state = Sample.state([], openIntents: [Sample.intent("d", attempt: 1)])
        let refresh = Self.refresh(state, seen)
        #expect(refresh.orphans == ["b": [Sample.id("1")], "c": [Sample.id("2")]])
        let plan = Self.plan([Sample.spec("b"), Sample.spec("x")], refresh)
        #expect(
            Preflight.findings(of: plan, orphans: refresh.orphans) == [
                .madeBefore(Sample.key("b"), [Sample.id("1")]), .unrecorded(count: 1),
            ])
        // Without a state the manifest's stack says whose stamps are meant.
        var pass = RefreshPass(nil, stack: try? StackName("o"))
        for snapshot in seen { pass.see(snapshot) }
        #expect(pass.finished().orphans.keys.sorted() == ["b", "c", "d"])
    }

    @Test("P3: what does not carry our stamp any more is not pruned, and superseded ones keep their protection")
    func notPruned() {
        let refresh = Self.refresh(Sample.state([Self.record]), [Self.observed(Self.record, owner: "other")])
        #expect(Self.plan([], refresh, prune: true).changes == [.retain(Self.record, .unstamped)])
        var old = Sample.record("a", id: "old")
        old.protect = true
        let state = Sample.state([Self.record], superseded: [old])
        let seen = [Self.observed(Self.record), Self.observed(old)]
        #expect(Self.plan([Self.spec], Self.refresh(state, seen), prune: true).changes == [.retain(old, .supersededProtected)])
    }

    @Test("Texts are compared by their bytes, as servers do: a letter composed otherwise is another letter")
    func composition() {
        let (one, two) = ("caf\u{E9}", "cafe\u{301}")
        #expect(one == two && !one.hasSameBytes(as: two))
        let volumes = VolumeDirectory([ObservedVolume(id: Sample.volume(1), name: one, status: "available", size: 1)])
        #expect(volumes.ids(named: one).count == 1 && volumes.ids(named: two).isEmpty)
        var record = Self.record
        record.description = one
        let drifted = Self.refresh(Sample.state([record]), [Self.observed(record, description: two)])
        #expect(drifted.drift.count == 1)
        #expect(Stamp(owner: one, key: "k", attempt: "a") != Stamp(owner: two, key: "k", attempt: "a"))
    }

    @Test("P11: a change of nothing but a text's normal form is planned once: what is recorded of it is no other text's", arguments: 0...3)
    func normalForm(_ field: Int) throws {
        let (one, two) = ("caf\u{E9}", "cafe\u{301}")
        var (before, after) = (Self.record, Self.record)
        before.metadata = Metadata(["place": one])
        after.metadata = before.metadata
        switch field {
        case 0: (before.name, after.name) = (one, two)
        case 1: (before.description, after.description) = (one, two)
        case 2: after.metadata = Metadata(["place": two])
        default: (before.key, after.key) = (try SnapshotKey(one), try SnapshotKey(two))
        }
        #expect(before != after)
        let state = Sample.state([before])
        let event: JournalEvent =
            field == 3
            ? .renamed(before.id, to: after.key)
            : .updated(before.id, name: after.name, description: after.description, metadata: after.metadata, updatedAt: nil)
        let now = try StateReplay.fold([.begin(Sample.run, plan: nil), event], into: state)
        #expect(now.records == [after])
        #expect(now.header.serial == state.header.serial + 1)
        #expect(now.record(for: before.key) == after)
        if field == 3 { return }
        var spec = Self.spec
        (spec.name, spec.metadata) = (try SnapshotName(after.name), after.metadata)
        spec.description = try after.description.map { try SnapshotDescription($0) }
        #expect(Reconciliation.fieldChanges(from: before, to: spec).count == 1)
        #expect(Reconciliation.fieldChanges(from: now.records[0], to: spec).isEmpty)
        var seen = Self.observed(before)
        (seen.name, seen.description, seen.metadata) = (after.name, after.description, seen.metadata.merging(after.metadata))
        #expect(Self.refresh(state, [seen]).drift.count == 1)
    }

    @Test("A volume known by name is replaced for when the name now means another one; an ambiguous name decides nothing")
    func renamedVolume() throws {
        var spec = Self.spec
        spec.volume = .named(alias: "db", name: "orders")
        let refresh = Self.refresh(Sample.state([Self.record]), [Self.observed(Self.record)])
        func directory(_ numbers: Int...) -> VolumeDirectory {
            VolumeDirectory(numbers.map { ObservedVolume(id: Sample.volume($0), name: "orders", status: "available", size: 1) })
        }
        #expect(!Self.plan([spec], refresh, volumes: directory(1)).hasActions)
        #expect(!Self.plan([spec], refresh, volumes: directory(1, 2)).hasActions)
        #expect(
            Self.plan([spec], refresh, volumes: directory(2)).changes
                == [.replace(spec, recorded: Self.record, .volume(from: Sample.volume(1), to: spec.volume), prune: false)])
    }
}

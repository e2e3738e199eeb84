import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("A stamp gets another key")
struct KeyChangeTests {
    private let pair = Fixture.recorded("snap-1", id: "one")
    private let key = Fixture.key("new")

    private func rename(_ world: World, through service: (any SnapshotService)? = nil) -> KeyChange.Outcome? {
        let (service, environment, record, key) = (service ?? world.cloud, world.environment, pair.record, key)
        return world.time.run { () async -> KeyChange.Outcome in
            await KeyChange(service: service, policy: ExecutionPolicy(), environment: environment)
                .rename(record, to: key, owner: Fixture.owner)
        }.1
    }

    private func world(_ trouble: @escaping @Sendable (FakeCloud.Call) -> FakeCloud.Trouble? = { _ in nil }) -> World {
        let world = World(cloud: .init(trouble: trouble), records: [pair.record])
        world.ask { [pair] in $0.place(pair.observed) }
        return world
    }

    private func keyInCloud(_ world: World) -> String? { world.snapshots.first?.metadata[Stamp.keyKey] }

    @Test("It is looked at, changed and looked at again; a second time does nothing new")
    func changed() {
        let world = world()
        #expect(rename(world) == .changed)
        #expect(keyInCloud(world) == "new")
        #expect(world.ask { $0.requests } == ["show one", "merge one", "show one"])
        #expect(rename(world) == .changed)
    }

    @Test("P3: what carries another owner's stamp by now, another attempt's, or none, is left alone", arguments: [0, 1, 2])
    func notOurs(kind: Int) {
        let world = world()
        world.ask { cloud in
            cloud.edit(Fixture.id("one")) { snapshot in
                switch kind {
                case 0: snapshot.metadata = snapshot.metadata.merging(Metadata([Stamp.ownerKey: "search-prod"]))
                case 1: snapshot.metadata = snapshot.metadata.merging(Metadata([Stamp.attemptKey: Fixture.attempt(99).text]))
                default: snapshot.metadata = Metadata(["team": "payments"])
                }
            }
        }
        #expect(rename(world) == .notOurs(owner: kind == 0 ? "search-prod" : nil))
        #expect(world.ask { $0.count(.merge) } == 0)
    }

    @Test("One that is gone, or that cannot be looked at, is not changed")
    func notSeen() {
        let gone = world()
        gone.ask { $0.vanish(Fixture.id("one")) }
        #expect(rename(gone) == .vanished)
        let unseen = world { $0.operation == .show ? .refused(.forbidden) : nil }
        guard case .refused? = rename(unseen) else { Issue.record("it was looked at"); return }
        #expect(unseen.ask { $0.count(.merge) } == 0)
    }

    @Test("P10: a merge that fails leaves it uncertain which key the stamp has, and the same call again finds out")
    func uncertain() {
        let world = world { $0.operation == .merge && $0.index < 5 ? .lostAfter : nil }
        guard case .uncertain? = rename(world) else { Issue.record("it was certain"); return }
        #expect(rename(world) == .changed)
    }

    @Test(
        "P10: what the cloud refuses for certain was not changed; after an answer that was lost no refusal is certain",
        arguments: [false, true])
    func refused(hasDoubt: Bool) {
        let world = world { call in
            guard call.operation == .merge else { return nil }
            return hasDoubt && call.index == 0 ? .lostAfter : .refused(.forbidden)
        }
        switch rename(world) {
        case .refused(let fault)?: #expect(!hasDoubt && fault.kind == .refused(.forbidden))
        case .uncertain(let fault)?: #expect(hasDoubt && fault.kind == .refused(.forbidden))
        case let other: Issue.record("\(String(describing: other))")
        }
        #expect(keyInCloud(world) == (hasDoubt ? "new" : pair.record.key.text))
    }

    @Test(
        "P10: credentials that ran out, a cloud that turns everything away, a request that never left: nothing was changed",
        arguments: [0, 1, 2])
    func notAsked(kind: Int) {
        let world = world { $0.operation == .merge ? [.unauthenticated, .throttled(nil), .notSent][kind] : nil }
        guard case .refused? = rename(world) else { Issue.record("it was not certain"); return }
        #expect(keyInCloud(world) == pair.record.key.text)
    }

    @Test("P10: once the cloud has accepted it, a look that fails does not undo it")
    func unseen() {
        let world = world { $0.operation == .show && $0.index > 0 ? .refused(.forbidden) : nil }
        guard case .uncertain? = rename(world) else { Issue.record("it was certain"); return }
        #expect(keyInCloud(world) == "new")
    }

    @Test("P10: one that is deleted, or stamped by others, between the change and the look is not told as unchanged", arguments: [0, 1, 2])
    func meanwhile(kind: Int) {
        let world = world()
        let meddled = MeddledCloud(cloud: world.cloud) { cloud, id in
            switch kind {
            case 0: await cloud.vanish(id)
            case 1: await cloud.edit(id) { $0.metadata = $0.metadata.merging(Metadata([Stamp.ownerKey: "search-prod"])) }
            default: await cloud.edit(id) { $0.metadata = $0.metadata.merging(Metadata([Stamp.keyKey: "third"])) }
            }
        }
        let outcome = rename(world, through: meddled)
        #expect(outcome == [.vanishedMeanwhile, .overtaken(owner: "search-prod"), .overtaken(owner: nil)][kind])
        #expect(outcome?.isUncertain == true)
    }

    @Test("A rename that was cut short does not bind: the stamp may have any key, as long as it is ours")
    func anyKey() {
        let world = world()
        world.ask { cloud in
            cloud.edit(Fixture.id("one")) { $0.metadata = $0.metadata.merging(Metadata([Stamp.keyKey: "third"])) }
        }
        #expect(rename(world) == .changed)
        #expect(keyInCloud(world) == "new")
    }
}

/// A cloud in which somebody else does something right after each change of metadata.
private struct MeddledCloud: SnapshotService {
    let cloud: FakeCloud
    let meddle: @Sendable (FakeCloud, SnapshotID) async -> Void

    func mergeMetadata(_ metadata: Metadata, into id: SnapshotID) async throws(ServiceFault) {
        try await cloud.mergeMetadata(metadata, into: id)
        await meddle(cloud, id)
    }

    func snapshot(_ id: SnapshotID) async throws(ServiceFault) -> ObservedSnapshot? { try await cloud.snapshot(id) }
    func checking(_ check: @escaping SendingCheck) -> any SnapshotService { self }
    func createSnapshot(_ request: CreationRequest) async throws(ServiceFault) -> ObservedSnapshot {
        try await cloud.createSnapshot(request)
    }
    func deleteMetadataKey(_ key: String, of id: SnapshotID) async throws(ServiceFault) { try await cloud.deleteMetadataKey(key, of: id) }
    func deleteSnapshot(_ id: SnapshotID) async throws(ServiceFault) { try await cloud.deleteSnapshot(id) }
    func volumes(named name: String) async throws(ServiceFault) -> [ObservedVolume] { try await cloud.volumes(named: name) }

    func snapshotPage(_ filter: SnapshotFilter, from cursor: PageCursor?, rows: Int?) async throws(ServiceFault) -> SnapshotPage {
        try await cloud.snapshotPage(filter, from: cursor, rows: rows)
    }

    func updateSnapshot(_ id: SnapshotID, name: String, description: String?) async throws(ServiceFault) -> ObservedSnapshot {
        try await cloud.updateSnapshot(id, name: name, description: description)
    }
}

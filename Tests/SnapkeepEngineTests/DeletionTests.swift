import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Replacement and deletion")
struct DeletionTests {
    private static let old = Fixture.recorded("snap-1", id: "old-1", volume: 1)
    private static let moved = Fixture.manifest(Fixture.spec("snap-1", volume: 2))

    private func world(
        _ pairs: [(record: SnapshotRecord, observed: ObservedSnapshot)],
        superseded: [(record: SnapshotRecord, observed: ObservedSnapshot)] = [],
        policy: ExecutionPolicy = ExecutionPolicy(), cloud: FakeCloud.Settings = .init()
    ) -> World {
        let world = World(policy: policy, cloud: cloud, records: pairs.map(\.record), superseded: superseded.map(\.record))
        world.ask { cloud in for pair in pairs + superseded { cloud.place(pair.observed) } }
        return world
    }

    @Test("P3: a plan that is older than the protection deletes nothing; what was taken for gone and is there stays too")
    func protectedMeanwhile() {
        var pair = Self.old
        pair.record.protect = true
        let world = world([pair])
        #expect(world.execute([.delete(Self.old.record, .unlisted)]).report?.failures.map(\.cause) == [.protected(Fixture.id("old-1"))])
        #expect(world.execute([.delete(Self.old.record, .gone)]).report?.failures.map(\.cause) == [.stillThere(Fixture.id("old-1"))])
        #expect(world.ask { $0.count(.delete) } == 0)
        #expect(world.state.records.count == 1)
    }

    @Test(
        "P3: a deletion and an edit whose run lost its lock while they waited for credentials are not sent: they may not be wanted any more"
    )
    func lockLostMeanwhile() {
        let edited = Fixture.recorded("snap-2", id: "old-2", volume: 2)
        let world = world([Self.old, edited])
        world.credentialsTake = .seconds(8)
        let manifest = Fixture.manifest(
            Fixture.spec("snap-2", volume: 2, description: "before the audit", metadata: ["team": "payments"]))
        let outcome = world.apply(manifest, prune: true, .init(losesLockAfter: .seconds(4)))
        #expect(world.ask { $0.count(.delete) + $0.count(.update) + $0.count(.merge) } == 0)
        #expect(world.snapshots.map(\.id) == [Fixture.id("old-1"), Fixture.id("old-2")])
        outcome.expectLockLost()
        // The same without the loss does both.
        world.credentialsTake = .zero
        #expect(world.apply(manifest, prune: true).report?.isComplete == true)
        #expect(world.snapshots.map(\.id) == [Fixture.id("old-2")])
    }

    // MARK: Replacement

    @Test("P3: without --prune the replaced one is kept among the superseded")
    func replaceKeeps() {
        let world = world([Self.old])
        let report = world.apply(Self.moved).report
        #expect(report?.replaced == [Fixture.key("snap-1")])
        #expect(world.snapshots.map(\.id) == [Fixture.id("old-1"), Fixture.id("000001")])
        #expect(world.state.superseded.map(\.id) == [Fixture.id("old-1")])
        #expect(world.ask { $0.count(.delete) } == 0)
        #expect(!world.remaining(Self.moved).hasActions)
    }

    @Test("P3: with --prune the old one goes only after the new one is available")
    func replacePrunes() throws {
        let world = world([Self.old], cloud: .init(creationTime: .seconds(40)))
        let outcome = world.apply(Self.moved, prune: true)
        #expect(outcome.report?.isComplete == true)
        #expect(outcome.report?.deleted == [Fixture.key("snap-1")])
        #expect(world.snapshots.map(\.id) == [Fixture.id("000001")])
        let entries = world.log.entries
        let available = try #require(
            entries.firstIndex {
                if case .written(.observed(Fixture.id("000001"), status: .available, _, _), _) = $0 { true } else { false }
            })
        let deleted = try #require(entries.firstIndex(of: .deleteSent(Fixture.id("old-1"))))
        #expect(available < deleted)
        #expect(world.log.unannounced == [])
        #expect(!world.remaining(Self.moved, prune: true).hasActions)
    }

    @Test("P3: the old one stays when the new one fails, ends in error or is not available in time", arguments: [0, 1, 2])
    func replacementFails(how: Int) {
        let world = world(
            [Self.old],
            cloud: .init(
                creationTime: how == 2 ? .seconds(5000) : .seconds(5), failing: how == 1 ? ["snap-1"] : [],
                trouble: { $0.operation == .create && how == 0 ? .refused(.quota) : nil }))
        let report = world.apply(Self.moved, prune: true).report
        #expect(report?.failures.count == (how == 2 ? 0 : 1))
        #expect(report?.timedOut.count == (how == 2 ? 1 : 0))
        #expect(report?.isComplete == false)
        #expect(report?.deleted == [])
        #expect(world.ask { $0.count(.delete) } == 0)
        #expect(world.snapshots.first?.id == Fixture.id("old-1"))
    }

    @Test("P3: a predecessor from an earlier run is deleted only after its successor has become available")
    func supersededWaits() throws {
        let successor = Fixture.recorded("snap-1", id: "new-1", volume: 2, status: .creating)
        let world = world([successor], superseded: [Self.old], cloud: .init(creationTime: .seconds(40)))
        world.ask { $0.startGrowing(Fixture.id("new-1")) }
        let outcome = world.apply(Self.moved, prune: true)
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.map(\.id) == [Fixture.id("new-1")])
        let deletedAt = try #require(world.ask { cloud in zip(cloud.requests, cloud.arrivals).first { $0.0 == "delete old-1" }?.1 })
        #expect(deletedAt >= .seconds(40))
        #expect(!world.remaining(Self.moved, prune: true).hasActions)
    }

    @Test("P3: a good predecessor stays when its broken successor cannot be replaced")
    func supersededStays() throws {
        let broken = Fixture.recorded("snap-1", id: "new-1", volume: 2, status: .error)
        let world = world([broken], superseded: [Self.old], cloud: .init(trouble: { $0.operation == .create ? .refused(.quota) : nil }))
        let report = try #require(world.apply(Self.moved, prune: true).report)
        #expect(report.deleted == [])
        #expect(report.notStarted == [Fixture.key("snap-1")])
        #expect(world.snapshots.map(\.id).contains(Fixture.id("old-1")))
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        #expect(world.apply(Self.moved, prune: true).report?.isComplete == true)
        #expect(world.snapshots.map(\.id) == [Fixture.id("000001")])
    }

    @Test("P3: 'protect' on either side keeps the replaced one", arguments: [true, false])
    func protectedReplacement(inRecord: Bool) {
        let world = world([Fixture.recorded("snap-1", id: "old-1", protect: inRecord)])
        let report = world.apply(Fixture.manifest(Fixture.spec("snap-1", volume: 2, protect: !inRecord)), prune: true).report
        #expect(report?.replaced == [Fixture.key("snap-1")])
        #expect(world.ask { $0.count(.delete) } == 0)
    }

    // MARK: Deletion

    @Test("P3: nothing is deleted without --prune, and protected ones never")
    func noSurprise() {
        let pairs = [Fixture.recorded("a", id: "old-a"), Fixture.recorded("b", id: "old-b", protect: true)]
        let world = world(pairs)
        #expect(world.apply(Manifest(snapshots: [])).report?.isComplete == true)
        #expect(world.ask { $0.requests } == [])
        #expect(world.apply(Manifest(snapshots: []), prune: true).report?.deleted == [Fixture.key("a")])
        #expect(world.snapshots.map(\.id) == [Fixture.id("old-b")])
        #expect(world.log.unannounced == [])
    }

    struct Foreign: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout ObservedSnapshot) -> Void
    }

    // Whatever the state says: what does not bear our mark, or bears another's, is not ours to delete.
    @Test(
        "P3: what is not ours is never deleted",
        arguments: [
            Foreign(testDescription: "no stamp") { $0.metadata = Metadata() },
            Foreign(testDescription: "another owner") { $0.metadata = $0.metadata.merging(Metadata([Stamp.ownerKey: "other"])) },
            Foreign(testDescription: "another attempt") {
                $0.metadata = $0.metadata.merging(Metadata([Stamp.attemptKey: Fixture.oldAttempt(99).text]))
            },
            Foreign(testDescription: "made by the backup service") { $0.name = "autobk_snapshot_vbs_1" },
            Foreign(testDescription: "made by a server backup") {
                $0.metadata = $0.metadata.merging(Metadata(["__system__enableActive": "true"]))
            },
        ])
    func foreign(testCase: Foreign) {
        var pair = Fixture.recorded("a", id: "old-a")
        testCase.change(&pair.observed)
        let world = world([pair])
        let report = world.apply(Manifest(snapshots: []), prune: true).report
        #expect(report?.failures == [ItemFailure(key: Fixture.key("a"), activity: .delete, cause: .notOurs(Fixture.id("old-a")))])
        #expect(world.ask { $0.count(.delete) } == 0)
    }

    @Test("A snapshot that is busy is available again after its deletion was accepted: a failure, not a wait (CloudAPI#delete)")
    func busy() {
        let pair = Fixture.recorded("a", id: "old-a")
        let world = world([pair], cloud: .init(busy: [pair.record.id]))
        let report = world.apply(Manifest(snapshots: []), prune: true).report
        #expect(
            report?.failures
                == [ItemFailure(key: Fixture.key("a"), activity: .delete, cause: .notDeleted(pair.record.id, status: .available))])
        #expect(world.state.records.map(\.status) == [.available])
        #expect(world.time.elapsed < .seconds(60))
    }

    @Test("A deletion that ends in error_deleting is a failure; the record says so and is kept")
    func errorDeleting() {
        let pair = Fixture.recorded("a", id: "old-a")
        let world = world([pair], cloud: .init(failedDeletion: [pair.record.id: .errorDeleting]))
        let report = world.apply(Manifest(snapshots: []), prune: true).report
        #expect(
            report?.failures
                == [ItemFailure(key: Fixture.key("a"), activity: .delete, cause: .notDeleted(pair.record.id, status: .errorDeleting))])
        #expect(world.state.records.map(\.status) == [.errorDeleting])
    }

    @Test("One that is gone already counts as deleted; one that is still creating is deleted once it is available")
    func goneAndCreating() {
        let growing = Fixture.recorded("b", id: "old-b", status: .creating)
        let world = World(records: [Fixture.recorded("a", id: "old-a").record, growing.record])
        world.ask { cloud in
            cloud.place(growing.observed)
            cloud.startGrowing(growing.record.id)
        }
        let report = world.apply(Manifest(snapshots: []), prune: true).report
        #expect(report?.isComplete == true)
        #expect(report?.deleted.sorted() == [Fixture.key("a"), Fixture.key("b")])
        #expect(world.state.records == [])
        #expect(world.ask { $0.requests.filter { $0.hasPrefix("delete") } } == ["delete old-b"])
    }

    @Test("A deletion under way from an earlier run is awaited, without --prune too and without a second DELETE")
    func underWay() {
        var pair = Fixture.recorded("a", id: "old-a")
        let world = world([pair])
        _ = world.apply(Manifest(snapshots: []), prune: true, .init(killAfter: .seconds(1)))
        pair.record = world.state.records[0]
        #expect(pair.record.status == .deleting)
        let report = world.apply(Manifest(snapshots: [])).report
        #expect(report?.deleted == [Fixture.key("a")])
        #expect(world.state.records == [])
        #expect(world.ask { $0.count(.delete) } == 1)
    }

    @Test(
        "P3, P10: a decided deletion that never reached the cloud is not made up for without --prune, but told",
        arguments: [SnapshotStatus.available, .errorDeleting])
    func underWayButThere(status: SnapshotStatus) {
        var pair = Fixture.recorded("a", id: "old-a", status: .deleting)
        pair.observed.status = status
        let world = world([pair])
        let report = world.apply(Manifest(snapshots: [])).report
        let cause: ItemFailure.Cause =
            status == .available ? .deletionLeft(pair.record.id, status: status) : .notDeleted(pair.record.id, status: status)
        #expect(report?.failures == [ItemFailure(key: Fixture.key("a"), activity: .delete, cause: cause)])
        #expect(world.ask { $0.count(.delete) } == 0)
        #expect(world.state.records.map(\.status) == [status])
        #expect(!world.remaining(Manifest(snapshots: [])).hasActions)
    }

    @Test(
        "P3: killed between the decision and the DELETE, or with its answer lost, the next --prune asks again",
        arguments: [Failpoint.beforeDelete, .afterDelete], [true, false])
    func asksAgain(point: Failpoint, isSuperseded: Bool) throws {
        let pair = Fixture.recorded("a", id: "old-a", volume: 1)
        let successor = Fixture.recorded("a", id: "new-a", volume: 2)
        let manifest = isSuperseded ? Fixture.manifest(Fixture.spec("a", volume: 2)) : Manifest(snapshots: [])
        let world = isSuperseded ? world([successor], superseded: [pair]) : world([pair])
        let time = world.time
        let killed = world.apply(manifest, prune: true, .init(atFailpoint: { if $0 == point { time.kill() } }))
        guard case .killed = killed.end else { Issue.record("\(killed.end)"); return }
        #expect((world.state.records + world.state.superseded).first { $0.id == pair.record.id }?.status == .deleting)
        let outcome = world.apply(manifest, prune: true)
        #expect(outcome.report?.isComplete == true)
        #expect(outcome.report?.deleted == [Fixture.key("a")])
        #expect(world.ask { $0.isGone(pair.record.id) })
        #expect(world.log.unannounced == [])
        #expect(DeletionGuard(maxDeletes: 0).refusals(of: try #require(outcome.plan)).count == 1)
    }

    @Test("A replacement that asked for pruning and was killed before its DELETE: the next --prune deletes the predecessor")
    func replacementAsksAgain() throws {
        let world = world([Self.old])
        let time = world.time
        _ = world.apply(Self.moved, prune: true, .init(atFailpoint: { if $0 == .beforeDelete { time.kill() } }))
        #expect(world.state.superseded.map(\.status) == [.deleting])
        #expect(world.apply(Self.moved, prune: true).report?.deleted == [Fixture.key("snap-1")])
        #expect(world.snapshots.count == 1)
    }

    @Test("A DELETE that is refused because the snapshot is being deleted already is awaited")
    func beatenToIt() {
        let world = world(
            [Fixture.recorded("a", id: "old-a")], cloud: .init(trouble: { $0.operation == .delete && $0.index == 0 ? .beatenToIt : nil }))
        #expect(world.apply(Manifest(snapshots: []), prune: true).report?.deleted == [Fixture.key("a")])
        #expect(world.state.records == [])
        #expect(world.ask { $0.count(.delete) } == 1)
    }

    @Test("A DELETE that is refused although the status allows it is told as what it is; the record stays as it was")
    func refusedForAnotherReason() {
        for (refusal, told) in [
            (ServiceFault.Refusal.wrongStatus, ServiceFault.Refusal.snapshotBusy), (.hasDependents, .hasDependents),
            (.snapshotBusy, .snapshotBusy),
        ] {
            let world = world(
                [Fixture.recorded("a", id: "old-a")], cloud: .init(trouble: { $0.operation == .delete ? .refused(refusal) : nil }))
            let report = world.apply(Manifest(snapshots: []), prune: true).report
            guard case .service(let fault)? = report?.failures.first?.cause else { Issue.record("\(String(describing: report))"); return }
            #expect(fault.kind == .refused(told))
            #expect(world.state.records.map(\.status) == [.available])
        }
    }

    @Test(
        "A DELETE that somebody else answers is looked up, and the record says that it is under way until that is known",
        arguments: [403, 404])
    func foreignAnswer(status: Int) {
        for acts in [true, false] {
            let world = world(
                [Fixture.recorded("a", id: "old-a")],
                cloud: .init(trouble: { $0.operation == .delete && $0.index == 0 ? .foreign(status, acts: acts, pause: nil) : nil }))
            #expect(world.apply(Manifest(snapshots: []), prune: true).report?.deleted == [Fixture.key("a")])
            #expect(world.ask { $0.count(.delete) } == (acts ? 1 : 2))
        }
        let world = world(
            [Fixture.recorded("a", id: "old-a")],
            cloud: .init(trouble: { $0.operation == .delete ? .foreign(status, acts: false, pause: nil) : nil }))
        #expect(world.apply(Manifest(snapshots: []), prune: true).report?.failures.count == 1)
        #expect(world.state.records.map(\.status) == [.deleting])
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        #expect(world.apply(Manifest(snapshots: []), prune: true).report?.deleted == [Fixture.key("a")])
    }

    @Test("A DELETE that was certainly not carried out leaves the record as it was", arguments: [0, 1, 2])
    func notDeleted(kind: Int) {
        let pair = Fixture.recorded("a", id: "old-a")
        let world = world(
            [pair], policy: ExecutionPolicy(throttleLimit: .seconds(20)),
            cloud: .init(trouble: { $0.operation == .delete ? [.throttled(.seconds(9)), .notSent, .unauthenticated][kind] : nil }))
        let report = world.apply(Manifest(snapshots: []), prune: true).report
        #expect(report?.isComplete == false)
        #expect(world.state.records.map(\.status) == [.available])
    }

    @Test("A DELETE whose answer was lost is looked up and repeated where it was not carried out", arguments: [true, false])
    func lostDelete(wasCarriedOut: Bool) {
        let world = world(
            [Fixture.recorded("a", id: "old-a")],
            cloud: .init(trouble: { $0.operation == .delete && $0.index == 0 ? (wasCarriedOut ? .lostAfter : .lostBefore) : nil }))
        let report = world.apply(Manifest(snapshots: []), prune: true).report
        #expect(report?.isComplete == true)
        #expect(world.snapshots == [])
        #expect(world.ask { $0.count(.delete) } == (wasCarriedOut ? 1 : 2))
        #expect(world.log.unannounced == [])
    }
}

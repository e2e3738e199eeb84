import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("The look before the first creation")
struct CreationLookTests {
    /// A project of `others` snapshots of other people on volume 9, and one of ours on volume 1.
    private func look(
        others: Int, on volumes: Set<VolumeID>?, _ edit: @escaping @Sendable (inout FakeCloud.Settings) -> Void = { _ in }
    ) -> (orphans: [String: [SnapshotID]]?, world: World) {
        let world = World()
        let ours = Fixture.recorded("snap-1", id: "ours").observed
        world.ask { cloud in
            cloud.place(ours)
            for number in 0..<others {
                cloud.place(
                    ObservedSnapshot(
                        id: Fixture.id("other-\(number)"), volumeID: Fixture.volume(9), name: "n", description: nil, metadata: Metadata(),
                        status: .available, size: 1, createdAt: nil, updatedAt: nil))
            }
            cloud.change { settings in
                settings.pageSize = 10
                edit(&settings)
            }
        }
        let (cloud, environment) = (world.cloud, world.environment)
        let result = world.time.run { () async -> [String: [SnapshotID]]? in
            var search = CreationSearch(keys: [Fixture.key("snap-1")], owner: Fixture.owner, state: nil)
            let reader = ProjectReader(service: cloud, policy: ExecutionPolicy(), environment: environment)
            do { try await CreationLook(reader: reader).look(for: &search, on: volumes) } catch { return nil }
            return search.orphans
        }.1
        return (result ?? nil, world)
    }

    private let found = ["snap-1": [Fixture.id("ours")]]

    @Test("P1: one volume of a large project is listed by itself, after the newest of all")
    func oneVolume() {
        let (orphans, world) = look(others: 95, on: [Fixture.volume(1)])
        #expect(orphans == found)
        #expect(world.ask { $0.count(.list) } == 2)
        #expect(world.ask { $0.count(.quota) } == 0)
    }

    @Test("P1: a key that another copy of the state has made of another volume is seen where the project has one page")
    func otherVolume() {
        let (orphans, world) = look(others: 5, on: [Fixture.volume(2)])
        #expect(orphans == found)
        #expect(world.ask { $0.count(.list) } == 1)
    }

    @Test("P1: a project of one page is read by one request, however many volumes are concerned")
    func onePage() {
        let (orphans, world) = look(others: 5, on: Set((1...8).map(Fixture.volume)))
        #expect(orphans == found)
        #expect(world.ask { $0.count(.list) } == 1)
        #expect(world.ask { $0.count(.quota) } == 0)
    }

    @Test("P1: few volumes of a large project are listed by themselves, where the quota tells that the project has more pages")
    func fewVolumes() {
        let (orphans, world) = look(others: 95, on: Set((1...4).map(Fixture.volume))) {
            $0.quota = ProjectQuota(snapshots: .init(limit: nil, taken: 96))
        }
        #expect(orphans == found)
        #expect(world.ask { $0.count(.list) } == 5)
    }

    @Test("P1: without a quota, or with as many volumes as pages, every page is read once", arguments: [nil, 96])
    func manyVolumes(taken: Int?) {
        let (orphans, world) = look(others: 95, on: Set((1...(taken == nil ? 4 : 9)).map(Fixture.volume))) {
            $0.quota = ProjectQuota(snapshots: taken.map { .init(limit: nil, taken: $0) })
        }
        #expect(orphans == found)
        #expect(world.ask { $0.count(.list) } == 10)
    }

    @Test("P1: where volumes are known by name only every page is read")
    func namedVolumes() {
        let (orphans, world) = look(others: 25, on: nil)
        #expect(orphans == found)
        #expect(world.ask { $0.count(.list) } == 3)
    }

    @Test("P1: a server that passes over the filter has shown the whole project with the first list")
    func ignoredFilter() {
        let (orphans, world) = look(others: 95, on: Set([3, 4, 5].map(Fixture.volume))) {
            $0.ignoresVolumeFilter = true
            $0.quota = ProjectQuota(snapshots: .init(limit: nil, taken: 96))
        }
        #expect(orphans == found)
        #expect(world.ask { $0.count(.list) } == 11)
    }

    @Test("P1: a page that cannot be read ends the look, and nothing may be created")
    func unread() {
        let (orphans, _) = look(others: 95, on: nil) {
            $0.trouble = { $0.operation == .list && $0.index > 3 ? .refused(.forbidden) : nil }
        }
        #expect(orphans == nil)
    }
}

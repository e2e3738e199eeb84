import SnapkeepCore
import Testing

@testable import SnapkeepEngine

/// A project is read whole or not at all (P2: an inconclusive read never counts as gone).
struct ProjectReaderTests {
    private static let volume = VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!

    private static func id(_ number: Int) -> SnapshotID { SnapshotID("s\(number)")! }

    /// Reads a project of `count` snapshots, three to a page.
    private func read<Value: Sendable>(
        _ count: Int, _ edit: @escaping @Sendable (inout FakeCloud.Settings) -> Void = { _ in },
        _ body: @escaping @Sendable (ProjectReader) async throws(ServiceFault) -> Value
    ) throws -> Value {
        let time = VirtualTime()
        let cloud = FakeCloud(time: time, log: EventLog())
        let result = time.run { () async -> Result<Value, ServiceFault> in
            await cloud.change { settings in
                settings.pageSize = 3
                edit(&settings)
            }
            for number in 0..<count {
                await cloud.place(
                    ObservedSnapshot(
                        id: Self.id(number), volumeID: Self.volume, name: "s", description: nil, metadata: Metadata(), status: .available,
                        size: 1, createdAt: nil, updatedAt: nil))
            }
            let environment = EngineEnvironment(
                now: { time.now }, elapsed: { time.elapsed }, sleep: { try await time.sleep($0) }, makeAttempt: { Fixture.attempt(1) },
                chance: { 0.5 })
            do throws(ServiceFault) {
                return .success(try await body(ProjectReader(service: cloud, policy: ExecutionPolicy(), environment: environment)))
            } catch { return .failure(error) }
        }.1
        return try #require(result).get()
    }

    private static func visited(_ reader: ProjectReader) async throws(ServiceFault) -> Set<SnapshotID> {
        var seen: Set<SnapshotID> = []
        try await reader.visitSnapshots { seen.insert($0.id) }
        return seen
    }

    @Test("All pages are visited", arguments: [0, 1, 3, 7])
    func allPages(_ count: Int) throws {
        #expect(try read(count, { _ in }, Self.visited).count == count)
    }

    @Test("A page that cannot be read, or a list in a circle, is a fault, not an end")
    func inconclusive() {
        #expect(throws: ServiceFault.self) {
            try read(7, { $0.trouble = { $0.operation == .list && $0.index > 0 ? .refused(.forbidden) : nil } }, Self.visited)
        }
        #expect(throws: ServiceFault.circularList) { try read(7, { $0.repeatsCursor = true }, Self.visited) }
    }

    @Test("A page that fails for a while is asked for again")
    func passingTrouble() throws {
        let seen = try read(7, { $0.trouble = { $0.operation == .list && $0.repetition == 1 ? .lostBefore : nil } }, Self.visited)
        #expect(seen.count == 7)
    }

    private static func confirmed(_ ids: [SnapshotID]) -> @Sendable (ProjectReader) async throws(ServiceFault) -> Set<SnapshotID> {
        { (reader) async throws(ServiceFault) in Set(try await reader.snapshots(ids).map(\.id)) }
    }

    @Test("Single snapshots are asked for by id; one that cannot be asked for is a fault, not an absence")
    func confirming() throws {
        let ids = [Self.id(0), SnapshotID("gone")!, Self.id(1)]
        #expect(try read(2, { _ in }, Self.confirmed(ids)) == [ids[0], ids[2]])
        #expect(try read(2, { _ in }, Self.confirmed([])).isEmpty)
        #expect(throws: ServiceFault.self) {
            try read(2, { $0.trouble = { $0.subject == "gone" ? .refused(.forbidden) : nil } }, Self.confirmed(ids))
        }
    }

    private static func volumes(_ reader: ProjectReader) async throws(ServiceFault) -> [ObservedVolume] { try await reader.volumes() }

    @Test("All volumes are read, page by page; a missing page or a circle is a fault")
    func allVolumes() throws {
        let all = (0..<7).map {
            ObservedVolume(id: VolumeID("00000000-0000-4000-8000-00000000000\($0)")!, name: "v", status: "available", size: 1)
        }
        #expect(try read(0, { $0.volumes = all }, Self.volumes) == all)
        #expect(throws: ServiceFault.self) {
            try read(
                0,
                {
                    $0.volumes = all
                    $0.trouble = { $0.index > 1 ? .refused(.forbidden) : nil }
                }, Self.volumes)
        }
        #expect(throws: ServiceFault.circularList(of: "volumes")) {
            try read(
                0,
                {
                    $0.volumes = all
                    $0.repeatsCursor = true
                }, Self.volumes)
        }
    }

    private static func quota(_ reader: ProjectReader) async throws(ServiceFault) -> ProjectQuota? { try await reader.quota() }

    @Test("A quota that this user may not see is not known, which stops nothing; a refused log-in does")
    func quotas() throws {
        let known = ProjectQuota(snapshots: .init(limit: 3, taken: 1))
        #expect(try read(0, { $0.quota = known }, Self.quota) == known)
        #expect(try read(0, { $0.trouble = { _ in .refused(.forbidden) } }, Self.quota) == nil)
        #expect(throws: ServiceFault.self) { try read(0, { $0.trouble = { _ in .unauthenticated } }, Self.quota) }
    }
}

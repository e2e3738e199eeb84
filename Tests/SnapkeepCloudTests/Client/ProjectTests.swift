import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// What a whole project holds: all volumes, and the quota (CloudAPI#volumes, CloudAPI#quotas).
struct ProjectTests {
    private func volume(_ number: Int, _ name: String) -> String {
        #"{"id": "\#(Sample.id(number))", "name": "\#(name)", "status": "available", "size": 20}"#
    }

    @Test("A page of volumes asks for no name, keeps every row and goes on after its marker")
    func volumePages() async throws {
        let transport = FakeTransport(
            .json(200, #"{"volumes": [\#(volume(1, "a")), \#(volume(2, "a"))]}"#), .json(200, #"{"volumes": [\#(volume(3, "b"))]}"#))
        let client = Sample.client(transport, pageSize: 2)
        let first = try await client.volumePage(from: nil)
        #expect(first.volumes.map(\.id.text) == [Sample.id(1), Sample.id(2)])
        let second = try await client.volumePage(from: first.next)
        #expect(second.volumes.map(\.name) == ["b"])
        #expect(second.next == nil)
        #expect(
            transport.requests.map(\.target) == [
                "/v3/0c2eba2c5af04d3f9e9d0d410b371fde/volumes/detail?limit=2",
                "/v3/0c2eba2c5af04d3f9e9d0d410b371fde/volumes/detail?limit=2&marker=\(Sample.id(2))",
            ])
    }

    @Test(
        "A quota tells its limit, none where it is negative, and what is used or reserved",
        arguments: [
            (#"{"limit": 10, "in_use": 3, "reserved": 1}"#, ProjectQuota.Allowance(limit: 10, taken: 4), 6),
            (#"{"limit": -1, "in_use": 3, "reserved": 0}"#, ProjectQuota.Allowance(limit: nil, taken: 3), nil),
            (#"{"limit": 2, "in_use": 9}"#, ProjectQuota.Allowance(limit: 2, taken: 9), 0),
            (#"{"limit": 2, "in_use": 9223372036854775807, "reserved": 1}"#, ProjectQuota.Allowance(limit: 2, taken: .max), 0),
            (#"{"limit": 2, "in_use": -9, "reserved": 0}"#, ProjectQuota.Allowance(limit: 2, taken: 0), 2),
            (#"10"#, nil, nil), (#"{"limit": 10}"#, nil, nil),
        ] as [(String, ProjectQuota.Allowance?, Int?)])
    func quota(_ text: String, _ wanted: ProjectQuota.Allowance?, _ left: Int?) async throws {
        let transport = FakeTransport(.json(200, #"{"quota_set": {"id": "x", "snapshots": \#(text), "volumes": 7}}"#))
        let quota = try await Sample.client(transport).quota()
        #expect(quota == ProjectQuota(snapshots: wanted))
        #expect(quota.snapshots?.left == left)
        #expect(transport.requests[0].target.hasSuffix("/os-quota-sets/0c2eba2c5af04d3f9e9d0d410b371fde?usage=True"))
    }
}

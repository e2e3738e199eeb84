import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import SnapkeepStores
import Testing

@testable import snapkeep

@Suite("A lease that leaves creations too little time") struct ShortLeaseTests {
    private func store(lease: Int) throws -> any StateStore {
        try EtcdStore.lasting(
            try EtcdAddress("a/p", isSecure: false), policy: .init(lease: .seconds(lease)),
            wallClock: { Timestamp("2026-11-23T09:12:00Z")! })
    }

    private func failure(_ kind: ServiceFault.Kind, _ message: String) throws -> ItemFailure {
        ItemFailure(
            key: try SnapshotKey("a"), activity: .create, cause: .service(ServiceFault(kind, request: "POST /snapshots", message: message)))
    }

    @Test("P10: creations that could not leave in time name the lease and its variable, where it is the lease that let them too little")
    func named() throws {
        let late = try failure(.notSent, TransportFault.tooLate)
        let finding = try #require(ShortLease.finding([late, late], try store(lease: 3)))
        #expect(finding.severity == .warning && finding.message.hasPrefix("2 requests could not leave"))
        #expect(finding.notes.first?.message.contains("a lease of 3 s, which leaves a request 2 s") == true, "\(finding.notes)")
        #expect(finding.help?.contains("SNAPKEEP_ETCD_LEASE to 15 or more") == true)
        // With 15 seconds a creation has all the time that it may take: then it is not the lease.
        #expect(try ShortLease.finding([late], store(lease: 14)) != nil)
        #expect(try ShortLease.finding([late], store(lease: 15)) == nil)
        #expect(ShortLease.finding([late], FileStateStore(StatePaths(state: "a"))) == nil)
        #expect(try ShortLease.finding([failure(.notSent, "no connection to a:80: connection refused")], store(lease: 3)) == nil)
        #expect(try ShortLease.finding([failure(.uncertain, TransportFault.tooLate)], store(lease: 3)) == nil)
    }
}

import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepState

@Suite struct JournalCostTests {
    /// What one creation adds to the journal, and the file calls that it makes, with so many records in the state.
    private func cost(ofOneCreationBeside count: Int) async throws -> (bytes: Int, calls: [String]) {
        let disk = SimulatedDisk()
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(1), system: disk)
        let records = (0..<count).map { Sample.record($0, "nightly-" + Sample.uuid($0)) }
        try await store.createState(RecordedState(header: Sample.header(), records: records))
        try await store.begin(Sample.run(1), plan: nil)
        let before = try #require(disk.bytes(diskPaths.journal)).count
        let callsBefore = disk.log.count
        try await store.append(.intent(Sample.intent(1, "orders")), .now)
        try await store.append(.created(attempt: Sample.attempt(1), Sample.created(1)), .soon)
        try await store.append(.observed(Sample.snapshot(1), status: .available, size: 20, updatedAt: nil), .soon)
        let after = try #require(disk.bytes(diskPaths.journal)).count
        let calls = Array(disk.log[callsBefore...])
        await store.close()
        return (after - before, calls)
    }

    @Test("P6: what a change costs on disk does not depend on how much is recorded: its own lines and one fsync")
    func journalIsConstantPerChange() async throws {
        let small = try await cost(ofOneCreationBeside: 0)
        let large = try await cost(ofOneCreationBeside: 2000)
        #expect(small.bytes == large.bytes)
        #expect(small.bytes < 2048)
        #expect(small.calls == large.calls)
        #expect(small.calls.count { $0.hasPrefix("fsync") } == 1)
        // Three lines, and in the lock file how long the journal is by now.
        #expect(small.calls.count { $0.hasPrefix("write") } == 4)
    }
}

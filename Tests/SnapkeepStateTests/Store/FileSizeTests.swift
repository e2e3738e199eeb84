import Glibc
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import Testing

@testable import SnapkeepState

/// A file of 2 TiB may take no room on the disk: it must not take any in memory either.
@Suite struct FileSizeTests {
    private static let size = 2 << 40

    private func folder(_ suffix: String) throws -> Folder {
        let folder = Folder()
        try folder.put("state.json", StateFile.encode(Sample.state))
        if suffix == ".journal" { try folder.put("state.json.journal", JournalFileTests.bytes(Sample.events)) }
        if suffix == ".history" { try folder.put("state.json.history", HistoryFileTests.entry.encoded + [0x0A]) }
        if suffix == ".backup" { try folder.put("state.json.backup", StateFile.encode(Sample.firstState)) }
        if suffix == ".lock" { try folder.put("state.json.lock", LockText(LockHolder(Sample.run(1))).encoded) }
        try #require(truncate(folder.paths.state + suffix, off_t(Self.size)) == 0)
        return folder
    }

    @Test(
        "P9: a state, a journal or a history of 2 TiB is refused with its size, the limit, and what to type",
        arguments: ["", ".journal", ".history"])
    func refused(_ suffix: String) throws {
        let folder = try folder(suffix)
        let path = folder.paths.state + suffix
        let fault = StateFault.tooLarge(path: path, size: Self.size, limit: FileLimit.whole)
        #expect(throws: fault) {
            if suffix == ".history" {
                _ = try FileStateStore(folder.paths).readHistory()
            } else {
                _ = try FileStateStore(folder.paths).read()
            }
        }
        #expect(throws: fault) { try FileStateStore(folder.paths).readForRecovery() }
        let finding = fault.diagnostic
        #expect(finding.message.hasSuffix(" has 2199023255552 bytes, and at most 2147483648 are read"))
        #expect(finding.help?.hasPrefix("put a whole copy back, or move away what is there: 'mv \(path) \(path).aside'; ") == true)
    }

    @Test("P9: a lock, a backup or a history of 2 TiB costs no run its work", arguments: [".lock", ".backup", ".history"])
    func worked(_ suffix: String) async throws {
        let folder = try folder(suffix)
        let store = try await LockedFiles.open(folder.paths, run: Sample.run(2))
        try await store.begin(Sample.run(2), plan: nil)
        try await store.append(.intent(Sample.intent(9, "new")), .now)
        try await store.checkpoint()
        await store.close()
        #expect(try FileStateStore(folder.paths).read().state?.header.serial == 13)
    }

    @Test("A file is read whole, whatever the steps", arguments: [1, 7, 64, 4096])
    func steps(_ step: Int) throws {
        let disk = SimulatedDisk()
        let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 / 7) }
        for count in [0, 1, 6, 7, 8, 4095, 4096] {
            disk.put("disk/file", Array(bytes.prefix(count)))
            #expect(try disk.contents(of: "disk/file", step: step) == Array(bytes.prefix(count)))
            #expect(try disk.contents(of: "disk/file", limit: count, step: step) == Array(bytes.prefix(count)))
            if count > 0 {
                #expect(throws: FileFailure.tooLarge(count, count - 1)) { try disk.contents(of: "disk/file", limit: count - 1, step: step) }
            }
        }
        #expect(try KernelFileSystem().contents(of: "/proc/self/stat", step: step)?.isEmpty == false)
    }
}

import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepState

/// What the tests of other hands on a run's files begin with: a disk that holds a state, and runs on it.
protocol LivingRun {}

extension LivingRun {
    static var made: [JournalEvent] {
        [.intent(Sample.intent(11, "fresh")), .created(attempt: Sample.attempt(11), Sample.created(11))]
    }

    func disk() -> SimulatedDisk {
        let disk = SimulatedDisk()
        disk.put(diskPaths.state, StateFile.encode(Sample.state))
        return disk
    }

    func store(on disk: SimulatedDisk, _ number: Int = 5) async throws(StateFault) -> LockedFiles {
        try await LockedFiles.open(diskPaths, run: Sample.run(number), system: disk)
    }

    /// A run that has made something, and the state as it is to be written.
    func running(on disk: SimulatedDisk, _ number: Int = 5) async throws -> (store: LockedFiles, state: RecordedState) {
        let store = try await store(on: disk, number)
        let before = try #require(await store.loaded.state)
        try await store.begin(Sample.run(number), plan: nil)
        for event in Self.made { try await store.append([event], .now) }
        return (store, try StateReplay.fold([.begin(Sample.run(number), plan: nil)] + Self.made, into: before))
    }

    /// A later state, as somebody else may have written it.
    var newer: RecordedState {
        var newer = Sample.state
        newer.header.serial += 1
        newer.records.removeLast()
        return newer
    }
}

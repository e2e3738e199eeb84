/// How a store begins: with what its file holds, and what the configuration puts beside it.
extension SandboxStore {
    /// Reads the data file, line by line.
    static func read(
        _ path: String, of projectID: String, into state: inout StoreState
    ) throws(SandboxError) -> DataFile {
        try DataFile.open(path: path) { (line, number) throws(SandboxError) in
            let entry: (event: StoreEvent, at: Microseconds)
            do throws(StoreEvent.Unreadable) {
                let parsed = try StoreEvent.parse(line)
                entry = (parsed.event, parsed.at)
            } catch { throw SandboxError.damaged(path: path, line: number, reason: error.reason) }
            if number == 1 {
                guard case .format(let project) = entry.event else {
                    throw SandboxError.damaged(path: path, line: number, reason: "not a sandbox data file")
                }
                if project != projectID { throw SandboxError.otherProject(path: path, recorded: project) }
            }
            state.apply(entry.event, at: entry.at)
        }
    }

    /// Writes down and carries out what the configuration asks of a store that opens: its clock, its volumes, the backup service's snapshots.
    static func begin(
        _ state: inout StoreState, _ file: inout DataFile?, _ configuration: SandboxConfiguration, _ environment: SandboxEnvironment
    ) throws(SandboxError) {
        let system = environment.now()
        let isFresh = file?.isEmpty ?? false
        if let clock = configuration.clock {
            // What has ended by now ended before the clock is set.
            while let due = state.nextSettlement(dueAt: system) {
                try file?.append(due.event.line(at: due.at, requestID: nil))
                state.apply(due.event, at: due.at)
            }
            if let path = configuration.dataFile, let latest = state.latest, clock.microseconds < latest {
                throw .clockBehind(path: path, wanted: clock, shown: SandboxInstant(latest))
            }
        }
        let now = configuration.clock?.microseconds ?? system + state.clockAhead
        func add(_ event: StoreEvent) throws(SandboxError) {
            try file?.append(event.line(at: now, requestID: nil))
            state.apply(event, at: now)
        }
        if isFresh { try add(.format(projectID: configuration.projectID)) }
        if configuration.clock != nil { try add(.clock(system: system)) }
        // What somebody has deleted stays deleted.
        for volume in configuration.volumes where state.volumes[volume.id]?.volume != volume && !state.removedVolumes.contains(volume.id) {
            try add(.volume(volume))
        }
        for wanted in configuration.autoSnapshots {
            let volume = try volume(wanted.volume, in: state, madeUp: configuration.madeUpVolumes)
            if state.volumes[volume.id] == nil { try add(.volume(volume)) }
            let present = state.snapshots.ascending(volumeID: volume.id).count { $0.isAutomatic }
            for number in (present..<max(present, wanted.count)).map({ $0 + 1 }) {
                let snapshot = Snapshot(
                    id: environment.makeID(), volumeID: volume.id, name: "autobk_snapshot_\(number)", description: nil, size: volume.size,
                    metadata: [Snapshot.automaticMark: "true"], status: .creating, createdAt: now, updatedAt: nil,
                    settlement: Settlement(at: system, outcome: .status(.available)))
                try add(.created(snapshot))
            }
        }
    }

    /// The volume that a person calls by its id or its name.
    private static func volume(_ text: String, in state: StoreState, madeUp: Bool) throws(SandboxError) -> SandboxVolume {
        if let stored = state.volumes[text] ?? state.volumes[text.lowercased()] { return stored.volume }
        let named = state.volumes.values.filter { $0.volume.name == text }
        if let only = named.first, named.count == 1 { return only.volume }
        guard named.isEmpty, madeUp, UUIDText.isUUIDLike(text), !state.removedVolumes.contains(text.lowercased()) else {
            throw .volumeOfAutoSnapshots(text, found: named.count)
        }
        return .madeUp(text.lowercased())
    }
}

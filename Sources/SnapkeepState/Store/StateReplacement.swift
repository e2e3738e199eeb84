import SnapkeepCore
import SnapkeepEngine

/// Puts a new state in the place of the old one, so that at every instant one of the two is there whole (P6).
struct StateReplacement {
    let files: StatePaths
    let system: any FileSystem
    let failpoints: Failpoints
    /// Marks this run's temporary files.
    let token: String

    /// Writes a state. When this returns it is on disk.
    ///
    /// - Parameters:
    ///   - seen: what is expected to be there: anything else was written by somebody else, and is left.
    ///   - keepsBackup: whether what was there before is worth its place as the backup.
    /// - Returns: the state as written, and how its file looks.
    /// - Throws: `StateFault`; unless the very last step failed, the old state is still in its place. `.replaced` when something else is.
    func write(_ state: RecordedState, over seen: SeenState, keepsBackup: Bool = true) throws(StateFault) -> (RecordedState, SeenState) {
        let state = try state.storable(at: files.state)
        let former: FileStatus?
        do throws(FileFailure) { former = try system.status(files.state) } catch { throw StateFault(error, path: files.state) }
        let temporary = files.temporary(token)
        let written: SeenState
        do throws(StateFault) {
            let bytes = StateFile.encode(state)
            try writeFile(bytes, to: temporary, like: former, for: files.state)
            written = SeenState(
                status: try wrap(files.state) { () throws(FileFailure) in try system.status(temporary) }, sum: CRC32C.of(bytes))
            failpoints.hit(.afterTemporaryFile)
            do throws(StateFault) {
                try check(seen)
                if former != nil && keepsBackup { try keepBackup() }
                failpoints.hit(.afterBackup)
                // Keeping the backup waits for the disk.
                try check(seen)
            } catch {
                guard case .replaced(let path, _) = error else { throw error }
                throw .replaced(path: path, kept: setAside(temporary, of: state))
            }
            try wrap(files.state) { () throws(FileFailure) in try system.rename(temporary, to: files.state) }
        } catch {
            try? system.unlink(temporary)
            throw error
        }
        failpoints.hit(.afterRename)
        try syncFolder()
        return (state, written)
    }

    /// Makes sure that nobody else has written the state.
    func check(_ seen: SeenState) throws(StateFault) {
        if try wrap(files.state, { () throws(FileFailure) in try seen.isStill(at: files.state, system) }) { return }
        throw .replaced(path: files.state, kept: nil)
    }

    /// Writes a state that must not take the place of the one that is there under a name beside it.
    ///
    /// - Returns: that name; `nil` where the disk did not take it, or where the state says nothing that could be lost.
    func setAside(_ state: RecordedState) -> String? {
        let state = state.withoutSupersededTwins
        if state.brokenRule != nil { return nil }
        let temporary = files.temporary(token)
        defer { try? system.unlink(temporary) }
        guard (try? writeFile(StateFile.encode(state), to: temporary, like: nil, for: files.state)) != nil else { return nil }
        return setAside(temporary, of: state)
    }

    private func setAside(_ temporary: String, of state: RecordedState) -> String? {
        if state.bindsNothing { return nil }
        let name = try? keepAside(temporary, as: files.state, mark: ".unmerged")
        try? syncFolder()
        return name
    }

    /// The former state under its second name, by a hard link, or by a copy where there are none.
    private func keepBackup() throws(StateFault) {
        try NeighbourFile.backup(files).check(system)
        let temporary = files.temporary(token + ".backup")
        try? system.unlink(temporary)
        do throws(StateFault) {
            do throws(FileFailure) {
                try system.link(files.state, at: temporary)
            } catch {
                guard error.meansNoLinks else { throw StateFault(error, path: files.backup) }
                try copy(files.state, to: temporary, for: files.backup)
            }
            try wrap(files.backup) { () throws(FileFailure) in try system.rename(temporary, to: files.backup) }
        } catch {
            try? system.unlink(temporary)
            throw error
        }
        // When both names were one file already, the renaming did nothing and left the first.
        try? system.unlink(temporary)
        // Otherwise a loss of power could keep the new state and forget the name of the former.
        try syncFolder()
    }

    private func copy(_ original: String, to path: String, for name: String) throws(StateFault) {
        let bytes: [UInt8]?
        let status: FileStatus?
        do throws(FileFailure) {
            bytes = try system.contents(of: original)
            status = try system.status(original)
        } catch { throw StateFault(error, path: original, .read) }
        try writeFile(bytes ?? [], to: path, like: status, for: name)
    }

    /// Gives a file a second name that was free, so that what it holds stays when the first is replaced or removed. Both names hold until
    /// then: a crash in between costs nothing.
    ///
    /// - Parameters:
    ///   - name: what the second name begins with; the first one where nothing is said.
    ///   - mark: what it ends with; where that is taken, a number follows.
    /// - Returns: the second name; `nil` where there is no such file.
    func keepAside(_ path: String, as name: String? = nil, mark: String) throws(StateFault) -> String? {
        do throws(FileFailure) {
            guard try system.retrying({ () throws(FileFailure) in try system.status(path) }) != nil else { return nil }
        } catch { throw StateFault(error, path: path) }
        let first = (name ?? path) + mark
        var aside = first
        var number = 1
        while try wrap(aside, { () throws(FileFailure) in try system.status(aside) }) != nil {
            number += 1
            aside = "\(first)-\(number)"
        }
        do throws(FileFailure) {
            try system.link(path, at: aside)
        } catch {
            guard error.meansNoLinks else { throw StateFault(error, path: aside) }
            // Only a file of ours can be there now, of this very moment and under the lock.
            try copy(path, to: aside, for: aside)
        }
        return aside
    }

    /// - Parameter name: what the file will be called, or is written for: what a user is told when it cannot be written.
    private func writeFile(_ bytes: [UInt8], to path: String, like former: FileStatus?, for name: String) throws(StateFault) {
        try? system.unlink(path)
        try wrap(name) { () throws(FileFailure) in
            let descriptor = try system.retrying { () throws(FileFailure) in try system.open(path, .createNew) }
            defer { system.close(descriptor) }
            if let former { try system.adopt(descriptor, former) }
            try system.writeAll(descriptor, bytes)
            try system.retrying { () throws(FileFailure) in try system.sync(descriptor) }
        }
    }

    func syncFolder() throws(StateFault) {
        let folder = parentFolder(of: files.state)
        // By the state's name: the folder's may be a dot.
        try wrap(files.state) { () throws(FileFailure) in try system.retrying { () throws(FileFailure) in try system.syncFolder(folder) } }
    }

    private func wrap<Value>(_ path: String, _ body: () throws(FileFailure) -> Value) throws(StateFault) -> Value {
        do throws(FileFailure) { return try body() } catch { throw StateFault(error, path: path) }
    }
}

extension RecordedState {
    /// This state without superseded entries for snapshots that a record stands for: pruning them would delete the record's snapshot.
    var withoutSupersededTwins: RecordedState {
        if superseded.isEmpty { return self }
        let held = Set(superseded.map(\.id)).intersection(records.map(\.id))
        if held.isEmpty { return self }
        var state = self
        state.superseded.removeAll { held.contains($0.id) }
        return state
    }

    /// The first rule of the file format that this state breaks: such a file could not be read again.
    var brokenRule: String? {
        if header.serial < 0 { return "the serial \(header.serial) is negative" }
        if header.serial > SerialBounds.readable { return "the serial \(header.serial) is above \(SerialBounds.readable)" }
        if Set(header.consumedPlans).count != header.consumedPlans.count { return "a consumed plan is listed twice" }
        for (left, right) in zip(records, records.dropFirst()) where left.key >= right.key {
            return "the key '\(right.key)' is out of order"
        }
        for (left, right) in zip(superseded, superseded.dropFirst()) where (left.key, left.id) >= (right.key, right.id) {
            return "the superseded '\(right.id)' is out of order"
        }
        for (left, right) in zip(openIntents, openIntents.dropFirst()) where left.attempt >= right.attempt {
            return "the attempt '\(right.attempt)' is out of order"
        }
        for (left, right) in zip(forgotten, forgotten.dropFirst()) where left >= right { return "the forgotten '\(right)' is out of order" }
        var ids = Set<SnapshotID>(minimumCapacity: records.count)
        for record in records where !ids.insert(record.id).inserted { return "the snapshot '\(record.id)' is recorded twice" }
        for record in superseded where !ids.insert(record.id).inserted { return "the snapshot '\(record.id)' is recorded twice" }
        return nil
    }
}

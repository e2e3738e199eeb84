import SnapkeepCore
import SnapkeepEngine

/// The journal of the run that is under way, open for appending. Used by one thread at a time.
struct JournalWriter {
    private let system: any FileSystem
    private let path: String
    private let failpoints: Failpoints
    private let basis: JournalBasis
    private var descriptor: Int32
    /// The checksum of the last whole line.
    private var sum: UInt32 = 0
    /// Bytes of whole lines in the file.
    private(set) var written = 0
    private var lines = 0
    /// How many of them an fsync confirmed.
    private(set) var synced = 0
    /// Calls of fsync on the journal so far.
    private(set) var syncCount = 0
    /// The first failure; nothing is appended after it.
    private(set) var failure: JournalFailure?
    /// After a failed fsync the kernel may have thrown away what it could not write, and may report success the next time: nothing
    /// that this descriptor says of earlier lines is worth anything.
    private var syncFailed = false
    /// A part of a line may stand behind the last whole one.
    private var hasTornTail = false

    /// Makes the journal: its first line is on disk, and its name in the folder too, when this returns.
    init(
        _ run: RunInfo, plan: PlanID?, basis: JournalBasis, at path: String, like status: FileStatus?, system: any FileSystem,
        failpoints: Failpoints
    ) throws(FileFailure) {
        self.system = system
        self.path = path
        self.failpoints = failpoints
        self.basis = basis
        descriptor = try Self.create(path, system)
        do throws(FileFailure) {
            // Whoever finds this journal sees that its run lives, also where the lock file was taken away.
            guard try system.retrying({ () throws(FileFailure) in try system.tryLock(descriptor, .exclusive) }) else {
                throw FileFailure(call: "flock", code: FileFailure.exists)
            }
            if let status { try system.retrying { () throws(FileFailure) in try system.adopt(descriptor, status) } }
            let line = JournalFile.lines([.begin(run, plan: plan)], basis: basis, sum: &sum)
            try system.writeAll(descriptor, line)
            try system.retrying { () throws(FileFailure) in try system.sync(descriptor) }
            try system.retrying { () throws(FileFailure) in try system.syncFolder(parentFolder(of: path)) }
            written = line.count
            synced = written
            lines = 1
            syncCount = 1
        } catch {
            withdraw()
            throw error
        }
    }

    /// A journal that is in the way was taken over before and only its removal failed: the lock's holder knows that no other is left.
    private static func create(_ path: String, _ system: any FileSystem) throws(FileFailure) -> Int32 {
        do throws(FileFailure) {
            return try system.retrying { () throws(FileFailure) in try system.open(path, .createNew) }
        } catch {
            guard error.code == FileFailure.exists else { throw error }
        }
        if try system.isHeld(path) { throw FileFailure(call: "open", code: FileFailure.exists) }
        try system.unlink(path)
        return try system.retrying { () throws(FileFailure) in try system.open(path, .createNew) }
    }

    /// Whether the file at the journal's path is the one that this writer writes.
    var isInPlace: Bool {
        (try? system.isAt(path, descriptor)) ?? false
    }

    /// Takes the file away again, as if it had never been made: nothing was done under it.
    func withdraw() {
        if isInPlace { try? system.unlink(path) }
        system.close(descriptor)
    }

    /// Appends a line for each event, all or none. They survive the death of this process at once, and a loss of power after the next
    /// `sync`.
    mutating func write(_ events: [JournalEvent]) throws(JournalFailure) {
        if let failure { throw failure }
        var sum = sum
        let text = JournalFile.lines(events, basis: basis, sum: &sum)
        let count: Int
        do throws(FileFailure) {
            count = try writeOnce(text)
        } catch {
            cutTornTail()
            throw fail(error.message, FileProblem(errno: error.code))
        }
        if count != text.count {
            cutTornTail()
            throw fail("write: only \(count) of \(text.count) bytes were taken, as on a full disk", .noSpace)
        }
        written += text.count
        lines += events.count
        self.sum = sum
    }

    /// Waits until everything that was written is on disk.
    mutating func sync() throws(JournalFailure) {
        if let failure { throw failure }
        failpoints.hit(.beforeJournalFsync)
        do throws(FileFailure) {
            try syncOnce()
        } catch {
            syncFailed = true
            throw fail(error.message, FileProblem(errno: error.code))
        }
        // What has no name any more will not be found.
        guard isInPlace else { throw fail("it was removed or replaced while this run wrote it", .takenAway) }
        synced = written
        failpoints.hit(.afterJournalFsync)
    }

    /// Tries to get one more event onto the disk after the journal has failed.
    ///
    /// - Parameter state: what the journal is written over.
    /// - Returns: whether the event and every line before it are on disk now.
    mutating func salvage(_ event: JournalEvent, over state: RecordedState) -> Bool {
        guard failure != nil, isInPlace else { return false }
        // A line that does not fit what the file holds would make the whole journal unreadable.
        guard let bytes = try? system.contents(of: path), let contents = try? JournalFile.decode(bytes),
            (try? StateReplay.fold(contents.events + [event], into: state)) != nil
        else { return false }
        var sum = sum
        let line = JournalFile.lines([event], basis: basis, sum: &sum)
        do throws(FileFailure) {
            if syncFailed || hasTornTail { try moveToFreshFile() }
            let count = try writeOnce(line)
            if count != line.count {
                cutTornTail()
                return false
            }
            written += line.count
            lines += 1
            self.sum = sum
            do throws(FileFailure) {
                try syncOnce()
            } catch {
                syncFailed = true
                return false
            }
            synced = written
            return true
        } catch {
            cutTornTail()
            return false
        }
    }

    /// Ends the use of the file.
    mutating func close() {
        if failure == nil && synced < written { try? sync() }
        system.close(descriptor)
    }

    /// Ends the use of the file without waiting for what was written: it is not needed any more.
    mutating func abandon() { system.close(descriptor) }

    /// Copies the whole lines into a new file that takes the journal's place. What the kernel still holds of the old one is checked line
    /// by line before it is believed.
    private mutating func moveToFreshFile() throws(FileFailure) {
        let whole = Array((try system.contents(of: path) ?? []).prefix(written))
        guard whole.count == written, let contents = try? JournalFile.decode(whole), contents.events.count == lines else {
            throw FileFailure(call: "read", code: FileFailure.inputOutput)
        }
        guard let run = contents.run else { throw FileFailure(call: "read", code: FileFailure.inputOutput) }
        let temporary = "\(path.dropLast(".journal".count)).\(run.run).journal.tmp"
        try? system.unlink(temporary)
        let fresh = try system.retrying { () throws(FileFailure) in try system.open(temporary, .createNew) }
        do throws(FileFailure) {
            guard try system.tryLock(fresh, .exclusive) else { throw FileFailure(call: "flock", code: FileFailure.exists) }
            if let status = try system.status(path) { try system.adopt(fresh, status) }
            try system.writeAll(fresh, whole)
            syncCount += 1
            try system.retrying { () throws(FileFailure) in try system.sync(fresh) }
            try system.rename(temporary, to: path)
            try system.retrying { () throws(FileFailure) in try system.syncFolder(parentFolder(of: path)) }
        } catch {
            system.close(fresh)
            try? system.unlink(temporary)
            throw error
        }
        system.close(descriptor)
        descriptor = fresh
        syncFailed = false
        hasTornTail = false
    }

    private mutating func writeOnce(_ text: [UInt8]) throws(FileFailure) -> Int {
        try text.withUnsafeBufferPointer { buffer throws(FileFailure) in
            try system.retrying { () throws(FileFailure) in try system.write(descriptor, UnsafeRawBufferPointer(buffer)) }
        }
    }

    private mutating func syncOnce() throws(FileFailure) {
        syncCount += 1
        try system.retrying { () throws(FileFailure) in try system.sync(descriptor) }
    }

    /// Takes away what was written of a line, so that no later line is glued to it.
    private mutating func cutTornTail() {
        do throws(FileFailure) {
            try system.retrying { () throws(FileFailure) in try system.truncate(descriptor, to: written) }
            hasTornTail = false
        } catch {
            hasTornTail = true
        }
    }

    private mutating func fail(_ message: String, _ cause: FileProblem) -> JournalFailure {
        let failure = JournalFailure(path: path, message: message, cause: cause)
        self.failure = failure
        return failure
    }
}

import Glibc
package import SnapkeepCore
package import SnapkeepEngine

/// The journals of this machine for a state that lives in a service which takes only whole documents. They stand in a folder of the user's own,
/// never beside a manifest.
package struct LocalJournals: Sendable {
    /// Where they stand; made when the first journal is begun.
    package let folder: String
    private let system: any FileSystem

    /// The journals in a folder.
    package init(folder: String) { self.init(folder: folder, system: KernelFileSystem()) }

    init(folder: String, system: any FileSystem) {
        self.folder = folder
        self.system = system
    }

    /// The journal of the run that is under way or was cut off.
    package var path: String { folder + "/run.journal" }

    /// A journal that was taken away from its run.
    private var takenPath: String { path + ".taken" }
    private var machinePath: String { folder + "/machine" }

    /// The journal's bytes; `nil` where there is none.
    ///
    /// - Throws: `StateFault` where it cannot be read, or is a link.
    package func read() throws(StateFault) -> [UInt8]? {
        if let bytes = try system.ownContents(of: takenPath) { return bytes }
        return try system.ownContents(of: path)
    }

    /// Whether a run of this machine is writing it.
    package var isHeld: Bool { (try? system.isHeld(path)) ?? false }

    /// Takes the journal away from a run that is still writing it, and whose lock was broken. That run's next line that must be on disk fails,
    /// for it looks whether its file is in its place after each fsync; so what is read from now on is all that it has made sure of.
    package func takeAway() throws(StateFault) {
        do throws(FileFailure) {
            if try system.status(takenPath) != nil { return }
            try system.rename(path, to: takenPath)
            try system.syncFolder(folder)
        } catch {
            if error.code != FileFailure.notFound { throw StateFault(error, path: path) }
        }
    }

    /// Removes the journal, which is not needed any more. When that fails nothing is lost: the state tells that its run has ended.
    package func remove() {
        let isGone = [takenPath, path].map { (try? system.unlink($0)) != nil }
        if isGone.contains(true) { try? system.syncFolder(folder) }
    }

    /// What tells this machine from others that share the state: a text that is kept beside the journals; `nil` where none was begun yet.
    package var machine: String? {
        guard let bytes = try? system.contents(of: machinePath, limit: FileLimit.line) else { return nil }
        return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    /// The same, made where there is none.
    ///
    /// - Parameter new: the text to take then.
    package func madeMachine(_ new: String) throws(StateFault) -> String {
        if let machine { return machine }
        _ = try keep(Array("\(new)\n".utf8), as: baseName(of: machinePath))
        return machine ?? new
    }

    /// Gives the journal a second name, so that it stays when the first is removed.
    ///
    /// - Returns: the second name; `nil` where there is no journal.
    package func keepAside(mark: String) throws(StateFault) -> String? {
        guard let bytes = try read() else { return nil }
        return try keep(bytes, as: "run.journal\(mark)")
    }

    /// Writes bytes under a name that was free.
    ///
    /// - Returns: the path.
    package func keep(_ bytes: [UInt8], as name: String) throws(StateFault) -> String {
        try makeFolder()
        var path = "\(folder)/\(name)"
        for number in 2...1000 {
            do throws(FileFailure) {
                let descriptor = try system.retrying { () throws(FileFailure) in try system.open(path, .createNew) }
                defer { system.close(descriptor) }
                try system.writeAll(descriptor, bytes)
                try system.retrying { () throws(FileFailure) in try system.sync(descriptor) }
                try system.syncFolder(folder)
                return path
            } catch {
                if error.code != FileFailure.exists { throw Self.fault(error, path) }
            }
            path = "\(folder)/\(name)-\(number)"
        }
        throw .unsteady(path: path)
    }

    /// Begins the journal of a run. It is on disk, and its name too, when this returns.
    package func begin(
        _ run: RunInfo, plan: PlanID?, basis: JournalBasis, failpoints: Failpoints
    ) throws(StateFault) -> LocalJournal {
        try makeFolder()
        do throws(FileFailure) {
            return LocalJournal(
                try JournalWriter(run, plan: plan, basis: basis, at: path, like: nil, system: system, failpoints: failpoints), path,
                system)
        } catch { throw Self.fault(error, path) }
    }

    /// Makes the folder and those above it, for nobody but the user.
    private func makeFolder() throws(StateFault) {
        if let status = (try? system.status(folder)) ?? nil, status.kind == .folder { return }
        var missing: [String] = []
        var current = folder
        while current != "/", current != ".", mkdir(current, 0o700) != 0 {
            if errno == EEXIST { break }
            if errno != ENOENT { throw Self.fault(FileFailure(call: "mkdir", code: errno), current) }
            missing.append(current)
            current = parentFolder(of: current)
        }
        for path in missing.reversed() where mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw Self.fault(FileFailure(call: "mkdir", code: errno), path)
        }
    }

    /// Nobody has named the folder on the command line: where it takes nothing, the remedy is the variable that names it.
    private static func fault(_ failure: FileFailure, _ path: String) -> StateFault {
        let fault = StateFault(failure, path: path)
        guard case .io(let path, let call, let words, let cause, let access) = fault,
            [.notPermitted, .readOnly, .notAFolder, .missing].contains(cause)
        else { return fault }
        return .io(path: path, call: call, words, cause: .ownFolder, access)
    }
}

/// The journal of one run on this machine, open for appending.
package actor LocalJournal {
    private var writer: JournalWriter
    private var isClosed = false
    private let path: String
    private let system: any FileSystem
    private let queue = FileQueue()
    /// How many bytes of it were on disk when it was begun.
    package nonisolated let firstBytes: Int

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ writer: JournalWriter, _ path: String, _ system: any FileSystem) {
        self.writer = writer
        self.path = path
        self.system = system
        firstBytes = writer.synced
    }

    /// As `Journal.append`.
    package func append(_ events: [JournalEvent], _ durability: Durability) async throws(JournalFailure) {
        if isClosed { throw closed }
        try writer.write(events)
        guard durability == .now else { return }
        let mine = writer.written
        // Behind all calls that arrived while an fsync ran: they write first, and one fsync serves them all.
        await Task.yield()
        if isClosed { throw closed }
        if writer.synced < mine { try writer.sync() }
    }

    /// As `Journal.salvage`.
    ///
    /// - Parameter state: what the journal is written over.
    package func salvage(_ event: JournalEvent, over state: RecordedState) -> Bool {
        !isClosed && writer.salvage(event, over: state)
    }

    /// Takes the journal away as if it had never been begun: nothing was done under it.
    package func withdraw() {
        if isClosed { return }
        isClosed = true
        writer.withdraw()
    }

    /// Ends the run: what it says is stored elsewhere now.
    package func end() {
        if isClosed { return }
        isClosed = true
        let isInPlace = writer.isInPlace
        writer.abandon()
        if isInPlace { LocalJournals(folder: parentFolder(of: path), system: system).remove() }
    }

    /// Ends the use of the file and leaves it, for the next run to take over.
    package func close() {
        if isClosed { return }
        isClosed = true
        writer.close()
    }

    private var closed: JournalFailure { JournalFailure(path: path, message: "the journal was closed") }
}

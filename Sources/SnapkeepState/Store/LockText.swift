import SnapkeepCore

/// What a lock says that is kept as a text: who holds the lock, and which run has a journal that no state has taken over yet. The second outlives its run, so
/// that a journal that is deleted or cut short is missed (P1).
///
/// ```
/// {"format":"snapkeep.lock","command":"apply","pid":4211,"host":"build-7","user":"ci","since":"…","pipeline":"…","run":"…","lineage":"…","serial":12,
///  "boot":"…","journal_bytes":        1841}
/// ```
struct LockText: Hashable, Sendable {
    /// The text of `format`, with which the file begins.
    static let format = "snapkeep.lock"

    /// A run that has begun its journal.
    struct Unfinished: Hashable, Sendable {
        var run: RunID
        /// The state that the journal is written over.
        var basis: JournalBasis
        /// The boot of the machine in which this was written; `nil` where that is not known.
        var boot: String?
        /// So many bytes of its journal are surely on disk; the journal may be longer.
        var journalBytes: Int

        /// A run of its parts.
        init(run: RunID, basis: JournalBasis, boot: String? = nil, journalBytes: Int) {
            self.run = run
            self.basis = basis
            self.boot = boot
            self.journalBytes = journalBytes
        }

        /// What is known of this run.
        ///
        /// - Parameter now: the boot of the machine now; `nil` where that is not known.
        func known(in now: String?) -> UnfinishedRun {
            // The text of a lock is not synced: a loss of power may bring back one of an earlier run. As long as the machine runs it is what
            // was written last.
            UnfinishedRun(run: run, basis: basis, journalBytes: journalBytes, mayBeStale: boot == nil || now == nil || boot != now)
        }
    }

    var holder: LockHolder
    var unfinished: Unfinished?

    private enum Field: String, CaseIterable {
        case format, command, pid, host, user, since, pipeline, run, lineage, serial, boot
        case journalBytes = "journal_bytes"

        static let fields = JSONFields<Field>()
    }

    /// What a holder writes.
    init(_ holder: LockHolder, _ unfinished: Unfinished? = nil) {
        self.holder = holder
        self.unfinished = unfinished
    }

    /// What the lock file at a path says; `nil` also where it cannot be read. One page holds it all.
    static func read(_ path: String, _ system: some FileSystem) -> LockText? {
        guard let status = (try? system.status(path)) ?? nil, status.kind == .regular else { return nil }
        return (try? system.beginning(of: path)).flatMap { LockText($0) }
    }

    /// What the text of a lock file says; `nil` when it is not whole, which it need not be: the holder writes it after it got the lock.
    init?(_ bytes: [UInt8]) {
        guard let text = try? bytes.withUnsafeBufferPointer({ buffer throws(JSONProblem) in try Self(JSONReader(buffer)) }) else {
            return nil
        }
        self = text
    }

    private init(_ start: JSONReader) throws(JSONProblem) {
        var reader = start
        var object = try JSONObject(Field.fields, in: &reader)
        var (command, host, user, pipeline): (String?, String?, String?, String?)
        var (pid, serial, journalBytes): (Int?, Int?, Int?)
        var since: Timestamp?
        var run: RunID?
        var lineage: Lineage?
        var boot: String?
        while let field = try object.next(in: &reader) {
            switch field {
            case .format: try reader.skip()
            case .command: command = try reader.string()
            case .pid: pid = try reader.count()
            case .host: host = try reader.string()
            case .user: user = try reader.string()
            case .since: since = try reader.timestamp()
            case .pipeline: pipeline = try reader.string()
            case .run: run = try reader.runID()
            case .lineage: lineage = try reader.lineage()
            case .serial: serial = try reader.count()
            case .boot: boot = try reader.string()
            case .journalBytes: journalBytes = try reader.count()
            }
        }
        holder = LockHolder(
            command: try object.require(command, .command), pid: try object.require(pid, .pid), host: try object.require(host, .host),
            user: try object.require(user, .user), since: try object.require(since, .since), pipeline: pipeline)
        if let run, let lineage, let serial, let journalBytes {
            unfinished = Unfinished(
                run: run, basis: JournalBasis(lineage: lineage, serial: serial), boot: boot, journalBytes: journalBytes)
        }
    }

    /// The lock file's text: one line of JSON. It keeps its length while a journal grows, so that one write replaces it.
    var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field(Field.format.rawValue, Self.format)
        writer.field(Field.command.rawValue, holder.command)
        writer.field(Field.pid.rawValue, holder.pid)
        writer.field(Field.host.rawValue, holder.host)
        writer.field(Field.user.rawValue, holder.user)
        writer.field(Field.since.rawValue, holder.since)
        writer.field(Field.pipeline.rawValue, holder.pipeline)
        if let unfinished {
            writer.field(Field.run.rawValue, unfinished.run.text)
            writer.field(Field.lineage.rawValue, unfinished.basis.lineage.text)
            writer.field(Field.serial.rawValue, unfinished.basis.serial)
            writer.field(Field.boot.rawValue, unfinished.boot)
            let digits = String(unfinished.journalBytes)
            let padding = String(repeating: " ", count: max(0, 12 - digits.utf8.count))
            return writer.bytes + Array(",\"\(Field.journalBytes.rawValue)\":\(padding)\(digits)}\n".utf8)
        }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// Whether a file may be a lock of ours: empty, or as this program begins one. A holder that dies while it writes leaves the beginning,
    /// a machine that loses its power zeros. Versions before this one wrote the holder alone.
    static func isOurs(_ bytes: [UInt8]) -> Bool {
        zip(bytes, "{\"format\":\"\(format)\"".utf8).allSatisfy { $0 == $1 } || bytes.allSatisfy { $0 == 0 } || LockText(bytes) != nil
    }
}

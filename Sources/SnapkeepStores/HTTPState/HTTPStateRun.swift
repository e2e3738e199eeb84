import SnapkeepCloud
import SnapkeepCore
import SnapkeepState

/// The note in a document that a run has begun: the journal of its intents is on the machine that it runs on. It stands there from the first
/// write of the run to its last, so that whoever comes next misses a journal that another machine has (P1).
struct HTTPStateRun: Hashable, Sendable {
    var info: RunInfo
    /// The state that the journal is written over.
    var basis: JournalBasis
    /// How many bytes of its journal were on disk when this was written; it has grown since then.
    var journalBytes: Int
    /// The machine whose folder holds that journal (`LocalJournals.machine`).
    var machine: String

    private enum Field: String, CaseIterable {
        case run, command, pid, host, user, since, lineage, serial
        case stateSum = "state_sum"
        case journalBytes = "journal_bytes"
        case machine, pipeline

        static let fields = JSONFields<Field>()
    }

    init(_ info: RunInfo, basis: JournalBasis, journalBytes: Int, machine: String) {
        (self.info, self.basis, self.journalBytes, self.machine) = (info, basis, journalBytes, machine)
    }

    /// The run as it is told of. Whoever writes at the address can have put any text here: one line of each, cut to a length.
    var told: RunInfo {
        func line(_ text: String) -> String { oneLine(text, limit: 200) }
        return RunInfo(
            run: info.run, command: line(info.command), pid: info.pid, host: line(info.host), user: line(info.user),
            startedAt: info.startedAt, pipeline: info.pipeline.map(line))
    }

    /// As the lock of other stores tells it. The note is part of the document, so it is never older than the state beside it.
    var unfinished: UnfinishedRun { UnfinishedRun(run: info.run, basis: basis, journalBytes: journalBytes, info: told) }

    init(_ reader: inout JSONReader) throws(JSONProblem) {
        var object = try JSONObject(Field.fields, in: &reader)
        var (command, host, user, machine, pipeline): (String?, String?, String?, String?, String?)
        var (pid, serial, journalBytes): (Int?, Int?, Int?)
        var since: Timestamp?
        var run: RunID?
        var lineage: Lineage?
        var sum: UInt32?
        while let field = try object.next(in: &reader) {
            switch field {
            case .run: run = try reader.runID()
            case .command: command = try reader.string()
            case .pid: pid = try reader.count()
            case .host: host = try reader.string()
            case .user: user = try reader.string()
            case .since: since = try reader.timestamp()
            case .lineage: lineage = try reader.lineage()
            case .serial: serial = try reader.count()
            case .stateSum:
                let start = reader.offset
                sum = CRC32C.value(try reader.string().utf8)
                if sum == nil { throw JSONProblem(.value, at: start, "expected a checksum of 8 hexadecimal digits") }
            case .journalBytes: journalBytes = try reader.count()
            case .machine: machine = try reader.string()
            case .pipeline: pipeline = try reader.string()
            }
        }
        info = RunInfo(
            run: try object.require(run, .run), command: try object.require(command, .command), pid: try object.require(pid, .pid),
            host: try object.require(host, .host), user: try object.require(user, .user), startedAt: try object.require(since, .since),
            pipeline: pipeline)
        basis = JournalBasis(
            lineage: try object.require(lineage, .lineage), serial: try object.require(serial, .serial),
            sum: try object.require(sum, .stateSum))
        self.journalBytes = try object.require(journalBytes, .journalBytes)
        self.machine = try object.require(machine, .machine)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field(Field.run.rawValue, info.run.text)
        writer.field(Field.command.rawValue, info.command)
        writer.field(Field.pid.rawValue, info.pid)
        writer.field(Field.host.rawValue, info.host)
        writer.field(Field.user.rawValue, info.user)
        writer.field(Field.since.rawValue, info.startedAt)
        writer.field(Field.lineage.rawValue, basis.lineage.text)
        writer.field(Field.serial.rawValue, basis.serial)
        writer.field(Field.stateSum.rawValue, CRC32C.text(basis.sum ?? 0))
        writer.field(Field.journalBytes.rawValue, journalBytes)
        writer.field(Field.machine.rawValue, machine)
        writer.field(Field.pipeline.rawValue, info.pipeline)
        writer.endObject()
    }
}

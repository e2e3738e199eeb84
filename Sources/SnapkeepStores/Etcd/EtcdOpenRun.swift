import SnapkeepCore
import SnapkeepState

/// What `PREFIX/open` says while a journal stands: whose it is, and how long it is at least. Written in the transactions that write the journal,
/// so that a journal that is removed or cut short by hand is missed (P1).
enum EtcdOpenRun {
    private enum Field: String, CaseIterable {
        case run, lineage, serial
        case journalBytes = "journal_bytes"

        static let fields = JSONFields<Field>()
    }

    static func encode(_ run: RunID, _ basis: JournalBasis, journalBytes: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: 192)
        writer.beginObject()
        writer.field(Field.run.rawValue, run.text)
        writer.field(Field.lineage.rawValue, basis.lineage.text)
        writer.field(Field.serial.rawValue, basis.serial)
        writer.field(Field.journalBytes.rawValue, journalBytes)
        writer.endObject()
        return writer.bytes
    }

    /// `nil` for what is none: then the journal speaks for itself.
    static func read(_ bytes: [UInt8]) -> UnfinishedRun? {
        try? bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
            var reader = JSONReader(buffer)
            var object = try JSONObject(Field.fields, in: &reader)
            var (run, lineage): (RunID?, Lineage?)
            var (serial, length): (Int?, Int?)
            while let field = try object.next(in: &reader) {
                switch field {
                case .run: run = RunID(try reader.string())
                case .lineage: lineage = Lineage(try reader.string())
                case .serial: serial = try reader.int()
                case .journalBytes: length = try reader.int()
                }
            }
            return UnfinishedRun(
                run: try object.require(run, .run),
                basis: JournalBasis(lineage: try object.require(lineage, .lineage), serial: try object.require(serial, .serial)),
                journalBytes: try object.require(length, .journalBytes))
        }
    }
}

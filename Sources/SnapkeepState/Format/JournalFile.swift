public import SnapkeepCore

/// The state that a journal is written over. Replayed over any other it would give nonsense, so it says which one.
public struct JournalBasis: Hashable, Sendable {
    public var lineage: Lineage
    public var serial: Int

    /// A basis of its parts.
    public init(lineage: Lineage, serial: Int) {
        self.lineage = lineage
        self.serial = serial
    }

    /// The basis of a journal that is about to be begun.
    public init(_ header: RecordedState.Header) { self.init(lineage: header.lineage, serial: header.serial) }
}

/// Why a journal cannot be read.
public enum JournalProblem: Error, Hashable, Sendable {
    /// The first line is no journal's.
    case notAJournal
    case tooNew(version: Int)
    /// 1-based line; what is wrong with it.
    case damaged(line: Int, String)
}

/// What a journal says.
public struct JournalContents: Hashable, Sendable {
    public var basis: JournalBasis
    /// `begin` first.
    public var events: [JournalEvent]
    /// How many bytes at the end belong to a line that was never finished.
    public var tornBytes: Int

    /// The run that wrote it.
    public var run: RunInfo? { if case .begin(let run, _)? = events.first { run } else { nil } }
}

/// The journal's bytes: a line for each event, `<CRC-32C of the rest, 8 hex digits> <compact JSON>`, and a line feed.
///
/// ```
/// 5c0e5e3f {"event":"begin","format":"snapkeep.journal","version":1,"lineage":"…","serial":12,"run":"…","command":"apply",…}
/// 91b1a1f0 {"event":"intent","attempt":"…","owner":"…","key":"…","volume_id":"…",…}
/// ```
/// A process or a machine that dies leaves at most an unfinished last line, or zero bytes behind the last finished one: that tail is
/// dropped, unless it is a whole line that lacks only its line feed. A finished line whose checksum is wrong was damaged later, and
/// nobody can say what it meant: that is an error, wherever it stands.
public enum JournalFile {
    /// The text of `format` in the first line.
    public static let format = "snapkeep.journal"
    /// The version that is written and read.
    public static let version = 1

    /// One line with its checksum and its line feed.
    public static func line(_ event: JournalEvent, basis: JournalBasis) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.value(event, basis: basis)
        return CRC32C.text(CRC32C.of(writer.bytes)) + [0x20] + writer.bytes + [0x0A]
    }

    /// What a journal's bytes say; `nil` when not even the first line was finished, so that nothing can have been done.
    ///
    /// - Throws: where it is damaged, or that it is no journal, or a newer one.
    public static func decode(_ bytes: [UInt8]) throws(JournalProblem) -> JournalContents? {
        try bytes.withUnsafeBufferPointer { buffer throws(JournalProblem) in try decode(buffer) }
    }

    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws(JournalProblem) -> JournalContents? {
        var pool = JSONPool()
        var basis: JournalBasis?
        var events: [JournalEvent] = []
        var number = 0
        var start = 0
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: 0x0A) else { break }
            number += 1
            let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
            guard let content = verified(line) else { throw .damaged(line: number, "its checksum is wrong") }
            try append(content, number, to: &events, &basis, &pool)
            start = end + 1
        }
        var torn = bytes.count - start
        if let content = wholeTail(UnsafeBufferPointer(rebasing: bytes[start...])) {
            try append(content, number + 1, to: &events, &basis, &pool)
            torn = 0
        }
        guard let basis else { return nil }
        return JournalContents(basis: basis, events: events, tornBytes: torn)
    }

    /// What can still be read of a journal's bytes, damaged or not: every line whose checksum is right and whose words are known.
    static func remains(of bytes: [UInt8]) -> JournalRemains {
        bytes.withUnsafeBufferPointer { buffer in
            var pool = JSONPool()
            var lines: [(event: JournalEvent, basis: JournalBasis?)] = []
            for line in buffer.split(separator: 0x0A) {
                guard let content = wholeTail(UnsafeBufferPointer(rebasing: line)) else { continue }
                var reader = JSONReader(content)
                guard let parsed = try? JournalLine(&reader, &pool), let event = try? parsed.journalEvent() else { continue }
                lines.append((event, try? parsed.basis()))
            }
            return JournalRemains(lines)
        }
    }

    /// The JSON of a line whose checksum is right.
    private static func verified(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        guard line.count > 9, line[8] == 0x20 else { return nil }
        let content = UnsafeBufferPointer(rebasing: line[9...])
        return CRC32C.text(CRC32C.of(content)).elementsEqual(line[..<8]) ? content : nil
    }

    /// The JSON of an unfinished tail that lacks only its line feed, or has another byte or zeros in its place.
    private static func wholeTail(_ tail: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        let end = tail.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        let written = UnsafeBufferPointer(rebasing: tail[..<end])
        return verified(written) ?? verified(UnsafeBufferPointer(rebasing: written.dropLast()))
    }

    private static func append(
        _ content: UnsafeBufferPointer<UInt8>, _ number: Int, to events: inout [JournalEvent], _ basis: inout JournalBasis?,
        _ pool: inout JSONPool
    ) throws(JournalProblem) {
        if basis == nil { try checkFormat(content) }
        do throws(JSONProblem) {
            var reader = JSONReader(content)
            let line = try JournalLine(&reader, &pool)
            let event = try line.journalEvent()
            if basis == nil { basis = try line.basis() }
            events.append(event)
        } catch {
            throw .damaged(line: number, error.message)
        }
    }

    /// Looks at the first line's format and version before the rest of it, which a newer version may have changed.
    private static func checkFormat(_ content: UnsafeBufferPointer<UInt8>) throws(JournalProblem) {
        var reader = JSONReader(content)
        var format: String?
        var version: Int?
        do throws(JSONProblem) {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key.isEqual(to: "format") {
                    format = try reader.string()
                } else if key.isEqual(to: "version") {
                    version = try reader.int()
                } else {
                    try reader.skip()
                }
            }
        } catch {
            throw .damaged(line: 1, error.message)
        }
        guard format == Self.format, let version else { throw .notAJournal }
        if version > Self.version { throw .tooNew(version: version) }
        if version < 1 { throw .damaged(line: 1, "the version \(version) does not exist") }
    }
}

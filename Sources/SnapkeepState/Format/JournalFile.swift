public import SnapkeepCore

/// The state that a journal is written over. Replayed over any other it would give nonsense, so it says which one.
public struct JournalBasis: Hashable, Sendable {
    public var lineage: Lineage
    public var serial: Int
    /// The checksum of the state file's bytes; `nil` in journals of version 1.
    public var sum: UInt32?

    /// A basis of its parts.
    public init(lineage: Lineage, serial: Int, sum: UInt32? = nil) {
        self.lineage = lineage
        self.serial = serial
        self.sum = sum
    }

    /// The basis of a journal that is about to be begun.
    ///
    /// - Parameter sum: the checksum of the state file's bytes.
    public init(_ header: RecordedState.Header, sum: UInt32?) { self.init(lineage: header.lineage, serial: header.serial, sum: sum) }

    /// Whether it is a state's, as far as its header tells.
    func fits(_ header: RecordedState.Header) -> Bool { lineage == header.lineage && serial == header.serial }
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
    /// How many bytes the whole lines have, each with its line feed.
    public var wholeBytes: Int

    /// The run that wrote it.
    public var run: RunInfo? { if case .begin(let run, _)? = events.first { run } else { nil } }
}

/// The journal's bytes: a line for each event, `<checksum, 8 hex digits> <compact JSON>`, and a line feed. The checksum is CRC-32C over the
/// JSON of this line and of all lines before it, one behind the other: a line that is missing, or out of its place, shows in the next one.
///
/// ```
/// 5c0e5e3f {"event":"begin","format":"snapkeep.journal","version":2,"lineage":"…","serial":12,"state_sum":"…","run":"…","command":"apply",…}
/// 91b1a1f0 {"event":"intent","attempt":"…","owner":"…","key":"…","volume_id":"…",…}
/// ```
/// In version 1, which is still read, each checksum is of its own line only, and there is no `state_sum`.
///
/// A process or a machine that dies leaves at most an unfinished last line, or zero bytes behind the last finished one: that tail is
/// dropped, unless it is a whole line that lacks only its line feed. A finished line whose checksum is wrong was damaged later, and
/// nobody can say what it meant: that is an error, wherever it stands.
public enum JournalFile {
    /// The text of `format` in the first line.
    public static let format = "snapkeep.journal"
    /// The version that is written; lower ones are read, too.
    public static let version = 2

    /// Lines with their checksums and line feeds.
    ///
    /// - Parameter sum: of the line in front of them, 0 where there is none; of the last of them afterwards.
    public static func lines(_ events: [JournalEvent], basis: JournalBasis, sum: inout UInt32) -> [UInt8] {
        var lines: [UInt8] = []
        for event in events {
            var writer = JSONWriter(capacity: 512)
            writer.value(event, basis: basis)
            sum = CRC32C.of(writer.bytes, after: sum)
            CRC32C.append(sum, to: &lines)
            lines.append(0x20)
            lines += writer.bytes
            lines.append(0x0A)
        }
        return lines
    }

    /// What a journal's bytes say; `nil` when not even the first line was finished, so that nothing can have been done.
    ///
    /// - Throws: where it is damaged, or that it is no journal, or a newer one.
    public static func decode(_ bytes: [UInt8]) throws(JournalProblem) -> JournalContents? {
        try bytes.withUnsafeBufferPointer { buffer throws(JournalProblem) in try decode(buffer) }
    }

    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws(JournalProblem) -> JournalContents? {
        var basis: JournalBasis?
        var events: [JournalEvent] = []
        var number = 0
        var start = 0
        var chain = Chain()
        guard isOurs(bytes) else { throw .notAJournal }
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: 0x0A) else { break }
            number += 1
            let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
            guard let content = chain.verified(line) else { throw .damaged(line: number, "its checksum is wrong") }
            try append(content, number, to: &events, &basis, &chain)
            start = end + 1
        }
        var torn = bytes.count - start
        var whole = start
        if let content = chain.wholeTail(UnsafeBufferPointer(rebasing: bytes[start...])) {
            try append(content, number + 1, to: &events, &basis, &chain)
            torn = 0
            whole += 9 + content.count + 1
        }
        guard let basis else { return nil }
        return JournalContents(basis: basis, events: events, tornBytes: torn, wholeBytes: whole)
    }

    /// What can still be read of a journal's bytes, damaged or not: every line whose checksum is right and whose words are known.
    static func remains(of bytes: [UInt8]) -> SalvagedJournal {
        bytes.withUnsafeBufferPointer { buffer in
            var lines: [(event: JournalEvent, basis: JournalBasis?)] = []
            var chain = Chain()
            for line in buffer.split(separator: 0x0A) {
                let line = UnsafeBufferPointer(rebasing: line)
                var own = Chain()
                // A line of version 1, or behind one whose own digits are damaged too, has only itself to go by.
                guard let content = chain.wholeTail(line) ?? own.wholeTail(line) else {
                    chain.skip(line)
                    continue
                }
                chain.skip(line)
                var reader = JSONReader(content)
                if let line = try? reader.journalLine() { lines.append(line) }
            }
            return SalvagedJournal(lines)
        }
    }

    /// The checksums of lines, one after the other.
    private struct Chain {
        /// Of the last line.
        private var sum: UInt32 = 0
        /// Whether each line stands for itself, as in version 1.
        var isLoose = false

        /// The JSON of a line whose checksum is right; the next one follows it.
        mutating func verified(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
            guard line.count > 9, line[8] == 0x20 else { return nil }
            let content = UnsafeBufferPointer(rebasing: line[9...])
            let computed = CRC32C.of(content, after: isLoose ? 0 : sum)
            guard CRC32C.value(line[..<8]) == computed else { return nil }
            sum = computed
            return content
        }

        /// The JSON of an unfinished tail that lacks only its line feed, or has another byte or zeros in its place.
        mutating func wholeTail(_ tail: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
            let end = tail.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
            let written = UnsafeBufferPointer(rebasing: tail[..<end])
            return verified(written) ?? verified(UnsafeBufferPointer(rebasing: written.dropLast()))
        }

        /// Goes on behind a line that may be damaged, by what it says of itself.
        mutating func skip(_ line: UnsafeBufferPointer<UInt8>) { sum = CRC32C.value(line.prefix(8)) ?? 0 }
    }

    /// Whether a file may be a journal, whole, damaged or hardly begun: what is somebody else's is left alone.
    private static func isOurs(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let beginning = bytes.prefix(4096)
        if beginning.firstRange(of: "\"\(format)\"".utf8) != nil { return true }
        // Torn off within its first line, or damaged there; with zeros behind it or not.
        let line = beginning.prefix { $0 != 0 }
        if line.isEmpty { return bytes.allSatisfy { $0 == 0 } }
        return line.prefix(8).allSatisfy(Hexadecimal.isLowerCase)
            && zip(line.dropFirst(8), "\u{20}{\"event\":\"begin\",".utf8).allSatisfy { $0 == $1 }
    }

    private static func append(
        _ content: UnsafeBufferPointer<UInt8>, _ number: Int, to events: inout [JournalEvent], _ basis: inout JournalBasis?,
        _ chain: inout Chain
    ) throws(JournalProblem) {
        if basis == nil { chain.isLoose = try checkFormat(content) < 2 }
        do throws(JSONProblem) {
            var reader = JSONReader(content)
            let line = try reader.journalLine()
            basis = basis ?? line.basis
            events.append(line.event)
        } catch {
            throw .damaged(line: number, error.message)
        }
    }

    /// Looks at the first line's format and version before the rest of it, which a newer version may have changed.
    ///
    /// - Returns: the version.
    private static func checkFormat(_ content: UnsafeBufferPointer<UInt8>) throws(JournalProblem) -> Int {
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
        return version
    }
}

import SnapkeepCore

/// A line of a state that does not count any more: it was changed, or cannot be read.
public struct DamagedLine: Hashable, Sendable {
    /// 1-based.
    public var number: Int
    /// The key that it shows, right or wrong; `nil` where none can be read.
    public var key: String?
    /// Whether it tells of a creation that was open.
    public var isIntent: Bool
}

/// What can still be read of a damaged state's header. Our files have each header field on a line of its own, so one broken line costs one
/// field.
struct SalvagedHeader: Hashable, Sendable {
    var version: Int?
    var lineage: Lineage?
    var serial: Int?
    var owner: String?
    var endpoint: String?
    var projectID: ProjectID?
    /// Only where the digest confirms them.
    var forgotten: [SnapshotID] = []
    /// Only where it fits the rest of the header.
    private(set) var digest: StateDigest?

    /// Whether all of it is what was written, as far as anybody can tell: a state of the first version has nothing to tell it by.
    var isConfirmed: Bool { digest != nil || version == StateFile.versionWithoutSums }

    /// The header fields of a state file stand on the first lines, before the records; a merge may have put some there twice.
    private static let lineLimit = 40

    /// Reads line by line; what cannot be read is left out.
    init(_ bytes: [UInt8]) {
        for line in bytes.split(separator: 0x0A, maxSplits: Self.lineLimit).prefix(Self.lineLimit) {
            let member = line.last == 0x2C ? line.dropLast() : line
            // One member, made an object of its own.
            let object = [0x7B] + member + [0x7D]
            _ = try? object.withUnsafeBufferPointer { buffer throws(JSONProblem) in try take(JSONReader(buffer)) }
        }
        bytes.withUnsafeBufferPointer { confirm(JSONReader($0)) }
    }

    private mutating func take(_ start: JSONReader) throws(JSONProblem) {
        var reader = start
        try reader.beginObject()
        guard let key = try reader.nextKey() else { return }
        if key.isEqual(to: StateFile.Field.version.rawValue) {
            version = try reader.count()
        } else if key.isEqual(to: StateFile.Field.lineage.rawValue) {
            lineage = try reader.lineage()
        } else if key.isEqual(to: StateFile.Field.serial.rawValue) {
            // Of two sides of a merge the newer. One that no run can have reached would leave no room for the next.
            let told = try reader.count()
            if SerialBounds.isCredible(told) { serial = max(serial ?? 0, told) }
        } else if key.isEqual(to: StateFile.Field.owner.rawValue) {
            owner = try reader.string()
        } else if key.isEqual(to: StateFile.Field.endpoint.rawValue) {
            endpoint = try reader.string()
        } else if key.isEqual(to: StateFile.Field.projectID.rawValue) {
            projectID = try reader.projectID()
        }
    }

    /// Reads the header in earnest, up to its digest.
    private mutating func confirm(_ start: JSONReader) {
        var reader = start
        guard let (header, digest) = HeaderFields.confirmed(in: &reader) else { return }
        self.digest = digest
        forgotten = header.forgotten
    }
}

/// What can still be read of a state that is damaged, or was changed or merged by others. Each line has its own checksum, so one that is
/// whole says what was written, whatever became of the others.
struct SalvagedState: Hashable, Sendable {
    let header: SalvagedHeader
    /// Each snapshot once.
    private(set) var records: [SnapshotRecord] = []
    private(set) var superseded: [SnapshotRecord] = []
    private(set) var openIntents: [CreationIntent] = []
    private(set) var damagedLines: [DamagedLine] = []
    /// Whether header and lines are those of one state, so that what the damaged lines do not tell is all that is missing. Without it lines
    /// may be gone, or be older than others.
    private(set) var isOfOneState = false

    /// Which list a line belongs to, by the line in front of the list.
    private enum Section: CaseIterable {
        case records, superseded, openIntents

        var opening: [UInt8] {
            switch self {
            case .records: Array("\"records\":[".utf8)
            case .superseded: Array("\"superseded\":[".utf8)
            case .openIntents: Array("\"open_intents\":[".utf8)
            }
        }
    }

    /// Reads line by line.
    init(_ bytes: [UInt8]) {
        header = SalvagedHeader(bytes)
        // Lines of the first version have nothing that tells whether they are whole.
        if header.version != StateFile.versionWithoutSums { bytes.withUnsafeBufferPointer { read($0) } }
    }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        var section = Section.records
        var counts = StateDigest.Counts()
        var sums: [UInt8] = []
        let openings = Section.allCases.map { ($0, $0.opening) }
        var unclear = 0
        var held: (records: Holdings, superseded: Holdings) = (Holdings(), Holdings())
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let text = Self.trimmed(line)
            if let opened = openings.first(where: { text.starts(with: $0.1) }) { section = opened.0 }
            guard text.first == 0x7B, text.count > 1 else { continue }
            switch section {
            case .records: counts.records += 1
            case .superseded: counts.superseded += 1
            case .openIntents: counts.openIntents += 1
            }
            if let sum = Self.sum(text) { sums += sum } else { unclear += 1 }
            if !take(UnsafeBufferPointer(rebasing: text), section, &held) {
                damagedLines.append(DamagedLine(number: index + 1, key: Self.key(text), isIntent: section == .openIntents))
            }
        }
        (records, superseded) = (held.records.all, held.superseded.all)
        isOfOneState = unclear == 0 && header.digest.map { $0.counts == counts && $0.lines == CRC32C.of(sums) } ?? false
        // Not one checksum: then it is no file of ours that was damaged in places.
        if sums.isEmpty { damagedLines = [] }
    }

    /// Records, each snapshot once. Both sides of a merge may have a line for one: protected by one of them, it is protected.
    private struct Holdings {
        private(set) var all: [SnapshotRecord] = []
        private var places: [SnapshotID: Int] = [:]

        mutating func add(_ record: SnapshotRecord) {
            if let place = places[record.id] {
                all[place].protect = all[place].protect || record.protect
            } else {
                places[record.id] = all.count
                all.append(record)
            }
        }
    }

    /// Takes a line whose checksum is right.
    private mutating func take(
        _ line: UnsafeBufferPointer<UInt8>, _ section: Section, _ held: inout (records: Holdings, superseded: Holdings),

    ) -> Bool {
        var seal = LineSeal()
        var reader = JSONReader(line)
        if section == .openIntents {
            guard let intent = try? reader.intent(&seal), seal.fits, (try? reader.end()) != nil else { return false }
            if !openIntents.contains(where: { $0.attempt == intent.attempt }) { openIntents.append(intent) }
            return true
        }
        guard let record = try? reader.record(&seal), seal.fits, (try? reader.end()) != nil else { return false }
        if section == .records { held.records.add(record) } else { held.superseded.add(record) }
        return true
    }

    // MARK: Lines

    /// A line without its blanks and the comma behind it.
    private static func trimmed(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
        var text = line.drop { $0 == 0x20 || $0 == 0x09 }
        while let last = text.last, last == 0x2C || last == 0x0D || last == 0x20 { text = text.dropLast() }
        return text
    }

    /// The digits at the end of a line, whether they are right or not.
    private static func sum(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
        let tail = text.suffix(18)
        guard tail.count == 18, tail.starts(with: ",\"sum\":\"".utf8), tail.suffix(2).elementsEqual("\"}".utf8) else { return nil }
        let digits = Array(tail.dropFirst(8).dropLast(2))
        return CRC32C.value(digits) == nil ? nil : digits
    }

    /// The key that a line shows.
    private static func key(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
        var reader = JSONReader(UnsafeBufferPointer(rebasing: text))
        do throws(JSONProblem) {
            try reader.beginObject()
            while let name = try reader.nextKey() {
                if name.isEqual(to: RecordField.key.rawValue) { return try reader.string() }
                try reader.skip()
            }
        } catch {}
        return nil
    }
}

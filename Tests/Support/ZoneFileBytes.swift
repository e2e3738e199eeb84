/// A compiled time zone file, written by hand for a test.
struct ZoneFileBytes {
    /// 0 for the first version, else a digit.
    var version: Character?
    var offsets: [Int]
    /// When, and to which of the offsets.
    var changes: [(instant: Int64, type: Int)]
    var footer: String
    var leapSeconds = 0
    /// Of the abbreviations, which are all the first.
    var letters = Array("AAA\0".utf8)

    init(version: Character? = "2", offsets: [Int] = [0], changes: [(instant: Int64, type: Int)] = [], footer: String = "") {
        self.version = version
        self.offsets = offsets
        self.changes = changes
        self.footer = footer
    }

    /// All of it: for later versions an empty block for old readers, the real one, and the footer.
    var bytes: [UInt8] {
        guard version != nil else { return header(isEmpty: false) + block(timeSize: 4) }
        return header(isEmpty: true) + [0, 0, 0, 0, 0, 0, 0] + header(isEmpty: false) + block(timeSize: 8) + Array("\n\(footer)\n".utf8)
    }

    private func header(isEmpty: Bool) -> [UInt8] {
        let counts = isEmpty ? [0, 0, 0, 0, 1, 1] : [0, 0, leapSeconds, changes.count, offsets.count, letters.count]
        return Array("TZif".utf8) + [version?.asciiValue ?? 0] + [UInt8](repeating: 0, count: 15) + counts.flatMap { Self.number($0, 4) }
    }

    private func block(timeSize: Int) -> [UInt8] {
        changes.flatMap { Self.number(Int($0.instant), timeSize) } + changes.map { UInt8($0.type) }
            + offsets.flatMap { Self.number($0, 4) + [0, 0] } + letters
            + [UInt8](repeating: 0, count: leapSeconds * (timeSize + 4))
    }

    private static func number(_ number: Int, _ size: Int) -> [UInt8] {
        (0..<size).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}

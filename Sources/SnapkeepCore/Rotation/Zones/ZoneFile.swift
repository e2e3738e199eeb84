/// A compiled time zone file: TZif of RFC 9636, versions 1 to 4 and what later ones share with them.
///
/// The bytes are not trusted: nothing is read beyond them, and no count makes room for more than they hold.
struct ZoneFile {
    /// The offset before the first change.
    let initialOffset: Int
    /// The changes that are written out, strictly in the order of time.
    let transitions: [Zone.Transition]
    /// What holds from the last of them on; `nil` where the file does not say.
    let rule: ZoneRule?

    init(_ bytes: [UInt8]) throws(ZoneFileProblem) {
        guard bytes.starts(with: Header.magic) else { throw .foreign }
        var bytes = ZoneBytes(bytes)
        let first = try Header(&bytes)
        if first.version == 0 {
            (initialOffset, transitions) = try Self.block(first, timeSize: 4, &bytes)
            rule = nil
            return
        }
        // The same once more in 64 bits follows, and the first block is for those who know no better.
        _ = try bytes.take(first.size(timeSize: 4))
        let header = try Header(&bytes)
        guard header.version == first.version else { throw .foreign }
        (initialOffset, transitions) = try Self.block(header, timeSize: 8, &bytes)
        let footer = try bytes.footer()
        rule = footer.isEmpty ? nil : try ZoneRule(footer)
    }

    /// What stands before each data block.
    private struct Header {
        static let magic = "TZif".utf8
        /// 0, or the digit of the version.
        let version: UInt8
        private let universalCount: Int
        private let standardCount: Int
        let leapCount: Int
        let timeCount: Int
        let typeCount: Int
        let letterCount: Int

        init(_ bytes: inout ZoneBytes) throws(ZoneFileProblem) {
            guard try bytes.take(4).elementsEqual(Self.magic) else { throw .foreign }
            version = try bytes.take(1).first!
            guard version == 0 || (0x32...0x39).contains(version) else { throw .foreign }
            _ = try bytes.take(15)
            universalCount = Int(try bytes.integer(4, isSigned: false))
            standardCount = Int(try bytes.integer(4, isSigned: false))
            leapCount = Int(try bytes.integer(4, isSigned: false))
            timeCount = Int(try bytes.integer(4, isSigned: false))
            typeCount = Int(try bytes.integer(4, isSigned: false))
            letterCount = Int(try bytes.integer(4, isSigned: false))
        }

        /// How many bytes the data block has.
        func size(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + letterCount + leapCount * (timeSize + 4) + standardCount + universalCount
        }

        /// Whether a block that is to be read has what it needs.
        var isSound: Bool {
            typeCount > 0 && [0, typeCount].contains(standardCount) && [0, typeCount].contains(universalCount)
        }
    }

    private static func block(
        _ header: Header, timeSize: Int, _ bytes: inout ZoneBytes
    ) throws(ZoneFileProblem) -> (Int, [Zone.Transition]) {
        guard header.isSound else { throw .counts }
        // Looked at as a whole before anything is kept: a header of a few bytes can promise terabytes.
        var block = ZoneBytes(try bytes.take(header.size(timeSize: timeSize)))
        guard header.leapCount == 0 else { throw .leapSeconds }

        var instants: [Int64] = []
        for _ in 0..<header.timeCount {
            let instant = try block.integer(timeSize)
            if let last = instants.last, instant <= last { throw .order }
            instants.append(instant)
        }
        let types = try block.take(header.timeCount)
        var offsets: [Int] = []
        for _ in 0..<header.typeCount {
            let offset = Int(try block.integer(4))
            guard Zone.offsets.contains(offset) else { throw .offset }
            // Whether it is daylight saving, and what it is called: neither is asked for.
            let rest = try block.take(2)
            guard Int(rest.last!) < header.letterCount else { throw .index }
            offsets.append(offset)
        }
        var transitions: [Zone.Transition] = []
        transitions.reserveCapacity(instants.count)
        for (instant, type) in zip(instants, types) {
            guard Int(type) < offsets.count else { throw .index }
            transitions.append(Zone.Transition(instant: instant, offset: offsets[Int(type)]))
        }
        return (offsets[0], transitions)
    }
}

extension Zone {
    /// Reads a compiled time zone file (TZif, RFC 9636). Its rule for the years to come is written out through 2200; afterwards, and where
    /// the file has no rule, the last offset stays.
    ///
    /// - Throws: `ZoneFileProblem` for anything that is no sound file, whatever the bytes.
    public init(name: ZoneName, file bytes: [UInt8]) throws(ZoneFileProblem) {
        let file = try ZoneFile(bytes)
        var (offset, transitions) = (file.initialOffset, file.transitions)
        if let rule = file.rule {
            // The rule holds from the last change on, that one included; all the time where there is none.
            let start = transitions.popLast()?.instant
            let changes = rule.changes(after: start)
            if let start {
                transitions.append(Transition(instant: start, offset: changes.offset))
            } else {
                offset = changes.offset
            }
            transitions += changes.later
        }
        // A change of the abbreviation alone is none here.
        var before = offset
        let real = transitions.filter { transition in
            defer { before = transition.offset }
            return transition.offset != before
        }
        self.init(name: name, initialOffset: offset, transitions: real)
    }

    /// What an offset can be: less than a day, to either side.
    static let offsets = -86_399...86_399
}

/// Walks bytes that may end at any place.
struct ZoneBytes {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

    /// The next bytes.
    mutating func take(_ count: Int) throws(ZoneFileProblem) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .cutShort }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// A number of so many bytes, the highest first.
    mutating func integer(_ size: Int, isSigned: Bool = true) throws(ZoneFileProblem) -> Int64 {
        let bits = try take(size).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        if !isSigned || size == 8 { return Int64(bitPattern: bits) }
        return Int64(Int32(truncatingIfNeeded: bits))
    }

    /// What stands between two line breaks.
    mutating func footer() throws(ZoneFileProblem) -> ArraySlice<UInt8> {
        guard try take(1).first == 0x0A else { throw .rule }
        guard let end = rest.firstIndex(of: 0x0A) else { throw .cutShort }
        return rest[..<end]
    }
}

import SnapkeepCore
import SnapkeepState

/// What a segment does to the lines of a state: which it puts, in the place of a former one or anew, and which it takes out.
///
/// In a chunk each is one line: the list's letter and the line itself (`r{"key":…}`), or the capital letter and what identifies the line
/// (`R"orders-nightly"`). A line is known by the bytes of its first members: a record by its key, a superseded one by key and id, an open
/// creation by its attempt.
struct StateChange: Sendable {
    /// Each line by its identity, the list's letter in front; `nil` where it is taken out.
    private(set) var lines: [[UInt8]: ArraySlice<UInt8>?] = [:]
    /// How many bytes the chunks of it have together.
    private(set) var size = 0

    /// No change.
    init() {}

    /// Reads chunks; what is no line of ours is left out, and missed by the state's digest.
    init(_ chunks: [[UInt8]]) {
        for chunk in chunks {
            for line in chunk.split(separator: 0x0A) {
                guard let letter = line.first else { continue }
                let rest = line.dropFirst()
                if let list = StateList(rawValue: letter) {
                    put(list, rest)
                } else if let list = StateList(rawValue: letter | 0x20) {
                    set(nil, for: [list.rawValue] + rest)
                }
            }
        }
    }

    var isEmpty: Bool { lines.isEmpty }

    mutating func put(_ list: StateList, _ line: ArraySlice<UInt8>) {
        set(line, for: [list.rawValue] + Self.identity(of: line, list))
    }

    mutating func remove(_ list: StateList, _ line: ArraySlice<UInt8>) {
        set(nil, for: [list.rawValue] + Self.identity(of: line, list))
    }

    private mutating func set(_ line: ArraySlice<UInt8>?, for identity: [UInt8]) {
        // With the list's letter, which an identity has already, and the line feed.
        func bytes(_ line: ArraySlice<UInt8>?) -> Int { line.map { $0.count + 2 } ?? identity.count + 1 }
        if let former = lines.updateValue(line, forKey: identity) { size -= bytes(former) }
        size += bytes(line)
    }

    /// This change and then another one, as one.
    mutating func append(_ later: StateChange) {
        for (identity, line) in later.lines { set(line, for: identity) }
    }

    /// The chunks that say it, in the order of the identities, so that equal changes have equal bytes.
    ///
    /// - Parameter limit: of bytes in a chunk; a single line may be longer.
    func chunks(_ limit: Int) -> [[UInt8]] {
        var packing = ChunkPacking(limit: limit)
        for (identity, line) in lines.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            if let line {
                packing.add(identity[0], line)
            } else {
                packing.add(identity[0] - 0x20, identity[1...])
            }
        }
        return packing.chunks
    }

    /// The change from one state to another. Equal records have equal lines.
    static func between(_ before: StateLines, _ after: StateLines) -> StateChange {
        var change = StateChange()
        func compare<Line>(_ list: StateList, _ old: [Line], _ new: [Line], _ precedes: (Line, Line) -> Bool) {
            var (left, right) = (0, 0)
            while left < old.count || right < new.count {
                if right == new.count || (left < old.count && precedes(old[left], new[right])) {
                    change.remove(list, before.line(list, left))
                    left += 1
                } else if left == old.count || precedes(new[right], old[left]) {
                    change.put(list, after.line(list, right))
                    right += 1
                } else {
                    let (former, line) = (before.line(list, left), after.line(list, right))
                    if former != line {
                        // Of equal keys in two normal forms each identifies a line of its own.
                        if identity(of: former, list) != identity(of: line, list) { change.remove(list, former) }
                        change.put(list, line)
                    }
                    left += 1
                    right += 1
                }
            }
        }
        compare(.records, before.state.records, after.state.records) { $0.key < $1.key }
        compare(.superseded, before.state.superseded, after.state.superseded) { ($0.key, $0.id) < ($1.key, $1.id) }
        compare(.openIntents, before.state.openIntents, after.state.openIntents) { $0.attempt < $1.attempt }
        return change
    }

    /// What identifies a line: its first value, or its first two members for a superseded record. Of a line that is none of ours all of it.
    static func identity(of line: ArraySlice<UInt8>, _ list: StateList) -> ArraySlice<UInt8> {
        let opening = Array((list == .openIntents ? "{\"attempt\":" : "{\"key\":").utf8)
        guard line.starts(with: opening), let end = endOfString(line, from: line.startIndex + opening.count) else { return line }
        let start = line.startIndex + opening.count
        guard list == .superseded else { return line[start..<end] }
        let second = Array(",\"id\":".utf8)
        guard line[end...].starts(with: second), let last = endOfString(line, from: end + second.count) else { return line }
        return line[start..<last]
    }

    private static func endOfString(_ line: ArraySlice<UInt8>, from start: Int) -> Int? {
        guard start < line.endIndex, line[start] == 0x22 else { return nil }
        var index = start + 1
        while index < line.endIndex, line[index] != 0x22 { index += line[index] == 0x5C ? 2 : 1 }
        return index < line.endIndex ? index + 1 : nil
    }
}

/// Lines gathered into chunks.
struct ChunkPacking {
    let limit: Int
    private(set) var chunks: [[UInt8]] = []

    init(limit: Int) { self.limit = limit }

    mutating func add(_ letter: UInt8, _ line: ArraySlice<UInt8>) {
        if chunks.last.map({ $0.count + line.count + 2 > limit }) ?? true {
            chunks.append([])
            chunks[chunks.count - 1].reserveCapacity(min(limit, 64 << 10))
        }
        chunks[chunks.count - 1].append(letter)
        chunks[chunks.count - 1].append(contentsOf: line)
        chunks[chunks.count - 1].append(0x0A)
    }

    /// All lines of a state: a first segment.
    static func all(of state: StateLines, _ limit: Int) -> [[UInt8]] {
        var packing = ChunkPacking(limit: limit)
        for list in StateList.allCases { for index in state.lines[list]!.indices { packing.add(list.rawValue, state.line(list, index)) } }
        return packing.chunks
    }
}

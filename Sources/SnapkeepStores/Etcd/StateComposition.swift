import SnapkeepCore

/// Puts the text of a state file together from its header and its segments. Nothing is judged here: what is missing, twice, or out of its
/// place shows when the text is read, by the checksum of each line and the digest of all.
struct StateComposition {
    private var lines: [StateList: [ArraySlice<UInt8>]] = [:]

    /// - Parameters:
    ///   - first: the chunks of the first segment.
    ///   - later: what the others do, as one change.
    init(_ first: [[UInt8]], _ later: StateChange) {
        for chunk in first {
            for line in chunk.split(separator: 0x0A) {
                // What is no line of a list is kept with the records, so that it is found there.
                let list = line.first.flatMap { StateList(rawValue: $0) } ?? .records
                lines[list, default: []].append(line.dropFirst())
            }
        }
        if !later.isEmpty { for list in StateList.allCases { apply(later, to: list) } }
    }

    private mutating func apply(_ change: StateChange, to list: StateList) {
        var fresh = change.lines.filter { $0.key[0] == list.rawValue }
        if fresh.isEmpty { return }
        var kept: [ArraySlice<UInt8>] = []
        kept.reserveCapacity((lines[list]?.count ?? 0) + fresh.count)
        var identity: [UInt8] = []
        for line in lines[list] ?? [] {
            identity.removeAll(keepingCapacity: true)
            identity.append(list.rawValue)
            identity.append(contentsOf: StateChange.identity(of: line, list))
            guard let newer = fresh.removeValue(forKey: identity) else {
                kept.append(line)
                continue
            }
            if let newer { kept.append(newer) }
        }
        let added = fresh.values.compactMap { $0 }.map { (LineOrder($0, list), $0) }.sorted { $0.0 < $1.0 }
        lines[list] = Self.merged(kept, added, list)
    }

    /// Lines in order with others in order put in between.
    private static func merged(
        _ lines: [ArraySlice<UInt8>], _ added: [(LineOrder, ArraySlice<UInt8>)], _ list: StateList
    ) -> [ArraySlice<UInt8>] {
        if added.isEmpty { return lines }
        var result: [ArraySlice<UInt8>] = []
        result.reserveCapacity(lines.count + added.count)
        var start = 0
        for (order, line) in added {
            var (low, high) = (start, lines.count)
            while low < high {
                let middle = (low + high) / 2
                if order < LineOrder(lines[middle], list) { high = middle } else { low = middle + 1 }
            }
            result.append(contentsOf: lines[start..<low])
            result.append(line)
            start = low
        }
        result.append(contentsOf: lines[start...])
        return result
    }

    /// The text, laid out as `StateFile.encode` does it.
    ///
    /// - Parameter fields: as `EtcdHead.Header.fields`.
    func text(_ fields: [UInt8]) -> [UInt8] {
        let size = lines.values.reduce(0) { $1.reduce($0) { $0 + $1.count + 6 } }
        var text: [UInt8] = []
        text.reserveCapacity(size + fields.count + 128)
        text.append(contentsOf: "{\n".utf8)
        text.append(contentsOf: fields)
        for list in StateList.allCases {
            text.append(contentsOf: ",\n  \"\(list.name)\":[".utf8)
            let lines = lines[list] ?? []
            for (index, line) in lines.enumerated() {
                text.append(contentsOf: (index == 0 ? "\n    " : ",\n    ").utf8)
                text.append(contentsOf: line)
            }
            text.append(contentsOf: (lines.isEmpty ? "]" : "\n  ]").utf8)
        }
        text.append(contentsOf: "\n}\n".utf8)
        return text
    }
}

/// The place of a line within its list: as the model compares keys, which for some letters is not the order of their bytes.
private struct LineOrder: Comparable {
    var first: String
    var second = ""

    init(_ line: ArraySlice<UInt8>, _ list: StateList) {
        let identity = StateChange.identity(of: line, list)
        let texts = (try? Self.strings(Array("{\"\":".utf8) + identity + Array("}".utf8))) ?? []
        first = texts.first ?? ""
        if texts.count > 1 { second = texts[1] }
    }

    static func < (left: Self, right: Self) -> Bool { (left.first, left.second) < (right.first, right.second) }

    /// The values of an identity, `"key"` or `"key","id":"…"`, which stands in an object behind a name of its own.
    private static func strings(_ text: [UInt8]) throws(JSONProblem) -> [String] {
        try text.withUnsafeBufferPointer { buffer throws(JSONProblem) in
            var reader = JSONReader(buffer)
            var texts: [String] = []
            try reader.beginObject()
            while try reader.nextKey() != nil { texts.append(try reader.string()) }
            return texts
        }
    }
}

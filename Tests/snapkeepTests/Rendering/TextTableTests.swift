import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// The layout that all tables share.
@Suite struct TextTableTests {
    private static let columns: [TextTable.Column] = [
        .init(head: "key", kind: .name(atLeast: 12)), .init(head: "status"), .init(head: "size", isNumber: true, worth: 1),
        .init(head: "volume", kind: .name(atLeast: 9), worth: 2, label: "volume"), .init(head: "id", kind: .id, worth: 3),
        .init(kind: .prose),
    ]
    private static let id = "ffa9bc5e-1172-4021-acaf-cdcd78a9584d"

    private func lines(_ rows: [[String]], width: Int?) -> [String] {
        TextTable(columns: Self.columns).lines(rows.map { TextTable.Row(cells: $0) }, width: width, style: .plain)
    }

    @Test func `a pipe gets everything, and one long name does not move the others`() {
        let long = String(repeating: "k", count: 200)
        let lines = lines([["a", "available", "20 GiB", "db", Self.id, ""], [long, "error", "", "db", Self.id, "a note"]], width: nil)
        #expect(lines[0] == "key   status        size   volume   id")
        #expect(lines[1] == "a     available   20 GiB   db       \(Self.id)")
        #expect(lines[2] == "\(long)   error                db       \(Self.id)   a note")
    }

    @Test func `ids give way, then names a little, then the columns of least worth, and at last there are blocks`() {
        let row = ["orders-pre-upgrade", "available", "20 GiB", "orders-db", Self.id, ""]
        #expect(lines([row], width: 100)[1] == "orders-pre-upgrade   available   20 GiB   orders-db   \(Self.id)")
        #expect(lines([row], width: 80)[1] == "orders-pre-upgrade   available   20 GiB   orders-db   ffa9bc5e…")
        #expect(lines([row], width: 63)[1] == "orders-pre-upgrade   available   20 GiB   orders-db   ffa9bc5e…")
        #expect(lines([row], width: 62)[1] == "orders-p…-upgrade   available   20 GiB   orders-db   ffa9bc5e…")
        let waiting = ["orders-pre-upgrade", "waiting-for-transfer", "20 GiB", "orders-db", Self.id, ""]
        #expect(lines([waiting], width: 66)[1] == "orders-pre-upgrade   waiting-for-transfer   orders-db   ffa9bc5e…")
        #expect(
            lines([row], width: 40) == ["orders-pre-upgrade", "  available · 20 GiB · volume orders-db", "  " + Self.id])
    }

    @Test func `a note stands beside its row, in its column, or under it`() {
        let row = ["a", "available", "20 GiB", "db", Self.id, "changed outside: name, description, metadata.reason and metadata.ticket"]
        #expect(lines([row], width: nil)[1].hasSuffix(" and metadata.ticket"))
        let beside = lines([row], width: 110)
        #expect(beside.count == 3 && beside[2].hasPrefix(String(repeating: " ", count: 74)), "\(beside)")
        let under = lines([row], width: 70)
        #expect(under[2] == "    changed outside: name, description, metadata.reason and", "\(under)")
    }

    @Test func `names are cut in the middle, and never inside a character`() {
        #expect(TextWidth.middle("orders-pre-upgrade", to: 12) == "orders…grade")
        #expect(TextWidth.middle("orders", to: 6) == "orders" && TextWidth.middle("orders", to: 1) == "…")
        for width in 0...20 { #expect(TextWidth.columns(TextWidth.middle("数据库👨‍👩‍👧e\u{301}-备份", to: width)) <= max(width, 0)) }
    }

    @Test func `without rows there is nothing`() { #expect(lines([], width: 80).isEmpty) }

    /// SplitMix64: the same rows for the same seed, on every machine.
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    @Test func `a long name among short ones keeps its beginning and its end`() {
        let table = TextTable(columns: [.init(kind: .name(atLeast: 12)), .init(), .init()])
        let rows = ["a", "b", "c" + String(repeating: "x", count: 60) + "z"].map {
            TextTable.Row(cells: [$0, String(repeating: "s", count: 20), String(repeating: "t", count: 20)])
        }
        let lines = table.lines(rows, width: 60, style: .plain)
        #expect(lines[2].hasPrefix("cxxxx"))
        #expect(lines[2].contains("z   s"), "\(lines[2])")
    }

    // "Rows never break": no line of any table is wider than the width, and every row's key is in sight, whole or cut.
    @Test func `no line is wider than the terminal, whatever the cells hold`() {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = Random(state: seed)
        let letters: [Character] = Array("abcdefghij-_.0123456789") + ["数", "据", "🙂", "👨‍👩‍👧", "é", "e\u{301}"]
        func word(_ most: Int) -> String {
            String((0..<Int.random(in: 1...max(1, most), using: &random)).map { _ in letters.randomElement(using: &random)! })
        }
        func text(_ words: Int, _ most: Int) -> String {
            (0..<Int.random(in: 0...words, using: &random)).map { _ in word(most) }.joined(separator: " ")
        }
        for round in 0..<60 {
            var columns: [TextTable.Column] = [.init(head: Bool.random(using: &random) ? "key" : "", kind: .name(atLeast: 12))]
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let kind: TextTable.Column.Kind = [.text, .name(atLeast: 9), .id].randomElement(using: &random)!
                columns.append(
                    .init(
                        head: columns[0].head.isEmpty ? "" : word(8), kind: kind, isNumber: Bool.random(using: &random),
                        worth: Bool.random(using: &random) ? Int.random(in: 1...5, using: &random) : nil,
                        label: Bool.random(using: &random) ? word(6) : ""))
            }
            if Bool.random(using: &random) { columns.append(.init(kind: .prose)) }
            let hasSigns = Bool.random(using: &random)
            let rows = (0..<Int.random(in: 1...8, using: &random)).map { index in
                let cells = columns.enumerated().map { position, column in
                    switch column.kind {
                    case _ where position == 0: "\(index)" + word(index == 3 ? 200 : 24)
                    case .text: text(2, index == 5 ? 80 : 12)
                    case .name: text(1, 40)
                    case .id: Bool.random(using: &random) ? Self.id : ""
                    case .prose: text(20, 30) + (Bool.random(using: &random) ? "\nhelp: " + text(9, 12) : "")
                    }
                }
                return TextTable.Row(sign: hasSigns ? "±" : "", cells: cells, role: .keep)
            }
            let table = TextTable(
                columns: columns, indent: Int.random(in: 0...2, using: &random), gap: Int.random(in: 2...4, using: &random))
            for width in 24...200 {
                let lines = table.lines(rows, width: width, style: .coloured)
                let widest = lines.map(TextFlow.columns).max() ?? 0
                #expect(widest <= width, "seed \(seed), round \(round), width \(width): \(lines)")
                for row in rows {
                    let begins = "\(row.sign.isEmpty ? "" : row.sign + " ")\(row.cells[0].prefix(3))"
                    #expect(lines.contains { $0.contains(begins) }, "seed \(seed), round \(round), width \(width): \(begins)")
                }
            }
            // A pipe gets every key whole.
            let whole = table.lines(rows, width: nil, style: .plain)
            for row in rows { #expect(whole.contains { $0.contains(row.cells[0]) }, "seed \(seed), round \(round)") }
        }
    }
}

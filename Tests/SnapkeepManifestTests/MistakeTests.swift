import SnapkeepCore
import SnapkeepManifest
import Testing

@Suite("P9: every mistake is named at its place, with a remedy")
struct MistakeTests {
    @Test("each kind of mistake is named by its code, at its place and with its remedy", arguments: MistakeCase.all)
    func mistake(_ mistake: MistakeCase) throws {
        let marked = MarkedText(mistake.text)
        let source = marked.source()
        let reading = read([source])
        #expect(reading.diagnostics.map(\.code) == mistake.codes)
        #expect(reading.diagnostics.map { $0.range?.start } == marked.ranges.map(\.start))
        #expect(reading.diagnostics.map { $0.range?.end } == marked.ranges.map(\.end))
        try expectGolden(rendered(reading.diagnostics, [source]), "\(mistake.name).txt")
    }

    @Test("ten different mistakes in one manifest are all reported in one run")
    func tenMistakes() throws {
        let marked = MarkedText(
            """
            version: 1
            stack: «" payments"»
            «volumnes»: {}
            volumes:
              orders-db: \(ordersID)
            snapshots:
              - name: ledger-nightly
                «volme»: orders-db
                volume: orders-db
                force: «"yes"»
              - name: «ledger-nightly»
                volume: «oders-db»
                timeout: «90»
              - «just a text»
              - volume: orders-db
                name: audit
                description: «"two\\nlines"»
                metadata: {«cost center»: a, team: «~»}
                «volume»: orders-db

            """)
        let reading = read([marked.source()])
        let starts = reading.diagnostics.compactMap { $0.range?.start }
        #expect(starts == marked.ranges.map(\.start))
        #expect(Set(reading.diagnostics.map(\.code)).count >= 10)
        #expect(reading.manifest.snapshots.isEmpty)
        try expectGolden(rendered(reading.diagnostics, [marked.source()]), "ten-mistakes.txt")
    }

    @Test("a block scalar whose line break a description cannot keep is refused, with the one that fits", arguments: ["|", ">", "|+"])
    func blockScalars(_ indicator: String) {
        let reading = read("snapshots:\n  - name: a\n    volume_id: \(ordersID)\n    description: \(indicator)\n      one\n")
        #expect(reading.diagnostics.map(\.code) == ["text-line-break"])
        #expect(reading.diagnostics.first?.help?.contains(">-") == true)
    }

    @Test(
        "P3: a manifest without snapshots is an error of its own, which --allow-empty lifts",
        arguments: ["snapshots: []", "snapshots:", "stack: a"])
    func emptyManifest(_ text: String) {
        let reading = read(text)
        #expect(reading.diagnostics.map(\.code) == [ManifestReading.emptyManifestCode])
        #expect(reading.hasErrors)
    }

    @Test("an empty list beside another mistake is not called empty on top")
    func noFollowUp() {
        #expect(read("snapshtos: []\n").diagnostics.map(\.code) == ["unknown-key"])
        #expect(read("snapshots: [7]\n").diagnostics.map(\.code) == ["wrong-kind"])
    }

    @Test("a syntax error keeps what was found before it, and the next file is read all the same")
    func afterSyntaxError() {
        let reading = read(
            "snapshots:\n  - {name: a, volume_id: \(ordersID), force: yes}\n  - {name: b, volume_id: \(ordersID)}\n  - {name: lost}\n\t- x\n",
            "snapshots:\n  - {name: c, volume_id: \(ordersID), protect: no}\n  - {name: d, volume_id: \(ordersID)}\n")
        #expect(reading.diagnostics.map(\.code) == ["not-boolean", "yaml-syntax", "not-boolean"])
        #expect(reading.diagnostics.map { $0.range?.source } == [0, 0, 1])
        #expect(reading.manifest.snapshots.map(\.name.text) == ["b", "d"])
    }

    @Test("what an unread rest might declare is not called missing or unused")
    func incompleteFile() {
        #expect(read("snapshots:\n  - {name: a, volume: x}\n\t").diagnostics.map(\.code) == ["yaml-syntax"])
        #expect(read("volumes: {x: \(ordersID)}\n\t- 1").diagnostics.map(\.code) == ["yaml-syntax"])
    }

    @Test("places of two files: a key used twice shows both")
    func acrossFiles() throws {
        let reading = read("snapshots: [{name: a, volume_id: \(ordersID)}]\n", "# second\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n")
        let finding = try #require(reading.diagnostics.first)
        #expect(finding.code == "duplicate-snapshot")
        #expect(finding.range?.source == 1)
        #expect(finding.range?.start == SourcePosition(line: 2, column: 20))
        guard case .range(let first) = finding.notes[0].subject else { return #expect(Bool(false), "the note has no place") }
        #expect(first.source == 0)
        #expect(first.start == SourcePosition(line: 1, column: 20))
    }

    @Test("more than a hundred: errors go before warnings, the rest is counted")
    func floodOfMistakes() {
        let longName = String(repeating: "n", count: 60)
        var text = "snapshots:\n"
        for number in 10_000..<10_300 { text += "  - {name: \(longName)\(number), volume_id: \(ordersID)}\n" }
        for _ in 0..<150 { text += "  - 7\n" }
        let reading = read(text)
        #expect(reading.diagnostics.count == 101)
        #expect(reading.diagnostics.errorCount == 100)
        #expect(reading.diagnostics.warningCount == 0)
        #expect((reading.omittedErrors, reading.omittedWarnings) == (50, 301))
        #expect(reading.diagnostics.last?.message == "50 more errors and 301 more warnings not shown")
    }
}

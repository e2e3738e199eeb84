import SnapkeepCore
import Testing

@testable import SnapkeepManifest

@Suite("P9: no input makes the reader crash, hang or take memory out of proportion")
struct HostileTests {
    /// Nine levels of nine aliases each: 387 million nodes, were they all followed.
    private static let bomb: String = {
        var text = "volumes: {v: \(ordersID)}\ndefaults:\n  metadata: {}\n"
        text += "snapshots:\n  - name: x\n    volume: v\n    metadata:\n      <<:\n        - &a0 {k: v}\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "        - &a\(level) {<<: [\(aliases)]}\n"
        }
        return text
    }()

    @Test("a bomb of merges ends at the limit of expansion")
    func mergeBomb() { #expect(read(Self.bomb).diagnostics.map(\.code) == ["expansion-too-large"]) }

    @Test("a bomb of lists where a text is expected costs nothing: it is refused, not followed")
    func listBomb() {
        var text = "snapshots:\n  - name: &a0 [x, x]\n    volume_id: \(ordersID)\n"
        for level in 1...20 { text += "  - name: &a\(level) [*a\(level - 1), *a\(level - 1)]\n    volume_id: \(ordersID)\n" }
        #expect(read(text).diagnostics.map(\.code) == Array(repeating: "wrong-kind", count: 21))
    }

    // libyaml puts the whole prefix before each tag: seven bytes of text become as many as the directive has.
    @Test("a prefix of tags that is long ends the reading at its first use", arguments: [1000, 1 << 10, 1 << 20])
    func tagBomb(length: Int) {
        let nodes = Array(repeating: "!a!x 1", count: 5000).joined(separator: ", ")
        let text = "%TAG !a! tag:\(String(repeating: "x", count: length))\n---\nsnapshots:\n  - [\(nodes)]\n"
        let diagnostics = read(text).diagnostics
        if length == 1000 {
            #expect(diagnostics.contains { $0.code == "unsupported-tag" } && !diagnostics.contains { $0.code == "tag-too-long" })
        } else {
            #expect(diagnostics.map(\.code) == ["wrong-kind", "tag-too-long"])
        }
    }

    @Test("aliases may repeat ten times the file's events and the allowance, and no more")
    func expansionLimit() {
        var limits = ManifestLimits.standard
        limits.expansionAllowance = 10
        limits.expansionFactor = 1
        let pairs = (0..<30).map { "k\($0): v" }.joined(separator: ", ")
        func text(_ count: Int) -> String {
            "snapshots:\n  - {name: a, volume_id: \(ordersID), metadata: &m {\(pairs)}}\n"
                + (0..<count).map { "  - {name: b\($0), volume_id: \(ordersID), metadata: *m}\n" }.joined()
        }
        #expect(read(text(1), limits: limits).diagnostics == [])
        #expect(read(text(5), limits: limits).diagnostics.map(\.code) == ["expansion-too-large"])
    }

    @Test("nesting: 64 levels are read, one more is not", arguments: [(64, false), (65, true), (100_000, true)])
    func nesting(_ depth: Int, _ isRefused: Bool) {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(read(text).diagnostics.map(\.code) == (isRefused ? ["wrong-kind", "too-deep"] : ["wrong-kind"]))
    }

    @Test("nesting through aliases counts as well")
    func nestingByAlias() {
        var text = "snapshots:\n  - name: a\n    volume_id: \(ordersID)\n    metadata:\n      k0: &a0 [x]\n"
        for level in 1...70 { text += "      k\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(read(text).diagnostics.contains { $0.code == "wrong-kind" })
        #expect(read("snapshots: &s [*s]").diagnostics.map(\.code) == ["recursive-alias"])
    }

    @Test("a file over the limit is refused unread")
    func fileSize() {
        var limits = ManifestLimits.standard
        limits.fileBytes = 10
        let reading = read("snapshots: []", limits: limits)
        #expect(reading.diagnostics.map(\.code) == ["file-too-large"])
        #expect(reading.diagnostics.first?.subject == .named("1.yaml"))
    }

    @Test(
        "text that is not UTF-8 is refused at its place",
        arguments: [
            ([0x61, 0x3A, 0x0A, 0x20, 0xFF], 2, 2), ([0xC3, 0xA9, 0xC3], 1, 2), ([0xC0, 0xAF], 1, 1), ([0xED, 0xA0, 0x80], 1, 1),
            ([0xF5, 0x80, 0x80, 0x80], 1, 1), ([0xFF, 0xFE, 0x61, 0x00], 1, 1), ([0xFE, 0xFF, 0x00, 0x61], 1, 1), ([0x61, 0x00], 1, 1),
            ([0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x0A, 0x80], 2, 1),
        ] as [([UInt8], Int, Int)])
    func encoding(_ bytes: [UInt8], _ line: Int, _ column: Int) {
        let reading = read([SourceFile(name: "a", bytes: bytes)])
        #expect(reading.diagnostics.map(\.code) == ["not-utf8"])
        #expect(reading.diagnostics.first?.range?.start == SourcePosition(line: line, column: column))
    }

    @Test("long keys and long lists of mistakes stay small: nothing is worded beyond what is kept")
    func floods() {
        let longKey = String(repeating: "k", count: 900)
        let many = "snapshots:\n" + String(repeating: "  - {\(longKey): 1}\n", count: 3000)
        let reading = read(many)
        #expect(reading.diagnostics.count == 101)
        #expect(reading.diagnostics.allSatisfy { $0.message.utf8.count < 200 })
        let manyUnknown = "snapshots:\n  - {" + (0..<5000).map { "u\($0): 1" }.joined(separator: ", ") + "}\n"
        #expect(read(manyUnknown).diagnostics.count <= 102)
        let manyEntries = (0..<20_000).reversed().map { "k\($0): v" }.joined(separator: ", ")
        #expect(read("snapshots: [{name: a, volume_id: \(ordersID), metadata: {\(manyEntries)}}]").diagnostics == [])
    }

    @Test("long lists of merges, unknown aliases and undeclared volumes cost no more than their length")
    func longLists() {
        let merges = Array(repeating: "*m", count: 40_000).joined(separator: ", ")
        let merged = "snapshots:\n  - {name: a, volume_id: \(ordersID), metadata: &m {k: v}}\n"
        #expect(read(merged + "  - {name: b, volume_id: \(ordersID), metadata: {<<: [\(merges)]}}\n").diagnostics == [])
        let anchors = (0..<20_000).map { "- &a\($0) x" }.joined(separator: "\n")
        let unknown = (0..<20_000).map { "- *b\($0)" }.joined(separator: "\n")
        #expect(read("snapshots:\n\(anchors)\n\(unknown)\n").diagnostics.count == 101)
        let declared = (0..<20_000).map { "  volume-\($0): \(ordersID)" }.joined(separator: "\n")
        let used = (0..<20_000).map { "  - {name: s\($0), volume: volumes-\($0)}" }.joined(separator: "\n")
        #expect(read("volumes:\n\(declared)\nsnapshots:\n\(used)\n").diagnostics.errorCount == 100)
    }

    @Test("ten thousand rotations, each with rules of its own and moved from the one before, cost no more than their length")
    func manyRotations() {
        func text(_ count: Int, _ more: (Int) -> String) -> String {
            "limits: {snapshots_per_volume: 10000}\nrotations:\n"
                + (0..<count).map { number in
                    "  - {name: r\(number), volumes: [\(ordersID)], every: day, timezone: UTC, keep: {daily: \(number % 100 + 1), "
                        + "weekly: \(number / 100 + 1), yearly: 9}\(more(number))}\n"
                }.joined()
        }
        #expect(read(text(10_000) { _ in "" }).diagnostics.map(\.code) == ["over-limit"])
        let circle = read(text(10_000) { ", moved: {from: r\(($0 + 1) % 10_000)}" })
        #expect(circle.diagnostics.map(\.code) == ["bad-move"] && circle.manifest.rotations == [])
        #expect(read(text(10_000) { ", moved: {from: r\($0 + 1)}" }).diagnostics.errorCount == 100)
        #expect(read(text(10_000) { _ in ", at: noon" }).diagnostics.count == 101)
    }

    @Test("mutated manifests never crash the reader or the renderer, and read the same twice")
    func mutations() {
        let seeds = [
            Self.bomb, MistakeCase.all.map { MarkedText($0.text).text }.joined(separator: "\n---\n"),
            "volumes: {a: \(ordersID), b: {name: c}}\ndefaults: &d {metadata: {x: y}}\nsnapshots:\n  - &s {name: a, volume: a, <<: *d}\n  - {<<: *s, name: 'b', timeout: 1h}\n",
            "volumes: {a: \(ordersID)}\nlimits: {snapshots_per_volume: 9}\nrotations:\n  - &r {name: n, volumes: [a, \(billingID)], every: day, at: \"02:00\",\n     timezone: Europe/Berlin, keep: {daily: 7, weekly: 4}, snapshot: {name: \"{volume}-{period}\", force: true}}\n  - {<<: *r, name: m, every: week, at: sun 02:00, start_within: 2d, moved: {from: o}}\n",
            #"{"snapshots": [{"name": "a", "volume_id": "\#(ordersID)"}]}"#,
        ].map { Array($0.utf8) }
        let alphabet = Array("{}[]:,-&*!|>'\"%@`#?~ \n\t\r<\\a0é\u{FEFF}\u{85}".utf8) + [0, 0xFF, 0xC3]
        var random = SeededRandom(seed: 20_261_123)
        for round in 0..<3000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[position] = alphabet.randomElement(using: &random)!
                case 1: bytes.insert(alphabet.randomElement(using: &random)!, at: position)
                case 2: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...20, using: &random)))
                default:
                    let other = Int.random(in: 0..<bytes.count, using: &random)
                    bytes.insert(contentsOf: bytes[other..<min(bytes.count, other + 30)], at: position)
                }
                if bytes.isEmpty { bytes = [0x61] }
            }
            let source = SourceFile(name: "a", bytes: bytes)
            let reading = read([source])
            #expect(reading.manifest.snapshots.count == reading.places.count)
            #expect(reading.manifest.rotations.count == reading.rotationPlaces.count)
            #expect(reading.diagnostics.count <= 101)
            #expect(!rendered(reading.diagnostics, [source]).isEmpty)
            let again = read([source])
            #expect(again.diagnostics == reading.diagnostics && again.manifest == reading.manifest)
            _ = VolumeListReader.read(source)
        }
    }

    @Test("P9: spellings of one text do not share a hash, so that no file can be made of texts that all collide")
    func spellings() {
        let spellings = (0..<256).map { number in
            ExactText((0..<8).map { number >> $0 & 1 == 0 ? "\u{E9}" : "e\u{301}" }.joined())
        }
        #expect(Set(spellings).count == 256)
        #expect(Set(spellings.map(\.hashValue)).count > 250)
    }
}

import SnapkeepCore
import SnapkeepManifest
import Testing

@Suite("P9: mistakes in rotations")
struct RotationMistakeTests {
    /// A field of a rotation with a good value, and one with a mistake by which no other field is judged.
    private static let fields: [(field: String, good: String, bad: String, code: String)] = [
        ("name", "nightly", "night/ly", "bad-rotation-name"),
        ("volumes", "[\(ordersID)]", "[nowhere]", "unknown-volume"),
        ("every", "day", "day", ""),
        ("at", "\"02:00\"", "25:00", "bad-due-time"),
        ("timezone", "UTC", "+02:00", "bad-timezone"),
        ("start_within", "6h", "30h", "start-within-too-long"),
        ("keep", "{daily: 2}", "{daily: 0}", "keeps-nothing"),
        ("min_good", "1", "0", "bad-number"),
        ("prefer", "last", "oldest", "bad-prefer"),
        ("max_age", "400d", "400", "bad-duration"),
        ("paused", "false", "no", "not-boolean"),
        ("snapshot", "{force: true}", "{name: \"{x}\"}", "unknown-placeholder"),
        ("moved", "{from: old}", "{to: new}", "unknown-key"),
    ]

    /// A rotation with its fields in any order.
    private static func manifest(mistakes: Set<Int>, _ random: inout SeededRandom) -> String {
        let lines = fields.indices.shuffled(using: &random).map { number in
            "\(fields[number].field): \(mistakes.contains(number) ? fields[number].bad : fields[number].good)"
        }
        return "rotations:\n  - " + lines.joined(separator: "\n    ") + "\n"
    }

    private static func codes(_ mistakes: Set<Int>) -> [String] { mistakes.map { fields[$0].code }.filter { $0 != "" }.sorted() }

    @Test("each mistake is told by itself, and the rotation is not taken", arguments: fields.indices)
    func alone(_ number: Int) {
        var random = SeededRandom(seed: UInt64(number))
        let reading = read(Self.manifest(mistakes: [number], &random))
        #expect(reading.diagnostics.map(\.code) == Self.codes([number]))
        #expect(reading.manifest.rotations.isEmpty == (Self.fields[number].code != ""))
    }

    @Test("any number of mistakes in one rotation is told in one run, whatever the order of its fields", arguments: SeededRandom.seeds(100))
    func together(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let mistakes = Set(Self.fields.indices.filter { _ in random.chance(40) })
        let reading = read(Self.manifest(mistakes: mistakes, &random))
        #expect(reading.diagnostics.map(\.code).sorted() == Self.codes(mistakes))
        #expect(reading.diagnostics.allSatisfy { $0.range != nil && $0.help != nil })
        #expect(reading.manifest.rotations.count == reading.rotationPlaces.count)
    }

    @Test("the field that gives the period is one mistake: what depends on it is not judged")
    func unknownPeriod() {
        #expect(read(rotation("at: 25:00", every: "yearly")).diagnostics.map(\.code) == ["bad-every"])
        #expect(read(rotation("start_within: 30h", every: "yearly")).diagnostics.map(\.code) == ["bad-every"])
    }

    @Test("a name used in two files shows both places")
    func acrossFiles() throws {
        let finding = try #require(read(rotation(), rotation()).diagnostics.first)
        #expect(finding.code == "duplicate-rotation" && finding.range?.source == 1)
        guard case .range(let first) = finding.notes[0].subject else { return #expect(Bool(false), "the note has no place") }
        #expect(first.source == 0)
        let shared = read(rotation(), "snapshots: [{name: nightly/x@2026-10-25, volume_id: \(ordersID)}]\n")
        #expect(shared.diagnostics.map(\.code) == ["key-of-rotation"])
    }

    @Test("after a syntax error nothing is called unknown that the unread rest might declare")
    func incompleteFile() {
        #expect(read(rotation(volumes: "volumes: [x]") + "\t- 1").diagnostics.map(\.code) == ["yaml-syntax"])
    }

    @Test("what fits the limit is not told: the rules' own snapshots, the declared ones, and the new one that comes first")
    func limit() {
        func codes(_ limit: Int) -> [String] {
            read(
                "limits: {snapshots_per_volume: \(limit)}\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"
                    + rotation("min_good: 5")
                    + rotation(name: "weekly", every: "week").split(separator: "\n").dropFirst()
                    .joined(separator: "\n")
            ).diagnostics.map(\.code)
        }
        #expect(codes(9) == [])
        #expect(codes(8) == ["over-limit"])
    }
}

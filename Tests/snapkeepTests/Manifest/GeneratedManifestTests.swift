import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct GeneratedManifestTests {
    private static let project = ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!

    private static func volume(_ number: Int, _ name: String?) -> ObservedVolume {
        ObservedVolume(id: volumeID(number), name: name, status: "in-use", size: 20)
    }

    private static func volumeID(_ number: Int) -> VolumeID { VolumeID("5aa119a8-d25b-45a7-8d1b-00000000000\(number)")! }

    private static func snapshot(
        _ number: Int, _ name: String?, volume: Int = 1, description: String? = nil, metadata: [String: String] = [:],
        status: SnapshotStatus = .available, day: Int = 1
    ) -> ObservedSnapshot {
        ObservedSnapshot(
            id: SnapshotID("ffa9bc5e-1172-4021-acaf-00000000000\(number)")!, volumeID: volumeID(volume), name: name,
            description: description, metadata: Metadata(metadata), status: status, size: 20,
            createdAt: Timestamp("2026-10-0\(day)T09:12:00Z")!, updatedAt: nil)
    }

    /// Of a cloud whose ids are none that a manifest takes.
    private static func oddlyNumbered(_ name: String) -> ObservedSnapshot {
        var snapshot = snapshot(1, name)
        snapshot.id = SnapshotID("snap.1")!
        return snapshot
    }

    private func generate(_ snapshots: [ObservedSnapshot], _ volumes: [ObservedVolume] = []) -> GeneratedManifest {
        GeneratedManifest(snapshots, volumes: volumes, project: Self.project, leftOut: .init(stamped: 2, madeByServer: 0, unusable: 1))
    }

    private func read(_ text: String) -> ManifestReading { ManifestReader.read([SourceFile(name: "a.yaml", bytes: Array(text.utf8))]) }

    private static let everyday = [
        snapshot(1, "orders-nightly", description: "Daily backup", metadata: ["team": "payments", "ticket": "0017"], day: 2),
        snapshot(2, "orders-pre-upgrade", metadata: ["__system__x": "1"], day: 1), snapshot(3, "copy", volume: 2),
        snapshot(4, "copy", volume: 3),
        snapshot(5, nil, volume: 3, status: .creating, day: 3),
        snapshot(6, "two\nlines", volume: 3, description: "first\r\nsecond 📸", day: 4),
        snapshot(7, "no", volume: 4, metadata: ["bad key": "x", "good": "a # b"]),
    ]
    private static let names = [volume(1, "orders-db"), volume(2, "shared"), volume(3, "shared"), volume(4, nil), volume(5, "unused")]

    @Test("The look of a generated manifest")
    func look() {
        GoldenScreen.expect(generate(Self.everyday, Self.names).text(commandWords: ["--cloud prod"]), is: "generated.yaml")
    }

    @Test("P9: it is a manifest without any finding, and says what the cloud says")
    func isValid() throws {
        let reading = read(generate(Self.everyday, Self.names).text(commandWords: []))
        #expect(reading.diagnostics.isEmpty, "\(reading.diagnostics)")
        #expect(reading.manifest.projectID == Self.project)
        let specs = reading.manifest.snapshots
        #expect(specs.count == 7 && Set(specs.map(\.key)).count == 7)
        #expect(Set(specs.map(\.id)) == Set(Self.everyday.map(\.id)))
        let nightly = try #require(specs.first { $0.key.text == "orders-nightly" })
        #expect(
            nightly.volume == .alias("orders-db", Self.volumeID(1)) && nightly.metadata == Metadata(["team": "payments", "ticket": "0017"]))
        #expect(specs.first { $0.key.text == "orders-pre-upgrade" }?.metadata.isEmpty == true)
        #expect(specs.filter { $0.name.text == "copy" }.map(\.volume) == [.id(Self.volumeID(2)), .id(Self.volumeID(3))])
    }

    @Test("P7: the order in which the cloud lists things changes nothing")
    func isDeterministic() {
        let text = generate(Self.everyday, Self.names).text(commandWords: [])
        for _ in 0..<5 { #expect(generate(Self.everyday.shuffled(), Self.names.shuffled()).text(commandWords: []) == text) }
    }

    /// Texts that try to leave their place, and texts that no manifest takes.
    private static let hostile: [String] = [
        "", " ", "\n", "a\nsnapshots: []", "a\r\n  - name: b", "- a", "-rf", "# a", "a # b", "a: b", "'", "\"", "\\", "\\\"", "{a: b}",
        "[a]", "*a", "&a",
        "!!binary a", "|", ">", "%YAML 1.2", "---", "...", "@a", "`a`", "<<", "~", "null", "true", "0x1F", "\u{0}", "\u{1B}[31m", "\u{7F}",
        "\u{85}",
        "\u{9B}2J", "\u{2028}", "\u{2029}", "\u{202E}abc", "\u{FEFF}a", "a\u{FEFF}", "\u{FFFE}", "\u{E0001}", "\u{10FFFF}", " a", "a ",
        "a\t", "\t",
        String(repeating: "📸", count: 63), String(repeating: "📸", count: 255), String(repeating: "é", count: 255),
        String(repeating: "a", count: 255),
        "e" + String(repeating: "\u{301}", count: 300), String(repeating: "\"", count: 255), String(repeating: "\u{1}", count: 255),
        " autobk_snapshot_a", "$(touch x)", "`touch x`", "'; touch x; '", "a\\", "5aa119a8-d25b-45a7-8d1b-000000000001", "copy",
        hostileText,
    ]

    @Test("P9: whatever the cloud's texts hold, they stay in their place and the manifest is valid", arguments: hostile)
    func staysInItsPlace(_ text: String) throws {
        let snapshots = [
            Self.snapshot(1, text, description: text, metadata: [text: text, "note": text]), Self.snapshot(2, text, volume: 2),
            Self.snapshot(3, "copy"),
            Self.snapshot(4, text + "x", volume: 3, description: "b" + text),
        ]
        let generated = generate(snapshots, [Self.volume(1, text), Self.volume(2, "a" + text), Self.volume(3, "b")])
        let words = ["--cloud \(text.quotedForShell)"]
        let file = generated.text(commandWords: words)
        let reading = read(file)
        #expect(reading.diagnostics.errorCount == 0, "\(reading.diagnostics)\n\(file)")
        let (specs, items) = (reading.manifest.snapshots, generated.items)
        #expect(specs.map(\.key) == items.map(\.key))
        #expect(specs.map(\.name) == items.map(\.name))
        #expect(specs.map(\.description) == items.map(\.description))
        #expect(specs.map(\.metadata) == items.map(\.metadata))
        #expect(specs.map { $0.volume.id } == items.map { VolumeID?.some($0.observed.volumeID) })
        #expect(!holdsControlCharacter(file), "\(file)")
        // What a manifest takes is not touched.
        for item in generated.items {
            if let name = item.observed.name, (try? SnapshotName(name)) != nil { #expect(item.name.text == name) }
            if let description = item.observed.description, (try? SnapshotDescription(description)) != nil {
                #expect(item.description?.text == description)
            }
        }
    }

    @Test("Keys are the names where these are unique, else names with the beginning of the id, and never the same twice")
    func keys() {
        let full = Self.snapshot(5, "x")
        let generated = generate([
            Self.snapshot(1, "a"), Self.snapshot(2, "b"), Self.snapshot(3, "b"), Self.snapshot(4, "b-ffa9bc5e"), full,
            Self.snapshot(6, full.id.text),
            Self.snapshot(7, nil), Self.snapshot(8, nil),
        ])
        let keys = Dictionary(uniqueKeysWithValues: generated.items.map { ($0.observed.id.text.suffix(1), $0.key.text) })
        #expect(keys["1"] == "a" && keys["4"] == "b-ffa9bc5e" && keys["6"] == full.id.text)
        // The forms with the beginning of the id are taken, by a name and by the first without one: the whole id is left.
        #expect(keys["7"] == "snapshot-ffa9bc5e" && keys["2"] == "ffa9bc5e-1172-4021-acaf-000000000002")
        #expect(Set(keys.values).count == 8)
    }

    @Test("P1: what a line can name by its id is named, and takes no command; the rest is imported")
    func namesWhatExists() {
        let generated = generate([Self.snapshot(1, "a"), Self.oddlyNumbered("b")])
        #expect(generated.items.map(\.id?.text).sorted { ($0 ?? "") < ($1 ?? "") } == [nil, "ffa9bc5e-1172-4021-acaf-000000000001"])
        #expect(generated.importCommands(words: []) == ["snapkeep import b snap.1"])
        let text = generated.text(commandWords: [])
        #expect(text.contains("    id: ffa9bc5e-1172-4021-acaf-000000000001\n") && text.contains("# snapkeep import b snap.1\n"))
        #expect(read(text).diagnostics.isEmpty)
    }

    @Test("A key that looks like an option is kept from being one")
    func optionLikeKey() {
        #expect(
            generate([Self.oddlyNumbered("-rf")]).importCommands(words: ["--sandbox"]) == ["snapkeep import --sandbox -- -rf snap.1"])
        #expect(generate([Self.oddlyNumbered("it's")]).importCommands(words: []) == ["snapkeep import 'it'\\''s' snap.1"])
    }

    @Test("Many snapshots are imported by several commands, each pair once and in the order of the list")
    func manyCommands() {
        let many = (0..<45).map { number in
            ObservedSnapshot(
                id: SnapshotID("id-\(100 + number)")!, volumeID: Self.volumeID(1), name: "snap-\(100 + number)", description: nil,
                metadata: Metadata(), status: .available, size: nil, createdAt: nil, updatedAt: nil)
        }
        let commands = generate(many.reversed()).importCommands(words: ["--cloud prod"])
        #expect(commands.count == 3 && commands.allSatisfy { $0.hasPrefix("snapkeep import --cloud prod snap-") })
        let words = commands.flatMap { $0.split(separator: " ").dropFirst(4).map(String.init) }
        #expect(words == many.flatMap { [$0.name!, $0.id.text] })
    }

    @Test("P3: snapshots that another keeps, the server's and broken ones are left out and counted, within what is asked for")
    func selection() {
        let all = [
            Self.snapshot(1, "nightly-1", metadata: ["team": "a"]), Self.snapshot(2, "nightly-2", volume: 2),
            Self.snapshot(3, "autobk_snapshot_vbs_3"), Self.snapshot(4, "nightly-4", metadata: ["__system__enableActive": "true"]),
            Self.snapshot(5, "nightly-5", metadata: ["snapkeep.key": "x"]), Self.snapshot(6, "nightly-6", status: .error),
            Self.snapshot(7, "other", status: .errorDeleting), Self.snapshot(8, nil),
        ]
        func taken(_ given: SnapshotSelection) -> (String, SnapshotSelection.LeftOut) {
            var selection = given
            var leftOut = SnapshotSelection.LeftOut()
            let ids = all.filter { selection.takes($0, &leftOut) }.map { String($0.id.text.suffix(1)) }
            return (ids.joined(), leftOut)
        }
        #expect(taken(.init()) == ("128", .init(stamped: 1, madeByServer: 2, unusable: 2)))
        #expect(taken(.init(name: GlobPattern("nightly-?"))) == ("12", .init(stamped: 1, madeByServer: 1, unusable: 1)))
        #expect(taken(.init(volumes: [Self.volumeID(2)])) == ("2", .init()))
        #expect(taken(.init(metadata: [.init(key: "team", value: "a")])).0 == "1")
        #expect(taken(.init(metadata: [.init(key: "team", value: "a"), .init(key: "x", value: "")])).0 == "")
    }

    @Test("P3: a stamp says whose a snapshot is, and only a state whether it is kept: what was forgotten is nobody's")
    func forgotten() {
        func stamped(_ number: Int, _ key: String, owner: String = "o") -> ObservedSnapshot {
            Self.snapshot(number, "n\(number)", metadata: ["snapkeep.owner": owner, "snapkeep.key": key, "snapkeep.attempt": "x"])
        }
        let all = [
            stamped(1, "kept"), stamped(2, "gone"), stamped(3, "gone"), stamped(4, "kept"), stamped(5, "new"), stamped(6, "a", owner: "p"),
            Self.snapshot(7, "gone"),
        ]
        var record = PlanSamples.record("kept")
        record.id = all[0].id
        let state = RecordedState(
            header: .init(lineage: PlanSamples.lineage, serial: 1, owner: "o", endpoint: "e", projectID: ProjectID("p")!),
            records: [record], forgotten: [all[1].id, all[2].id, all[3].id])
        var selection = SnapshotSelection(records: .init(state))
        var leftOut = SnapshotSelection.LeftOut()
        let taken = all.filter { selection.takes($0, &leftOut) }
        #expect(taken.map(\.id) == [all[1].id, all[6].id])
        #expect(leftOut == .init(recorded: 1, ofOthers: 1, notRecorded: 1, forgotten: 2))
        #expect(!leftOut.words.contains { $0.contains("kept already") })
        // An import takes it back under the key of its stamp only, so nothing else gets that key.
        #expect(generate(taken).items.map(\.key.text).sorted() == ["gone", "gone-ffa9bc5e"])
    }

    @Test(
        "A pattern takes * for any text and ? for one character",
        arguments: [
            ("*", "", true), ("*", "abc", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("?", "", false), ("?", "é", true),
            ("a?c", "abc", true), ("nightly-*", "nightly-", true), ("*-*-*", "a-b", false), ("", "", true), ("", "a", false),
            ("[a]", "a", false), ("*a*b", "aab", true), ("a", "A", false),
        ] as [(String, String, Bool)])
    func patterns(_ pattern: String, _ text: String, _ fits: Bool) { #expect(GlobPattern(pattern).matches(text) == fits) }

    @Test("P9: a pattern of many stars ends soon")
    func manyStars() {
        let pattern = GlobPattern(String(repeating: "*a", count: 100) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 255)))
    }
}

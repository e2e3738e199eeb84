import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import Testing

/// A rotation with the fields that it must have, and what a test adds to them.
func rotation(_ more: String = "", name: String = "nightly", every: String = "day", volumes: String = "volumes: [\(ordersID)]") -> String {
    """
    rotations:
      - name: \(name)
        \(volumes)
        every: \(every)
        timezone: UTC
        keep: {daily: 2}
        \(more)

    """
}

@Suite("What a manifest says of rotations")
struct RotationReadingTests {
    @Test("a rotation needs a name, volumes, a period, a time zone and what is kept; all else has a default")
    func smallest() throws {
        let reading = read(rotation())
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.snapshots == [])
        let spec = try #require(reading.manifest.rotations.first)
        let id = try #require(VolumeID(ordersID))
        #expect(
            spec
                == RotationSpec(
                    name: try #require(RotationName("nightly")), volumes: .listed([RotationVolume(label: ordersID, reference: .id(id))]),
                    schedule: RotationSchedule(due: .day(minute: 0), zone: try #require(ZoneName("UTC")), startWithin: .seconds(43_200)),
                    rules: RetentionRules(counts: [.daily: 2])))
        #expect(spec.template.name == "{volume}-{period}" && spec.rules.minGood == 1 && spec.rules.prefer == .last)
    }

    @Test("each field is read, and goes before its default")
    func allFields() throws {
        let reading = read(
            """
            limits: {snapshots_per_volume: 256}
            volumes:
              orders-db: \(ordersID.uppercased())
              billing: {name: billing-data}
            defaults: {metadata: {team: payments, kind: none}, force: true, timeout: 1h, description: from the defaults}
            rotations:
              - name: nightly
                volumes: [orders-db, billing]
                every: day
                at: 02:30
                timezone: Europe/Berlin
                start_within: 6h
                keep: {last: 2, hourly: 0, daily: 7, weekly: 4, monthly: 12, yearly: 3}
                min_good: 2
                prefer: first
                max_age: 400d
                paused: true
                snapshot: {name: "{rotation}-{volume}-{period}", description: Nightly, metadata: {kind: nightly}, force: false, timeout: 30m}
                moved: {from: old-name}
              - name: by-pattern
                match: {name: "db-*", metadata: {backup: weekly}}
                every: week
                timezone: UTC
                keep: {weekly: 4}
            """)
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.snapshotsPerVolume == 256)
        #expect(reading.rotationVolumeCount == 2 && reading.rotationPlaces.count == 2)
        let (first, second) = (reading.manifest.rotations[0], reading.manifest.rotations[1])
        #expect(
            first.volumes
                == .listed([
                    RotationVolume(label: "orders-db", reference: .alias("orders-db", try #require(VolumeID(ordersID)))),
                    RotationVolume(label: "billing", reference: .named(alias: "billing", name: "billing-data")),
                ]))
        #expect(first.schedule.due == .day(minute: 150) && first.schedule.zone.text == "Europe/Berlin")
        #expect(first.schedule.startWithin == .seconds(6 * 3600))
        #expect(first.rules.counts == [.last: 2, .daily: 7, .weekly: 4, .monthly: 12, .yearly: 3])
        #expect(first.rules.minGood == 2 && first.rules.prefer == .first && first.rules.maxAge == .seconds(400 * 86_400))
        #expect(first.isPaused && first.movedFrom?.text == "old-name")
        #expect(first.template.name == "{rotation}-{volume}-{period}" && first.template.description?.text == "Nightly")
        #expect(first.template.metadata == Metadata(["team": "payments", "kind": "nightly"]))
        #expect(!first.template.force && first.template.timeout == .seconds(1800))
        #expect(second.volumes == .matching(VolumePattern(name: "db-*", metadata: Metadata(["backup": "weekly"]))))
        #expect(second.schedule.due == .week(.monday, minute: 0) && second.schedule.startWithin == .seconds(84 * 3600))
        #expect(second.template.force && second.template.timeout == .seconds(3600))
        #expect(second.template.description?.text == "from the defaults" && second.template.metadata["kind"] == "none")
        let place = reading.rotationPlaces[0].range(of: .timezone)
        #expect(place.start == SourcePosition(line: 11, column: 15) && place.end == SourcePosition(line: 11, column: 28))
        #expect(reading.rotationPlaces[1].range(of: .keep).start == SourcePosition(line: 24, column: 5))
        #expect(reading.rotationPlaces[1].range(of: .at) == reading.rotationPlaces[1].range(of: .name))
    }

    @Test(
        "a due time is written as its period needs it",
        arguments: [
            ("hour", "15", .hour(minute: 15)), ("hour", "\":05\"", .hour(minute: 5)), ("hour", ":59", .hour(minute: 59)),
            ("day", "02:00", .day(minute: 120)), ("day", "'2:00'", .day(minute: 120)), ("day", "23:59", .day(minute: 1439)),
            ("week", "sun 02:00", .week(.sunday, minute: 120)), ("week", "\"Wed 9:05\"", .week(.wednesday, minute: 545)),
            ("month", "1 02:00", .month(day: 1, minute: 120)), ("month", "31 00:00", .month(day: 31, minute: 0)),
        ] as [(String, String, DueTime)])
    func dueTimes(_ every: String, _ at: String, _ due: DueTime) {
        let reading = read(rotation("at: \(at)", every: every))
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.rotations.first?.schedule.due == due)
    }

    @Test(
        "P9: a due time that does not fit its period is refused",
        arguments: [
            ("hour", "60"), ("hour", "02:00"), ("hour", "-5"), ("hour", "\":\""), ("day", "24:00"), ("day", "2"), ("day", "02:0"),
            ("day", "sun 02:00"), ("day", "002:00"), ("day", "02:00:00"), ("week", "02:00"), ("week", "sunday 02:00"),
            ("week", "sun  02:00"), ("week", "7 02:00"), ("month", "0 02:00"), ("month", "32 02:00"), ("month", "02:00"),
            ("month", "last 02:00"), ("day", "٠٢:٠٠"),
        ])
    func badDueTimes(_ every: String, _ at: String) {
        let reading = read(rotation("at: \(at)", every: every))
        #expect(reading.diagnostics.map(\.code) == ["bad-due-time"])
        #expect(reading.manifest.rotations == [])
    }

    @Test(
        "a time that a rotation takes is weeks, days, hours, minutes and seconds",
        arguments: [("1w", 604_800), ("400d", 34_560_000), ("1w2d3h", 788_400), ("36h", 129_600), ("90m", 5400), ("1d1s", 86_401)])
    func longTimes(_ text: String, _ seconds: Int) {
        let reading = read(rotation("max_age: \(text)"))
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.rotations.first?.rules.maxAge == .seconds(seconds))
        #expect(read(rotation("max_age: 1d1w")).diagnostics.map(\.code) == ["bad-duration"])
    }

    @Test("an id has the label of its alias, so that a snapshot has one key whichever of the two is written")
    func labels() {
        let aliases = "volumes: {orders-db: \(ordersID), second: \(ordersID)}\n"
        func label(_ volume: String) -> [String] {
            let reading = read(aliases + rotation(volumes: "volumes: [\(volume)]"))
            guard case .listed(let volumes)? = reading.manifest.rotations.first?.volumes else { return [] }
            return volumes.map(\.label)
        }
        #expect(label("orders-db") == ["orders-db"])
        #expect(label(ordersID) == ["orders-db"])
        #expect(label(ordersID.uppercased()) == ["orders-db"])
        #expect(label("second") == ["second"])
        #expect(label(billingID.uppercased()) == [billingID])
    }

    @Test("what a rotation names is used, whether the rotation is good or has a mistake")
    func usedAliases() {
        let aliases = "volumes: {orders-db: \(ordersID)}\n"
        #expect(read(aliases + rotation(volumes: "volumes: [orders-db]")).diagnostics == [])
        #expect(read(aliases + rotation(volumes: "volumes: [\(ordersID)]")).diagnostics == [])
        #expect(read(aliases + rotation("paused: yes", volumes: "volumes: [orders-db]")).diagnostics.map(\.code) == ["not-boolean"])
        #expect(read(aliases + rotation(volumes: "volumes: [orders-bd]")).diagnostics.map(\.code) == ["unknown-volume"])
    }

    @Test("rotations of several files and documents add up, and defaults count for their own document")
    func severalFiles() {
        let reading = read(
            "defaults: {force: true}\n" + rotation(name: "a"), rotation(name: "b") + "---\ndefaults: {force: true}\n" + rotation(name: "c"))
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.rotations.map(\.name.text) == ["a", "b", "c"])
        #expect(reading.manifest.rotations.map(\.template.force) == [true, false, true])
        #expect(reading.rotationPlaces.map { $0.range(of: .name).source } == [0, 1, 1])
    }

    @Test("anchors and merges work: what a rotation writes itself goes first")
    func merges() {
        let reading = read(
            """
            rotations:
              - &base {name: a, match: {name: "db-*"}, every: day, timezone: UTC, keep: &keep {daily: 2}, snapshot: &s {force: true}}
              - {<<: *base, name: b, every: week, keep: {<<: *keep, weekly: 3}}
              - {<<: *base, name: c, volumes: [\(ordersID)], snapshot: {<<: *s, timeout: 1h}}
            """)
        #expect(reading.diagnostics == [])
        let rotations = reading.manifest.rotations
        #expect(rotations.map(\.schedule.unit) == [.day, .week, .day])
        #expect(rotations.map(\.rules.counts) == [[.daily: 2], [.daily: 2, .weekly: 3], [.daily: 2]])
        #expect(rotations.map(\.template.force) == [true, true, true])
        if case .listed = rotations[2].volumes {} else { #expect(Bool(false), "a merged pattern went before the rotation's own volumes") }
    }

    @Test("the rotation that the first manifest has in comments is one, once they are gone")
    func template() throws {
        let lines = ManifestTemplate.text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "# rotations:"))
        let text = (lines[..<start] + lines[start...].map { $0.hasPrefix("# ") && !$0.hasPrefix("# What") ? $0.dropFirst(2) : $0 })
            .joined(separator: "\n")
        let reading = read(text)
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.rotations.map(\.name.text) == ["nightly"] && reading.manifest.snapshotsPerVolume == 256)
    }

    @Test("rotations alone make a manifest, an empty list of them does not")
    func emptiness() {
        #expect(read("rotations: []").diagnostics.map(\.code) == [ManifestReading.emptyManifestCode])
        #expect(read("rotations:").diagnostics.map(\.code) == [ManifestReading.emptyManifestCode])
        #expect(read("limits: {snapshots_per_volume: 7}\n" + rotation()).diagnostics == [])
    }
}

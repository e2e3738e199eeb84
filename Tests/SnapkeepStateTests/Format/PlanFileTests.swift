import SnapkeepCore
import Testing

@testable import SnapkeepState

@Suite struct PlanFileTests {
    static func spec(_ number: Int, _ name: String, _ volume: VolumeReference, description: String? = nil) -> SnapshotSpec {
        SnapshotSpec(
            key: Sample.key(name), name: try! SnapshotName(name), volume: volume,
            description: description.map { try! SnapshotDescription($0) },
            metadata: Metadata(["team": "payments"]), force: true, protect: false, timeout: .seconds(1800))
    }

    static let create = spec(1, "orders", .alias("orders-db", Sample.volume(1)), description: "Before the \"4.2\" upgrade")

    static let adopting = {
        var adopting = spec(4, "adopted", .id(Sample.volume(4)))
        adopting.id = Sample.snapshot(40)
        return adopting
    }()

    /// Every change with every reason.
    static var changes: [Change] {
        let id = spec(2, "billing", .id(Sample.volume(2)))
        let named = spec(3, "ledger", .named(alias: "ledger-db", name: "ledger data"))
        let fields: [FieldChange] = [
            .name(from: "a", to: "b"), .description(from: nil, to: "new"), .description(from: "old", to: nil),
            .description(from: "old", to: "new"), .metadata(key: "reason", from: nil, to: "audit"),
            .metadata(key: "team", from: "a", to: "b"), .metadata(key: "ticket", from: "OPS-17", to: nil), .protect(from: true, to: false),
        ]
        return [
            .create(create), .update(id, recorded: Sample.record(2, "billing"), fields),
            .replace(named, recorded: Sample.record(3, "ledger"), .volume(from: Sample.volume(3), to: named.volume), prune: true),
            .replace(named, recorded: Sample.record(3, "ledger"), .failed, prune: false),
            .replace(named, recorded: Sample.record(3, "ledger"), .beingDeleted, prune: false),
            .resume(id, recorded: Sample.record(2, "billing"), []), .settle(Sample.intent(1, "orders"), create),
            .settle(Sample.intent(1, "orders"), nil), .delete(Sample.record(4, "old"), .unlisted),
            .delete(Sample.record(4, "old"), .superseded), .delete(Sample.record(4, "old"), .underWay),
            .retain(Sample.record(4, "old"), .unlisted), .retain(Sample.record(4, "old"), .superseded),
            .retain(Sample.record(4, "old"), .protected), .retain(Sample.record(4, "old"), .busy),
            .retain(Sample.record(4, "old"), .supersededProtected), .retain(Sample.record(4, "old"), .unstamped),
            .delete(Sample.record(4, "old"), .gone), .lost(Sample.record(2, "billing"), id, .gone),
            .lost(Sample.record(4, "old"), nil, .goneWithVolume),
            .lost(Sample.record(2, "billing"), id, .beingDeleted), .lost(Sample.record(2, "billing"), id, .errorDeleting),
            .replace(named, recorded: Sample.record(3, "ledger"), .lost(.gone), prune: false),
            .replace(named, recorded: Sample.record(3, "ledger"), .lost(.errorDeleting), prune: false),
            .adopt(adopting, adopting.id!, nil), .adopt(adopting, adopting.id!, []), .adopt(adopting, adopting.id!, fields),
            .lost(Sample.record(2, "adopted"), adopting, .unusable), .settle(Sample.intent(1, "adopted"), adopting),
        ]
    }

    /// Rotations with every schedule, and each field that may be left out or given.
    static var rotations: [RotationSpec] {
        let zone = ZoneName("Europe/Berlin")!
        let listed = RotationVolumes.listed([
            RotationVolume(label: "orders-db", reference: .alias("orders-db", Sample.volume(1))),
            RotationVolume(label: "ledger-db", reference: .named(alias: "ledger-db", name: "ledger data")),
        ])
        let pattern = RotationVolumes.matching(VolumePattern(name: "db-*", metadata: Metadata(["backup": "nightly"])))
        let template = SnapshotTemplate(
            name: "{rotation}-{volume}-{period}", description: try! SnapshotDescription("nightly"), metadata: Metadata(["a": "b"]),
            force: true, timeout: .seconds(60))
        let rules = RetentionRules(counts: [.last: 2, .yearly: 3], minGood: 2, prefer: .first, maxAge: .seconds(86_400))
        func rotation(_ name: String, _ volumes: RotationVolumes, _ due: DueTime, isPaused: Bool = false, from: String? = nil)
            -> RotationSpec
        {
            RotationSpec(
                name: RotationName(name)!, volumes: volumes, schedule: RotationSchedule(due: due, zone: zone, startWithin: .seconds(900)),
                rules: rules, isPaused: isPaused, template: isPaused ? SnapshotTemplate() : template,
                movedFrom: from.flatMap { RotationName($0) })
        }
        return [
            rotation("hours", listed, .hour(minute: 59)), rotation("days", pattern, .day(minute: 120)),
            rotation("weeks", listed, .week(.sunday, minute: 0), isPaused: true),
            rotation("months", .matching(VolumePattern()), .month(day: 31, minute: 1439), from: "old"),
        ]
    }

    @Test("P5: a saved plan carries its rotations whole, for it is carried out without its manifest")
    func declaredRotations() throws {
        var saved = Self.saved([])
        saved.places = [:]
        let now = ZonedTime("2026-10-25T02:00:00+01:00")!
        saved.plan.rotations = RotationPlan(now: now, declared: Self.rotations, leftOut: 3, standings: [])
        saved.plan.basis.reviewedDigest = "0a1b2c3d"
        saved.options.onlyChangedByManifest = true
        let bytes = PlanFile.encode(saved)
        let read = try PlanFile.decode(bytes)
        #expect(read == saved)
        #expect(PlanFile.encode(read) == bytes)
    }

    @Test("P3: a plan that lets go what no rotation of its declares is refused: it would stand outside of every limit")
    func undeclaredExpiry() throws {
        let record = Sample.record(4, "nightly/db@2026-03-01")
        let expiry = Expiry(reason: .failed, isByEdit: false)
        var saved = Self.saved([.expire(record, expiry)])
        #expect(throws: StateFileProblem.self) { try PlanFile.decode(PlanFile.encode(saved)) }
        saved.plan.rotations = RotationPlan(now: ZonedTime("2026-10-25T02:00:00+01:00")!, declared: Self.rotations, standings: [])
        #expect(throws: StateFileProblem.self) { try PlanFile.decode(PlanFile.encode(saved)) }
    }

    @Test(
        "P9: a difference of clocks that no two clocks have is refused", arguments: [Int.min, 9_223_372_036_854_775_807, 315_576_000_001])
    func clockDifference(seconds: Int) throws {
        var saved = Self.saved([])
        saved.plan.rotations = RotationPlan(
            now: ZonedTime("2026-10-25T02:00:00+01:00")!, declared: [], suspension: .clockDiffers(.seconds(4000)), standings: [])
        let text = String(decoding: PlanFile.encode(saved), as: UTF8.self)
        #expect(text.contains("\"clock_difference_seconds\":4000"))
        let forged = text.replacing("_seconds\":4000", with: "_seconds\":\(seconds)")
        #expect(throws: StateFileProblem.self) { try PlanFile.decode(Array(forged.utf8)) }
    }

    @Test(
        "P9: a rotation in a saved plan that contradicts itself, or whose snapshots could not be named, is refused",
        arguments: [
            ("\"every\":\"hour\",\"minute\":59", "\"every\":\"hour\",\"minute\":60"),
            ("\"every\":\"hour\"", "\"every\":\"month\""), ("\"weekday\":\"sun\"", "\"weekday\":\"sol\""),
            ("\"day\":31", "\"day\":32"), ("\"timezone\":\"Europe/Berlin\"", "\"timezone\":\"../etc/passwd\""),
            ("\"start_within_seconds\":900", "\"start_within_seconds\":9223372036854775807"),
            ("\"match\":{\"metadata\":{}}", "\"paused\":false"), ("\"name\":\"weeks\"", "\"name\":\"hours\""),
            ("\"label\":\"orders-db\"", "\"label\":\"\(String(repeating: "x", count: 300))\""),
        ])
    func badRotation(_ change: (good: String, bad: String)) throws {
        var saved = Self.saved([])
        saved.plan.rotations = RotationPlan(
            now: ZonedTime("2026-10-25T02:00:00+01:00")!, declared: Self.rotations, standings: [])
        let text = String(decoding: PlanFile.encode(saved), as: UTF8.self)
        #expect(text.contains(change.good))
        #expect(throws: StateFileProblem.self) {
            try PlanFile.decode(Array(text.replacing(change.good, with: change.bad, maxReplacements: 1).utf8))
        }
    }

    static func saved(_ changes: [Change], id: PlanID? = nil) -> SavedPlan {
        let basis = Plan.Basis(
            lineage: Sample.lineage, serial: 12, isFirst: false, owner: "payments-prod", endpoint: "sandbox", projectID: Sample.project)
        let place = SavedPlace(file: "snapshots.yaml", start: SourcePosition(line: 5, column: 5), end: SourcePosition(line: 5, column: 11))
        return SavedPlan(
            plan: Plan(basis: basis, changes: changes, declaredCount: 43, recordedCount: 41, unchangedCount: 38), id: id,
            places: [Sample.key("orders"): place], title: "snapshots.yaml", options: .init(prune: true))
    }

    /// The document that `plan --format json` prints and `plan --out` saves: other programs read it.
    static let golden = #"""
        {
          "format":"snapkeep.plan",
          "version":1,
          "id":"abababababababababababababababababababababababababababababababab",
          "title":"snapshots.yaml",
          "basis":{"lineage":"00000000-0000-4000-8000-000000000001","serial":12,"first":false,"owner":"payments-prod","endpoint":"sandbox","project_id":"0c2eba2c5af04d3f9e9d0d410b371fde"},
          "options":{"prune":true},
          "counts":{"declared":43,"recorded":41,"unchanged":38},
          "summary":{"create":1,"update":0,"replace":0,"await":0,"settle":0,"delete":1,"keep":0,"lost":0},
          "diagnostics":[],
          "changes":[
            {"action":"create","key":"orders","spec":{"key":"orders","name":"orders","volume":{"alias":"orders-db","id":"00000000-0000-4000-8000-000000003001"},"description":"Before the \"4.2\" upgrade","metadata":{"team":"payments"},"force":true,"protect":false,"timeout_seconds":1800},"source":{"file":"snapshots.yaml","line":5,"column":5,"end_line":5,"end_column":11}},
            {"action":"delete","key":"old","recorded":{"key":"old","id":"00000000-0000-4000-8000-000000002004","volume_id":"00000000-0000-4000-8000-000000003004","name":"old","description":"Daily","metadata":{"team":"payments"},"status":"available","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false,"attempt":"00000000-0000-4000-8000-000000001004"},"origin":"unlisted"}
          ]
        }

        """#

    @Test("A saved plan is this document byte for byte")
    func writesTheDocument() {
        #expect(
            PlanFile.encode(Self.saved([.create(Self.create), .delete(Sample.record(4, "old"), .unlisted)], id: Sample.plan)).text
                == Self.golden)
    }

    @Test("What is written is read back as it was, with any changes and with none")
    func readsWhatItWrites() throws {
        for changes in [Self.changes, []] + Self.changes.map({ [$0] }) {
            var saved = Self.saved(changes, id: Sample.plan)
            if !changes.contains(where: { $0.key.text == "orders" }) { saved.places = [:] }
            #expect(try PlanFile.decode(PlanFile.encode(saved)) == saved)
        }
        var unbound = Self.saved([])
        unbound.places = [:]
        unbound.plan.basis = .init(lineage: nil, serial: 0, isFirst: true, owner: nil, endpoint: nil, projectID: nil)
        #expect(try PlanFile.decode(PlanFile.encode(unbound)) == unbound)
    }

    @Test("P5: a plan that adopts nothing is the same bytes as before there were adoptions; one that does counts them")
    func adoptions() throws {
        #expect(!PlanFile.encode(Self.saved([.create(Self.create)])).text.contains("adopt"))
        let text = PlanFile.encode(Self.saved([.adopt(Self.adopting, Self.adopting.id!, nil)])).text
        #expect(text.contains(#""create":0,"adopt":1,"update":0"#))
        #expect(text.contains(#"{"action":"adopt","key":"adopted","spec":{"#))
        #expect(text.contains(#""adopts":"\#(Sample.snapshot(40).text)""#))
    }

    @Test("P5: an adoption of another snapshot than its line names is no plan of ours")
    func adoptionOfAnother() {
        let text = PlanFile.encode(Self.saved([.adopt(Self.adopting, Self.adopting.id!, nil)])).text
            .replacing(#""adopts":"\#(Sample.snapshot(40).text)""#, with: #""adopts":"\#(Sample.snapshot(41).text)""#)
        #expect(throws: StateFileProblem.self) { try PlanFile.decode(Array(text.utf8)) }
    }

    // `show` renders a plan long after its manifest has gone; older plans have no names, and are read.
    @Test func `names of volumes are kept, sorted by id`() throws {
        var saved = Self.saved([.delete(Sample.record(4, "old"), .unlisted)], id: Sample.plan)
        saved.places = [:]
        #expect(!PlanFile.encode(saved).text.contains("volumes"))
        #expect(try PlanFile.decode(PlanFile.encode(saved)).plan.aliases.isEmpty)
        let (first, second) = (VolumeID("00000000-0000-4000-8000-000000003004")!, VolumeID("00000000-0000-4000-8000-000000003005")!)
        saved.plan.aliases = [second: "billing \"b\"", first: "orders-db"]
        let text = PlanFile.encode(saved).text
        #expect(
            text.contains(
                "  \"volumes\":[\n    {\"alias\":\"orders-db\",\"id\":\"\(first.text)\"},\n"
                    + "    {\"alias\":\"billing \\\"b\\\"\",\"id\":\"\(second.text)\"}\n  ],"), "\(text)")
        #expect(try PlanFile.decode(PlanFile.encode(saved)) == saved)
        let bad = text.replacing("{\"alias\":\"orders-db\",", with: "{")
        #expect(throws: StateFileProblem.self) { try PlanFile.decode(Array(bad.utf8)) }
    }

    @Test("The document is put together from the bytes behind the id, and is the one that is encoded")
    func isWrittenOnce() {
        for changes in [Self.changes, []] {
            let saved = Self.saved(changes, id: Sample.plan)
            #expect(PlanFile.document(canonicalBytes: PlanFile.canonicalBytes(of: saved), id: Sample.plan) == PlanFile.encode(saved))
        }
    }

    @Test("What a refresh found stands in the plan and is read back")
    func readsWhatARefreshFound() throws {
        var saved = Self.saved([], id: Sample.plan)
        saved.places = [:]
        saved.options.recreate = true
        saved.plan.basis.isRefreshed = true
        saved.plan.drift = [
            .init(key: Sample.key("a"), id: Sample.record(1, "a").id, fields: [.name(from: "a", to: "b")]),
            .init(key: Sample.key("b"), id: Sample.record(2, "b").id, fields: [.metadata(key: "k", from: "v", to: nil)]),
        ]
        let text = PlanFile.encode(saved).text
        #expect(text.contains(#""project_id":"0c2eba2c5af04d3f9e9d0d410b371fde","refreshed":true}"#))
        #expect(text.contains(#""options":{"prune":true,"recreate":true}"#))
        #expect(try PlanFile.decode(PlanFile.encode(saved)) == saved)
    }

    /// What was found with it, wherever it points.
    static let findings = [
        PlacedDiagnostic(
            .error, code: "volume-attached", "the volume of 'orders' is attached and 'force' is not set",
            at: .file("snapshots.yaml", start: SourcePosition(line: 5, column: 5), end: SourcePosition(line: 5, column: 11)),
            notes: [
                .init("volume 5aa119a8 is in use"), .init("first", at: .file("a.yaml", start: .init(line: 1, column: 2), end: nil)),
                .init("kept", at: .named("snapkeep.state.json")),
            ], help: "add 'force: true'"),
        PlacedDiagnostic(.warning, code: "too-many-deletions", "apply will refuse this plan"),
        PlacedDiagnostic(.note, code: "n", "m", at: .named("GET /v3")),
    ]

    @Test func `what was found when it was made is a part of the plan and of its id, the exit code of a command is not`() throws {
        var saved = Self.saved(Self.changes, id: Sample.plan)
        saved.findings = Self.findings
        #expect(try PlanFile.decode(PlanFile.encode(saved)) == saved)
        #expect(try PlanFile.decode(PlanFile.encode(saved, exitCode: 1)) == saved)
        // Nor is what the deletions come to.
        saved.plan.changes.append(.delete(Sample.record(8, "sized"), .unlisted))
        #expect(PlanFile.encode(saved, exitCode: 1).text.contains("\"size_to_delete\""))
        #expect(!PlanFile.encode(saved).text.contains("size_to_delete"))
        let canonical = PlanFile.canonicalBytes(of: saved)
        #expect(
            PlanFile.document(canonicalBytes: canonical, id: Sample.plan, printed: .init(exitCode: 1, saved.plan))
                == PlanFile.encode(saved, exitCode: 1))
        #expect(canonical != PlanFile.canonicalBytes(of: Self.saved(Self.changes, id: Sample.plan)))
        #expect(
            PlanFile.encode(saved).text.contains(
                #"{"severity":"error","code":"volume-attached","message":"the volume of 'orders' is attached and 'force' is not set","file":"snapshots.yaml","line":5,"column":5,"end_line":5,"end_column":11,"notes":[{"message":"volume 5aa119a8 is in use"},{"message":"first","file":"a.yaml","line":1,"column":2},{"message":"kept","place":"snapkeep.state.json"}],"help":"add 'force: true'"},"#
            ))
    }

    @Test("P5: a plan says which contents of the state it was made from, in the words of the state's own file")
    func bindsContents() throws {
        let digest = StateFile.digest(of: Sample.state)
        #expect(StateFile.encode(Sample.state).text.contains(#""header":"\#(digest)"}"#))
        var saved = Self.saved(Self.changes, id: Sample.plan)
        saved.plan.basis.stateDigest = digest
        #expect(PlanFile.encode(saved).text.contains(#","state_digest":"\#(digest)"}"#))
        #expect(try PlanFile.decode(PlanFile.encode(saved)) == saved)
        // Whatever differs, at the same serial.
        var other = Sample.state
        other.records[0].protect.toggle()
        #expect(StateFile.digest(of: other) != digest)
        other = Sample.state
        other.header.lastRun = Sample.runID(99)
        #expect(StateFile.digest(of: other) != digest)
    }

    @Test("P7: equal plans are equal bytes, and the bytes behind the id do not hold the id")
    func isDeterministic() throws {
        let bytes = PlanFile.encode(Self.saved(Self.changes, id: Sample.plan))
        #expect(PlanFile.encode(Self.saved(Self.changes, id: Sample.plan)) == bytes)
        #expect(PlanFile.encode(try PlanFile.decode(bytes)) == bytes)
        #expect(
            PlanFile.canonicalBytes(of: Self.saved(Self.changes, id: Sample.plan)) == PlanFile.canonicalBytes(of: Self.saved(Self.changes)))
    }

    @Test("P5: whatever a hand changes in a saved plan is refused at once, or shows in the bytes behind the id")
    func everyEditIsSeen() throws {
        var saved = Self.saved(Self.changes, id: Sample.plan)
        saved.findings = Self.findings
        let bytes = PlanFile.encode(saved)
        let canonical = PlanFile.canonicalBytes(of: saved)
        var seen = 0
        for index in bytes.indices {
            var edited = bytes
            edited[index] ^= index % 3 == 2 ? 1 << 5 : 1 << (index % 3)
            guard let read = try? PlanFile.decode(edited) else { continue }
            // A blank elsewhere, or a UUID in capitals, is the same plan.
            if read == saved { continue }
            seen += 1
            if PlanFile.canonicalBytes(of: read) == canonical && read.id == saved.id { Issue.record("byte \(index)") }
        }
        #expect(seen > 300)
    }

    @Test(
        "What does not hang together in a plan is named at its place",
        arguments: [
            ("\"delete\":1", "\"delete\":2", 9, 13, "the summary does not agree with the changes"),
            ("\"action\":\"create\",\"key\":\"orders\"", "\"action\":\"create\",\"key\":\"other\"", 12, 5, "the keys of one change differ"),
            ("\"action\":\"create\"", "\"action\":\"destroy\"", 12, 15, "expected the action of a change"),
            (
                "\"action\":\"create\"", "\"action\":\"create\",\"prune\":true", 12, 5,
                "the action 'create' has a field that belongs to another action"
            ),
            (
                "\"origin\":\"unlisted\"", "\"origin\":\"whim\"", 13, 5,
                "the origin of a deletion is 'unlisted', 'superseded', 'under_way' or 'gone'"
            ),
            ("\"name\":\"orders\"", "\"name\":\"autobk_snapshot_1\"", 12, 69, "expected a name that a snapshot can have"),
        ])
    func namesTheDamage(old: String, new: String, line: Int, column: Int, message: String) {
        let text = Self.golden.replacing(old, with: new)
        #expect(throws: StateFileProblem.damaged(SourcePosition(line: line, column: column), message)) {
            try PlanFile.decode([UInt8](text))
        }
    }

    @Test("Another file, and the plan of a newer program, are told apart from a damaged plan")
    func tellsOtherFilesApart() {
        #expect(throws: StateFileProblem.otherContent("is of the format 'snapkeep.state', not 'snapkeep.plan'")) {
            try PlanFile.decode(StateFile.encode(Sample.state))
        }
        #expect(throws: StateFileProblem.tooNew(version: 9)) {
            try PlanFile.decode([UInt8]("{\"format\":\"snapkeep.plan\",\"version\":9}"))
        }
    }
}

@Suite struct HistoryFileTests {
    static var entry: HistoryEntry {
        var counts = HistoryCounts()
        counts.created = 2
        counts.stillCreating = 1
        var work = RunWork()
        for number in 1...3 { work.add(.created, .init(key: Sample.key("snap-\(number)"), id: Sample.snapshot(number))) }
        work.add(.deleted, .init(key: nil, id: Sample.snapshot(9)))
        return HistoryEntry(
            run: Sample.run(1), serialBefore: 12, serialAfter: 13, counts: counts, work: work, plan: Sample.plan, exitCode: 3)
    }

    static let golden =
        #"{"at":"2026-11-23T09:12:00.081642Z","run":"00000000-0000-4000-8000-000000004001","command":"apply","pid":4211,"host":"build-7","user":"ci","serial_before":12,"serial_after":13,"counts":{"created":2,"adopted":0,"updated":0,"replaced":0,"awaited":0,"deleted":0,"still_creating":1,"still_deleting":0,"failed":0,"not_started":0,"not_recorded":0,"found":0,"forgotten":0,"renamed":0},"snapshots":{"created":[{"key":"snap-1","id":"00000000-0000-4000-8000-000000002001"},{"key":"snap-2","id":"00000000-0000-4000-8000-000000002002"},{"key":"snap-3","id":"00000000-0000-4000-8000-000000002003"}],"deleted":[{"id":"00000000-0000-4000-8000-000000002009"}]},"plan":"abababababababababababababababababababababababababababababababab","exit_code":3,"ended":"exited"}"#

    @Test("A line of the history is this byte for byte, and is read back")
    func writesAndReadsALine() {
        #expect(Self.entry.encoded.text == Self.golden)
        #expect(HistoryEntry(encoded: [UInt8](Self.golden)) == Self.entry)
    }

    @Test func `a run that was killed has no exit code`() {
        var entry = Self.entry
        entry.exitCode = nil
        let text = Self.golden.replacing(#""exit_code":3,"ended":"exited""#, with: #""exit_code":null,"ended":"killed""#)
        #expect(entry.encoded.text == text)
        #expect(HistoryEntry(encoded: [UInt8](text)) == entry)
    }

    @Test func `lines of older programs are read, and a brief reading leaves the snapshots out`() {
        let older =
            #"{"at":"2026-11-23T09:12:00.081642Z","run":"00000000-0000-4000-8000-000000004001","command":"apply","pid":4211,"host":"build-7","user":"ci","serial_before":12,"serial_after":13,"counts":{"created":2},"exit_code":0}"#
        #expect(HistoryFile.decode([UInt8](older)).entries.map(\.counts.created) == [2])
        var brief = Self.entry
        brief.work = RunWork()
        #expect(HistoryFile.decode([UInt8](Self.golden), namesSnapshots: false).entries == [brief])
    }

    @Test func `a count under the name that it had before is read`() {
        let older = Self.golden.replacing(#""not_recorded":0"#, with: #""unrecorded":4"#)
        #expect(HistoryEntry(encoded: [UInt8](older))?.counts.unrecorded == 4)
    }

    @Test("A bad line of the history costs itself only; what a newer program added is passed over")
    func readsLeniently() {
        let newer = Self.golden.replacing("\"exit_code\"", with: "\"region\":{\"a\":[1]},\"exit_code\"")
        let contents = HistoryFile.decode([UInt8]("\(Self.golden)\nrubbish\n\n{\"at\":1}\n\(newer)\n\(Self.golden.dropLast(9))"))
        #expect(contents.entries == [Self.entry, Self.entry])
        #expect(contents.damagedLines == 3)
    }
}

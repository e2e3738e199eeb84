import SnapkeepCore
import Testing

@Suite("Looking for what was made elsewhere, before anything is created")
struct CreationSearchTests {
    private static let owner = "payments-prod"

    private static func snapshot(
        _ id: String, key: String, owner: String = owner, attempt: Int = 1, status: SnapshotStatus = .available, name: String = "n"
    ) -> ObservedSnapshot {
        ObservedSnapshot(
            id: SnapshotID(id)!, volumeID: Sample.volume(1), name: name, description: nil,
            metadata: Stamp(owner: owner, key: key, attempt: Sample.attempt(attempt).text).metadata, status: status, size: 1,
            createdAt: nil,
            updatedAt: nil)
    }

    private static func orphans(_ snapshots: ObservedSnapshot..., in state: RecordedState? = nil) -> [String: [SnapshotID]] {
        var search = CreationSearch(keys: [Sample.key("a"), Sample.key("b")], owner: owner, state: state)
        for snapshot in snapshots + snapshots { search.see(snapshot) }
        return search.orphans
    }

    @Test("P1: a snapshot with our stamp and a key that is about to be created is found, and only such a one")
    func found() {
        let others = [
            Self.snapshot("other-owner", key: "a", owner: "search-prod"), Self.snapshot("other-key", key: "c"),
            Self.snapshot("going-away", key: "a", status: .deleting), Self.snapshot("server-made", key: "a", name: "autobk_snapshot_1"),
        ]
        var search = CreationSearch(keys: [Sample.key("a"), Sample.key("b")], owner: Self.owner, state: nil)
        for snapshot in others { search.see(snapshot) }
        #expect(search.orphans == [:])
        #expect(
            Self.orphans(Self.snapshot("z", key: "a"), Self.snapshot("y", key: "a"), Self.snapshot("x", key: "b"))
                == ["a": [SnapshotID("y")!, SnapshotID("z")!], "b": [SnapshotID("x")!]])
    }

    @Test("What the state accounts for is not found: recorded under any key, superseded, of an open attempt, or forgotten")
    func accountedFor() {
        var state = Sample.state()
        state.records = [Sample.record("elsewhere", id: "renamed")]
        state.superseded = [Sample.record("a", id: "former")]
        state.openIntents = [Sample.intent("a", attempt: 7)]
        state.forgotten = [SnapshotID("forgotten")!]
        #expect(
            Self.orphans(
                Self.snapshot("renamed", key: "a"), Self.snapshot("former", key: "a"), Self.snapshot("open", key: "a", attempt: 7),
                Self.snapshot("forgotten", key: "b"), in: state) == [:])
        #expect(Self.orphans(Self.snapshot("new", key: "a"), in: state) == ["a": [SnapshotID("new")!]])
    }

    @Test("P1: recorded under another key, of the record's own attempt: a rename that was cut short. Another attempt's stamp tells of none")
    func cutRename() {
        var state = Sample.state()
        state.records = [Sample.record("old", id: "x"), Sample.record("other", id: "y"), Sample.record("b", id: "z")]
        state.superseded = [Sample.record("former", id: "w")]
        var search = CreationSearch(keys: [Sample.key("a"), Sample.key("b")], owner: Self.owner, state: state)
        for _ in 1...2 {
            search.see(Self.snapshot("x", key: "a", attempt: 9))
            search.see(Self.snapshot("y", key: "a", attempt: 1))
            search.see(Self.snapshot("z", key: "b", attempt: 9))
            search.see(Self.snapshot("w", key: "b", attempt: 9))
        }
        #expect(search.cutRenames == [CutRename(old: Sample.key("old"), new: Sample.key("a"), id: Sample.id("x"))])
        #expect(search.orphans == [:])
    }

    @Test("P1: what else carries our stamp and no record knows is counted: made too late, or elsewhere")
    func unrecorded() {
        var state = Sample.state()
        state.records = [Sample.record("c", id: "known"), Sample.record("old", id: "cut")]
        state.superseded = [Sample.record("c", id: "former")]
        state.forgotten = [SnapshotID("forgotten")!]
        var search = CreationSearch(keys: [Sample.key("a")], owner: Self.owner, state: state)
        for _ in 1...2 {
            for id in ["known", "former", "forgotten", "late", "later"] { search.see(Self.snapshot(id, key: "c")) }
            search.see(Self.snapshot("cut", key: "a", attempt: 1))
            search.see(Self.snapshot("others", key: "c", owner: "search-prod"))
        }
        #expect(search.unrecordedCount == 2)
        #expect(search.orphans == [:])
    }

    @Test("Nobody's stamps are looked for where there is no owner yet")
    func noOwner() {
        var search = CreationSearch(keys: [Sample.key("a")], owner: "", state: nil)
        search.see(Self.snapshot("x", key: "a", owner: ""))
        #expect(search.orphans == [:])
    }
}

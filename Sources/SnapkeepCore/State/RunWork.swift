/// What one run has done, snapshot by snapshot: what its line in the history names, so that every snapshot belongs to a run.
public struct RunWork: Hashable, Sendable {
    /// One snapshot, and the key under which the run knew it; without one where that cannot be told any more.
    public struct Item: Hashable, Sendable {
        public var key: SnapshotKey?
        public var id: SnapshotID

        /// An item of its parts.
        public init(key: SnapshotKey?, id: SnapshotID) {
            self.key = key
            self.id = id
        }
    }

    /// What was done with a snapshot. The raw values are the words of the history file.
    public enum Kind: String, CaseIterable, Sendable {
        case created
        /// Created in the place of another one.
        case replaced
        case adopted
        /// Made by an earlier run or under another state, found by its stamp, and recorded by this run.
        case found
        case updated
        case deleted
        case forgotten
        case renamed
    }

    private var items: [Kind: [Item]] = [:]

    /// Nothing done.
    public init() {}

    /// The snapshots of one kind, in the order in which they were done.
    public subscript(kind: Kind) -> [Item] { items[kind] ?? [] }

    public var isEmpty: Bool { items.isEmpty }

    /// Whether the run is known to have changed anything in the cloud.
    public var touchesCloud: Bool {
        [.created, .replaced, .adopted, .updated, .deleted].contains { items[$0] != nil }
    }

    /// Adds a snapshot. One that was just added is not added again: an edit may be recorded in several steps.
    public mutating func add(_ kind: Kind, _ item: Item) {
        if items[kind]?.last != item { items[kind, default: []].append(item) }
    }

    /// Takes an event of the journal in.
    ///
    /// - Parameters:
    ///   - command: the run's command.
    ///   - intent: what was open before the event, and whether an earlier run had left it open.
    ///   - key: the key of a recorded snapshot before the event.
    public mutating func note(
        _ event: JournalEvent, of command: String, intent: (AttemptID) -> (CreationIntent, isEarlier: Bool)?,
        key: (SnapshotID) -> SnapshotKey?
    ) {
        switch event {
        case .created(let attempt, let snapshot):
            let opened = intent(attempt)
            add(Self.kind(of: opened, command), Item(key: opened?.0.key ?? key(snapshot.id), id: snapshot.id))
        case .duplicate(let record): add(.found, Item(key: record.key, id: record.id))
        case .updated(let id, _, _, _, _): add(.updated, Item(key: key(id), id: id))
        case .deleted(let id): add(.deleted, Item(key: key(id), id: id))
        case .forgotten(let id): add(.forgotten, Item(key: key(id), id: id))
        case .renamed(let id, let new): add(.renamed, Item(key: new, id: id))
        case .begin, .intent, .resent, .abandoned, .observed, .protection, .deleting, .rotations: break
        }
    }

    private static func kind(of opened: (CreationIntent, isEarlier: Bool)?, _ command: String) -> Kind {
        guard let (intent, isEarlier) = opened else { return .found }
        if intent.adopts != nil { return .adopted }
        // A recovery writes intents of its own for what it finds.
        if isEarlier || command == "recover" { return .found }
        return intent.replaces == nil ? .created : .replaced
    }
}

extension RunWork {
    /// What a journal's events tell of the run that wrote them, as far as that can be told.
    ///
    /// - Parameter state: the state that they were written over; where it is gone the one that there is, or none.
    public init(_ events: [JournalEvent], over state: RecordedState?) {
        self.init()
        var command = ""
        var written: [AttemptID: CreationIntent] = [:]
        let earlier = Dictionary((state?.openIntents ?? []).map { ($0.attempt, $0) }, uniquingKeysWith: { first, _ in first })
        var keys = Dictionary(
            ((state?.records ?? []) + (state?.superseded ?? [])).map { ($0.id, $0.key) }, uniquingKeysWith: { first, _ in first })
        for event in events {
            note(
                event, of: command, intent: { attempt in written[attempt].map { ($0, false) } ?? earlier[attempt].map { ($0, true) } },
                key: { keys[$0] })
            switch event {
            case .begin(let run, _): command = run.command
            case .intent(let intent): written[intent.attempt] = intent
            case .created(let attempt, let snapshot): keys[snapshot.id] = (written[attempt] ?? earlier[attempt])?.key ?? keys[snapshot.id]
            case .duplicate(let record): keys[record.id] = record.key
            case .renamed(let id, let key): keys[id] = key
            case .resent, .abandoned, .observed, .updated, .protection, .deleting, .deleted, .forgotten, .rotations: break
            }
        }
    }
}

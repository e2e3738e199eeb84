import SnapkeepCore

/// How ids are shortened that stand beside each other: as short as usual, and as long as it takes to tell them apart.
struct ShortIDs: Hashable {
    /// How many characters of an id are shown.
    let length: Int

    private static let usual = 8
    /// From here on the rest is no longer than what stands for it.
    private static let longest = 30

    /// The form of ids that nothing stands beside.
    static let usually = ShortIDs([])

    /// The form for some ids; the same one may come often.
    init(_ ids: some Sequence<String>) {
        var all: Set<String> = []
        var beginnings: Set<String> = []
        var last = ""
        for id in ids where id != last {
            last = id
            if all.insert(id).inserted { beginnings.insert(String(id.prefix(Self.usual))) }
        }
        guard beginnings.count < all.count else {
            length = Self.usual
            return
        }
        let sorted = all.sorted()
        var needed = Self.usual
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            needed = max(needed, zip(left.utf8, right.utf8).prefix { $0 == $1 }.count + 1)
        }
        length = needed > Self.longest ? .max : needed
    }

    /// The form for the ids that a plan shows.
    init(of plan: Plan) { self.init(plan.changes.lazy.flatMap(\.shortenedIDs)) }

    /// `5aa119a8…`. What is hardly longer stays whole.
    func callAsFunction(_ id: String) -> String { isWhole(id) ? id : String(id.prefix(length)) + "…" }

    /// The columns of that; ids are ASCII where they are long.
    func columns(_ id: String) -> Int { isWhole(id) ? id.utf8.count : length + 1 }

    func isWhole(_ id: String) -> Bool { id.utf8.count - 1 <= length }
}

/// How a table names volumes: by what the manifest calls them, else by their ids, as short as they are told apart; whole where no terminal is.
struct VolumeNames {
    private let aliases: [VolumeID: String]
    private let short: ShortIDs?

    init(_ ids: some Sequence<VolumeID>, _ aliases: [VolumeID: String], width: Int?) {
        self.aliases = aliases
        short = width == nil ? nil : ShortIDs(ids.lazy.filter { aliases[$0] == nil }.map(\.text))
    }

    func callAsFunction(_ id: VolumeID) -> String { aliases[id].map(VisibleText.escaped) ?? short?(id.text) ?? id.text }
}

extension Change {
    /// What stands in the plan's rows in its short form.
    fileprivate var shortenedIDs: [String] {
        switch self {
        case .create(let spec), .update(let spec, _, _), .resume(let spec, _, _): [spec.volume.id?.text].compactMap { $0 }
        case .adopt(let spec, let id, _): [spec.volume.id?.text, id.text].compactMap { $0 }
        case .replace(let spec, _, .volume(let from, let to), _): [spec.volume.id?.text, from.text, to.id?.text].compactMap { $0 }
        case .replace(let spec, _, .failed, _), .replace(let spec, _, .beingDeleted, _), .replace(let spec, _, .lost, _):
            [spec.volume.id?.text].compactMap { $0 }
        case .settle(let intent, _): [intent.volumeID.text]
        case .delete(let record, _), .expire(let record, _), .lost(let record, _, _): [record.volumeID.text]
        case .retain(let record, .superseded), .retain(let record, .supersededProtected): [record.volumeID.text, record.id.text]
        case .retain(let record, .unlisted), .retain(let record, .protected), .retain(let record, .unstamped), .retain(let record, .busy),
            .retain(let record, .notPicked):
            [record.volumeID.text]
        }
    }
}

import SnapkeepCore

/// The widths of a plan's columns, found in one walk over its changes. A few very long keys do not push all else to the right.
struct PlanColumns: Hashable {
    /// Columns that the sign and the blanks around it take.
    static let keyStart = 4
    static let gap = 4
    /// How far the rows of an update's fields are moved in from its key.
    static let fieldIndent = 2

    var key = 12
    var volume = 0
    /// 0 where no row has any flag.
    var flags = 0
    let shortIDs: ShortIDs
    /// Whether each key stands in a line of its own, with the rest under it: what a narrow terminal gets, as from `TextTable`.
    let isStacked: Bool

    /// Where the second column begins.
    var volumeStart: Int { isStacked ? Self.keyStart + 2 : Self.keyStart + key + Self.gap }
    /// Where what follows the volume begins.
    var detailStart: Int { volumeStart + volume + Self.gap }
    /// Where the values of an update's fields begin.
    var valueStart: Int { isStacked ? volumeStart + Self.fieldIndent : volumeStart }

    /// The columns for a plan on a terminal of `width` columns.
    init(of plan: Plan, width: Int?) {
        shortIDs = ShortIDs(of: plan)
        isStacked = width.map { $0 < TextTable.narrowest } ?? false
        // Nothing stands beside anything then.
        if isStacked { return }
        let limit = width.map { min(40, max(12, $0 / 3)) } ?? 40
        let volumeLimit = min(32, limit)
        var (widestKey, widestVolume, widestFlags) = (0, 0, 0)
        func count(_ volume: VolumeReference, after prefix: Int = 0) {
            widestVolume = max(widestVolume, Self.fitting(prefix + shown(plan.reference(to: volume)), volumeLimit))
        }
        func count(named id: VolumeID) { if plan.aliases[id] != nil { count(.id(id)) } }
        func count(_ fields: [FieldChange]) {
            for field in fields { widestKey = max(widestKey, Self.fitting(Self.columns(field.label) + Self.fieldIndent, limit)) }
        }
        for change in plan.changes {
            widestKey = max(widestKey, Self.fitting(Self.columns(change.key.text), limit))
            switch change {
            case .create(let spec):
                count(spec.volume)
                widestFlags = max(widestFlags, PlanRows.flags(of: spec).utf8.count)
            case .adopt(let spec, _, let fields):
                count(spec.volume)
                count(fields ?? [])
            case .update(let spec, _, let fields):
                count(spec.volume)
                count(fields)
            case .replace(_, _, .volume(let old, let new), _):
                let prefix = "volume ".count + shown(target: plan.reference(to: old)) + " → ".count
                let widest = prefix + shown(target: plan.reference(to: new))
                widestVolume = max(widestVolume, Self.fitting(widest, volumeLimit))
            case .replace(let spec, _, _, _): count(spec.volume)
            case .resume(_, _, let fields): count(fields)
            case .delete(let record, _), .expire(let record, _): count(.id(record.volumeID))
            case .retain(let record, _), .lost(let record, _, _): count(named: record.volumeID)
            case .settle(let intent, _): count(named: intent.volumeID)
            }
        }
        key = max(key, widestKey)
        volume = widestVolume
        flags = widestFlags
    }

    // A cell that is too wide for its column overflows alone and does not widen it.
    private static func fitting(_ columns: Int, _ limit: Int) -> Int { columns > limit ? 0 : columns }

    /// The columns of a person's text once it is escaped.
    static func columns(_ text: String) -> Int {
        VisibleText.isPlain(text) ? text.utf8.count : TextWidth.columns(VisibleText.escaped(text))
    }

    /// The columns of what `PlanRows.append(volume:)` writes.
    func shown(_ volume: VolumeReference) -> Int {
        if case .id(let id) = volume { return "volume ".count + shortIDs.columns(id.text) }
        return shown(target: volume)
    }

    /// The columns of what `PlanRows.append(target:)` writes.
    func shown(target volume: VolumeReference) -> Int {
        switch volume {
        case .id(let id): shortIDs.columns(id.text)
        case .alias(let alias, let id): Self.columns(alias) + 3 + shortIDs.columns(id.text)
        case .named(let alias, let name): Self.columns(alias) + " (named )".count + TextWidth.columns(VisibleText.quoted(name))
        }
    }
}

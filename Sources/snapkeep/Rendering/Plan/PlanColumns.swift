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

    /// Where the second column begins.
    var volumeStart: Int { Self.keyStart + key + Self.gap }
    /// Where what follows the volume begins.
    var detailStart: Int { volumeStart + volume + Self.gap }

    /// The columns for a plan on a terminal of `width` columns.
    init(of plan: Plan, width: Int?) {
        let limit = width.map { min(40, max(12, $0 / 3)) } ?? 40
        let volumeLimit = min(32, limit)
        var (widestKey, widestVolume, widestFlags) = (0, 0, 0)
        for change in plan.changes {
            widestKey = max(widestKey, Self.fitting(Self.columns(change.key.text), limit))
            switch change {
            case .create(let spec):
                widestVolume = max(widestVolume, Self.fitting(Self.columns(spec.volume), volumeLimit))
                widestFlags = max(widestFlags, PlanRows.flags(of: spec).utf8.count)
            case .update(let spec, _, let fields):
                widestVolume = max(widestVolume, Self.fitting(Self.columns(spec.volume), volumeLimit))
                for field in fields { widestKey = max(widestKey, Self.fitting(Self.columns(field.label) + Self.fieldIndent, limit)) }
            case .replace(_, _, .volume(_, let new), _):
                widestVolume = max(widestVolume, Self.fitting("volume ".count + 9 + " → ".count + Self.columns(target: new), volumeLimit))
            case .replace(let spec, _, _, _): widestVolume = max(widestVolume, Self.fitting(Self.columns(spec.volume), volumeLimit))
            case .resume(_, _, let fields):
                for field in fields { widestKey = max(widestKey, Self.fitting(Self.columns(field.label) + Self.fieldIndent, limit)) }
            case .delete(let record, _): widestVolume = max(widestVolume, "volume ".count + Self.columns(id: record.volumeID))
            case .settle, .retain, .lost: break
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

    private static func columns(id: VolumeID) -> Int { min(9, id.text.utf8.count) }

    /// The columns of what `PlanRows.append(volume:)` writes.
    private static func columns(_ volume: VolumeReference) -> Int {
        if case .id(let id) = volume { return "volume ".count + columns(id: id) }
        return columns(target: volume)
    }

    private static func columns(target volume: VolumeReference) -> Int {
        switch volume {
        case .id(let id): columns(id: id)
        case .alias(let alias, let id): columns(alias) + 3 + columns(id: id)
        case .named(let alias, let name): columns(alias) + " (named )".count + TextWidth.columns(VisibleText.quoted(name))
        }
    }
}

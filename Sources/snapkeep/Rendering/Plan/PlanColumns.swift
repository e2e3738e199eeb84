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

    /// Where the second column begins.
    var volumeStart: Int { Self.keyStart + key + Self.gap }
    /// Where what follows the volume begins.
    var detailStart: Int { volumeStart + volume + Self.gap }

    /// The columns for a plan on a terminal of `width` columns.
    init(of plan: Plan, width: Int?) {
        let limit = width.map { min(40, max(12, $0 / 3)) } ?? 40
        let volumeLimit = min(32, limit)
        shortIDs = ShortIDs(of: plan)
        var (widestKey, widestVolume, widestFlags) = (0, 0, 0)
        for change in plan.changes {
            widestKey = max(widestKey, Self.fitting(Self.columns(change.key.text), limit))
            switch change {
            case .create(let spec):
                widestVolume = max(widestVolume, Self.fitting(columns(spec.volume), volumeLimit))
                widestFlags = max(widestFlags, PlanRows.flags(of: spec).utf8.count)
            case .adopt(let spec, _, let fields):
                widestVolume = max(widestVolume, Self.fitting(columns(spec.volume), volumeLimit))
                for field in fields ?? [] {
                    widestKey = max(widestKey, Self.fitting(Self.columns(field.label) + Self.fieldIndent, limit))
                }
            case .update(let spec, _, let fields):
                widestVolume = max(widestVolume, Self.fitting(columns(spec.volume), volumeLimit))
                for field in fields { widestKey = max(widestKey, Self.fitting(Self.columns(field.label) + Self.fieldIndent, limit)) }
            case .replace(_, _, .volume(let old, let new), _):
                widestVolume = max(
                    widestVolume,
                    Self.fitting("volume ".count + shortIDs.columns(old.text) + " → ".count + columns(target: new), volumeLimit))
            case .replace(let spec, _, _, _): widestVolume = max(widestVolume, Self.fitting(columns(spec.volume), volumeLimit))
            case .resume(_, _, let fields):
                for field in fields { widestKey = max(widestKey, Self.fitting(Self.columns(field.label) + Self.fieldIndent, limit)) }
            case .delete(let record, _): widestVolume = max(widestVolume, "volume ".count + shortIDs.columns(record.volumeID.text))
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

    /// The columns of what `PlanRows.append(volume:)` writes.
    private func columns(_ volume: VolumeReference) -> Int {
        if case .id(let id) = volume { return "volume ".count + shortIDs.columns(id.text) }
        return columns(target: volume)
    }

    private func columns(target volume: VolumeReference) -> Int {
        switch volume {
        case .id(let id): shortIDs.columns(id.text)
        case .alias(let alias, let id): Self.columns(alias) + 3 + shortIDs.columns(id.text)
        case .named(let alias, let name): Self.columns(alias) + " (named )".count + TextWidth.columns(VisibleText.quoted(name))
        }
    }
}

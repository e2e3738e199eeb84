import SnapkeepCore

/// Writes the rows of a plan: sign, key, volume and what is to happen, in columns.
struct PlanRows {
    private(set) var buffer: TextBuffer
    let style: TextStyle
    let columns: PlanColumns
    let width: Int?
    private let drift: DriftedFields

    /// Rows that follow what stands in `buffer`.
    init(buffer: TextBuffer, style: TextStyle, columns: PlanColumns, width: Int?, drift: DriftedFields) {
        self.buffer = buffer
        self.style = style
        self.columns = columns
        self.width = width
        self.drift = drift
    }

    mutating func append(_ change: Change) {
        switch change {
        case .create(let spec): appendCreate(spec)
        case .adopt(let spec, let id, let fields):
            begin("<", .wait, key: spec.key)
            let used = append(volume: spec.volume)
            append(prose: Self.words(adopting: id, fields), after: used)
            append(fields ?? [], of: spec.key)
        case .update(let spec, _, let fields):
            begin("~", .update, key: spec.key)
            append(volume: spec.volume)
            buffer.newline()
            append(fields, of: spec.key)
        case .replace(let spec, let record, let reason, let prune): appendReplace(spec, record, reason, prune: prune)
        case .resume(let spec, let record, let fields):
            begin(">", .wait, key: spec.key)
            append(prose: Self.words(resuming: record, fields), from: columns.volumeStart)
            append(fields, of: spec.key)
        case .settle(let intent, let spec):
            begin("?", .wait, key: intent.key)
            append(prose: Self.words(settling: intent, spec), from: columns.volumeStart)
        case .delete(let record, let origin):
            begin("-", .delete, key: record.key)
            let used = append(volume: .id(record.volumeID))
            append(prose: Self.words(deleting: record, origin), after: used)
        case .retain(let record, let reason):
            begin("=", .keep, key: record.key)
            append(prose: Self.words(retaining: record, reason, columns.shortIDs), from: columns.volumeStart)
        case .lost(let record, let spec, let reason):
            begin("!", .delete, key: record.key)
            for (index, words) in Self.words(losing: record, spec, reason).enumerated() {
                if index > 0 { buffer.spaces(columns.volumeStart) }
                append(prose: words, from: columns.volumeStart)
            }
        }
    }

    /// `force`, `protect`, both or nothing.
    static func flags(of spec: SnapshotSpec) -> String {
        switch (spec.force, spec.protect) {
        case (false, false): ""
        case (true, false): "force"
        case (false, true): "protect"
        case (true, true): "force, protect"
        }
    }

    // Runs for each line of a large plan: no string is made on the way.
    private mutating func appendCreate(_ spec: SnapshotSpec) {
        begin("+", .create, key: spec.key)
        let used = append(volume: spec.volume)
        let flags = Self.flags(of: spec)
        let isRenamed = spec.name.text != spec.key.text
        guard !flags.isEmpty || isRenamed || spec.description != nil else { return buffer.newline() }
        var pending = columns.volume + PlanColumns.gap - used
        var column = columns.detailStart
        if columns.flags > 0 {
            if !flags.isEmpty {
                buffer.spaces(max(2, pending))
                buffer.append(flags)
                pending = 0
            }
            pending += columns.flags + 3 - flags.utf8.count
            column += columns.flags + 3
        }
        if isRenamed { appendDetail("named ", spec.name.text, &column, &pending) }
        if let description = spec.description { appendDetail("", description.text, &column, &pending) }
        buffer.newline()
    }

    /// Appends a quoted text at `column`, to be reached by `pending` blanks; on a line of its own where it would not fit.
    private mutating func appendDetail(_ label: String, _ text: String, _ column: inout Int, _ pending: inout Int) {
        if let width, column + label.utf8.count + PlanColumns.columns(text) + 2 > width {
            buffer.newline()
            column = columns.volumeStart
            buffer.spaces(column)
        } else {
            buffer.spaces(max(2, pending))
        }
        buffer.append(label)
        column += label.utf8.count + buffer.append(quoted: text) + 2
        pending = 2
    }

    private mutating func appendReplace(_ spec: SnapshotSpec, _ record: SnapshotRecord, _ reason: ReplacementReason, prune: Bool) {
        begin("±", .replace, key: spec.key)
        let used: Int
        if case .volume(let old, let new) = reason {
            buffer.append("volume ")
            let oldWidth = buffer.append(old.text, shortened: columns.shortIDs)
            buffer.append(" → ")
            used = "volume ".utf8.count + oldWidth + 3 + append(target: new)
        } else {
            used = append(volume: spec.volume)
        }
        append(prose: Self.words(replacing: record, reason, prune: prune), after: used)
    }

    /// Sign and key, and blanks up to the second column.
    private mutating func begin(_ sign: String, _ role: TextStyle.Role, key: SnapshotKey) {
        buffer.append("  ")
        if style.colour { buffer.append(style.opening(role)) }
        buffer.append(sign)
        if style.colour { buffer.append(style.closing) }
        buffer.append(" ")
        let used = buffer.append(visible: key.text)
        buffer.spaces(max(2, columns.key + PlanColumns.gap - used))
    }

    @discardableResult
    private mutating func append(volume: VolumeReference) -> Int {
        if case .id(let id) = volume {
            buffer.append("volume ")
            return "volume ".utf8.count + buffer.append(id.text, shortened: columns.shortIDs)
        }
        return append(target: volume)
    }

    private mutating func append(target volume: VolumeReference) -> Int {
        switch volume {
        case .id(let id): return buffer.append(id.text, shortened: columns.shortIDs)
        case .alias(let alias, let id):
            let used = buffer.append(visible: alias)
            buffer.append(" (")
            let idWidth = buffer.append(id.text, shortened: columns.shortIDs)
            buffer.append(")")
            return used + idWidth + 3
        case .named(let alias, let name):
            let used = buffer.append(visible: alias)
            buffer.append(" (named ")
            let nameWidth = buffer.append(quoted: name)
            buffer.append(")")
            return used + nameWidth + " (named )".utf8.count
        }
    }

    private mutating func append(_ fields: [FieldChange], of key: SnapshotKey) {
        for field in fields {
            buffer.spaces(PlanColumns.keyStart + PlanColumns.fieldIndent)
            let used = buffer.append(visible: field.label) + PlanColumns.fieldIndent
            buffer.spaces(max(2, columns.key + PlanColumns.gap - used))
            let (old, new) = field.sides
            buffer.append(old)
            let room = (width ?? .max) - columns.volumeStart
            if TextWidth.columns(old) + 3 + TextWidth.columns(new) > room {
                buffer.newline()
                buffer.spaces(columns.volumeStart - 2)
                buffer.append("→ ")
            } else {
                buffer.append(" → ")
            }
            buffer.append(new)
            buffer.append(drift.note(on: field, of: key))
            buffer.newline()
        }
    }

    /// Writes words after a volume of `used` columns, or below it where they do not fit beside it.
    private mutating func append(prose: String, after used: Int) {
        let blanks = max(2, columns.volume + PlanColumns.gap - used)
        let column = columns.volumeStart + used + blanks
        if let width, column + TextWidth.columns(prose) > width {
            buffer.newline()
            buffer.spaces(columns.volumeStart)
            append(prose: prose, from: columns.volumeStart)
        } else {
            buffer.spaces(blanks)
            append(prose: prose, from: column)
        }
    }

    /// Writes words from a column on, in several lines where the terminal is too narrow.
    private mutating func append(prose: String, from column: Int) {
        guard let width, column + TextWidth.columns(prose) > width else {
            buffer.append(prose)
            return buffer.newline()
        }
        let room = max(24, width - column)
        var used = 0
        for word in prose.split(separator: " ") {
            let columns = TextWidth.columns(String(word))
            if used > 0, used + 1 + columns > room {
                buffer.newline()
                buffer.spaces(column)
                used = 0
            } else if used > 0 {
                buffer.append(" ")
                used += 1
            }
            buffer.append(String(word))
            used += columns
        }
        buffer.newline()
    }
}

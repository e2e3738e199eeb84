import SnapkeepCore

/// Writes the rows of a plan: sign, key, volume and what is to happen, in columns.
struct PlanRows {
    private(set) var buffer: TextBuffer
    private let plan: Plan
    let style: TextStyle
    let columns: PlanColumns
    let width: Int?
    private let drift: DriftedFields
    /// The options that lead another command to the same manifest, state and cloud.
    private let options: [String]

    /// Rows that follow what stands in `buffer`.
    init(buffer: TextBuffer, plan: Plan, style: TextStyle, width: Int?, options: [String] = []) {
        self.buffer = buffer
        self.options = options
        self.plan = plan
        self.style = style
        self.width = width.map { max(WordWrap.narrowest, $0) }
        columns = PlanColumns(of: plan, width: width)
        drift = DriftedFields(plan)
    }

    mutating func append(_ change: Change) {
        switch change {
        case .create(let spec): appendCreate(spec)
        case .adopt(let spec, let id, let fields):
            begin("<", .wait, key: spec.key)
            let used = append(volume: plan.reference(to: spec.volume))
            // The manifest has it whole; what is broken into two lines nobody can read.
            let isTooLong = width.map { columns.volumeStart + id.text.utf8.count > $0 } ?? false
            append(prose: Self.words(adopting: isTooLong ? columns.shortIDs(id.text) : id.text, fields), after: used)
            append(fields ?? [], of: spec.key)
        case .update(let spec, _, let fields):
            begin("~", .update, key: spec.key)
            append(volume: plan.reference(to: spec.volume))
            buffer.newline()
            append(fields, of: spec.key)
        case .replace(let spec, let record, let reason, let prune): appendReplace(spec, record, reason, prune: prune)
        case .resume(let spec, let record, let fields):
            begin(">", .wait, key: spec.key)
            append(prose: Self.words(resuming: record, fields), from: columns.volumeStart)
            append(fields, of: spec.key)
        case .settle(let intent, let spec):
            begin("?", .wait, key: intent.key)
            append(prose: Self.words(settling: intent, spec), afterNamed: intent.volumeID)
        case .delete(let record, let origin):
            begin("-", .delete, key: record.key)
            let used = append(volume: plan.reference(to: record.volumeID))
            append(prose: Self.words(deleting: record, origin), after: used)
        case .expire(let record, let expiry):
            begin("-", .delete, key: record.key)
            let used = append(volume: plan.reference(to: record.volumeID))
            append(prose: Self.words(expiring: record, expiry), after: used)
        case .retain(let record, let reason):
            begin("=", .keep, key: record.key)
            append(prose: Self.words(retaining: record, reason, columns.shortIDs).leading(to: options), afterNamed: record.volumeID)
        case .lost(let record, let spec, let reason):
            begin("!", .delete, key: record.key)
            for (index, words) in Self.words(losing: record, spec, reason).map({ $0.leading(to: options) }).enumerated() {
                if index == 0 {
                    append(prose: words, afterNamed: record.volumeID)
                } else {
                    buffer.spaces(columns.volumeStart)
                    append(prose: words, from: columns.volumeStart)
                }
            }
        }
    }

    // MARK: Rotations

    /// What is due by the clock, by rotation and volume: what is made and what goes, then what stays of those, and what is late.
    ///
    /// - Parameter isGrouped: whether what is made stands in rows of its own, and what stays as a matter of course is left out.
    mutating func append(_ rotations: RotationPlan, _ changes: [Change], isGrouped: Bool = false) {
        var left = changes[...]
        // What a renamed rotation has taken along still bears its former name.
        let former = Dictionary(rotations.declared.map { ($0.name, $0.movedFrom) }, uniquingKeysWith: { first, _ in first })
        for standing in rotations.standings {
            let isFirst = left.startIndex
            while let change = left.first, standing.owns(change, formerly: former[standing.rotation] ?? nil) {
                if !isGrouped || !change.isCreation { append(due: change, standing) }
                left = left.dropFirst()
            }
            append(standing, hasChanges: left.startIndex > isFirst && !isGrouped)
        }
        for change in left { append(change) }
    }

    private mutating func append(due change: Change, _ standing: RotationStanding) {
        switch change {
        case .create(let spec):
            begin("+", .create, key: spec.key)
            append(prose: RotationWords.words(due: standing), after: append(volume: plan.reference(to: spec.volume)))
        case .replace(let spec, _, .failed, _):
            begin("±", .replace, key: spec.key)
            let words = RotationWords.words(due: standing) + "; the one that failed goes once this one is good"
            append(prose: words, after: append(volume: plan.reference(to: spec.volume)))
        case .adopt, .update, .replace, .resume, .settle, .delete, .expire, .retain, .lost: append(change)
        }
    }

    private mutating func append(_ standing: RotationStanding, hasChanges: Bool) {
        let name = RotationKey(rotation: standing.rotation, volume: standing.volume.label, period: standing.current)
        switch standing.demand {
        case .missed:
            begin("!", .delete, text: name.text)
            let next = RotationWords.day(standing.nextDue)
            append(
                prose: "missed: it could be begun until \(RotationWords.day(standing.deadline)); next due \(next)",
                from: columns.volumeStart)
        case .paused:
            begin("=", .keep, text: name.text)
            append(prose: "paused: neither made nor expired", from: columns.volumeStart)
        case .met, .underWay, .due: break
        }
        for kept in standing.kept where hasChanges || kept.isHeld {
            begin("=", .keep, text: kept.key.text)
            append(prose: "kept: " + RotationWords.words(kept.reasons), from: columns.volumeStart)
        }
    }

    /// A line above rows.
    mutating func append(head: String) {
        buffer.append(head)
        buffer.newline()
    }

    /// What an edit of a rotation means.
    mutating func append(_ edit: RotationEdit) {
        begin("~", .update, text: edit.name.text)
        append(prose: RotationWords.words(edit), from: columns.volumeStart)
    }

    // MARK: What is made

    /// Creations in few rows.
    mutating func append(_ creations: [SnapshotSpec], most: Int) {
        for group in CreationGroups(creations, most: most).groups {
            begin("+", .create, text: group.label)
            let volumes = Quantities.count(group.volumes.count, "volume")
            append(prose: "\(Quantities.count(group.count, "snapshot")) of \(volumes)", from: columns.volumeStart)
        }
    }

    // Runs for each line of a large plan: without a terminal no string is made on the way.
    private mutating func appendCreate(_ spec: SnapshotSpec) {
        begin("+", .create, key: spec.key)
        let used = append(volume: plan.reference(to: spec.volume))
        var cursor = Cursor(column: columns.volumeStart + used, pending: max(2, columns.volume + PlanColumns.gap - used))
        let flags = Self.flags(of: spec)
        if !flags.isEmpty { append(detail: flags, cursor: &cursor) }
        if columns.flags > 0, !cursor.isBelow {
            cursor.pending = max(2, columns.detailStart + columns.flags + 3 - cursor.column)
        }
        appendDetails(of: spec, &cursor)
        buffer.newline()
    }

    /// Where the writing of a row's details stands.
    private struct Cursor {
        /// Behind what was written last.
        var column: Int
        /// Blanks before what comes next.
        var pending: Int
        /// Whether a line was begun below the row's first one.
        var isBelow = false
    }

    /// Name, description and metadata of what is to be made.
    private mutating func appendDetails(of spec: SnapshotSpec, _ cursor: inout Cursor) {
        if spec.name.text != spec.key.text { append(detail: "named ", quoted: spec.name.text, &cursor) }
        if let description = spec.description { append(detail: "", quoted: description.text, &cursor) }
        for entry in spec.metadata.entries {
            if Self.isPlainWord(entry.value) {
                append(detail: entry.key, "=", entry.value, cursor: &cursor)
            } else {
                append(detail: VisibleText.escaped(entry.key) + "=", quoted: entry.value, &cursor)
            }
            cursor.pending = 1
        }
    }

    private mutating func append(detail label: String, quoted text: String, _ cursor: inout Cursor) {
        if let width {
            let detail = label + VisibleText.quoted(text)
            guard fits(TextWidth.columns(detail), width, &cursor) else { return wrap(detail, width, &cursor) }
        }
        buffer.spaces(cursor.pending)
        buffer.append(label)
        cursor.column += cursor.pending + PlanColumns.columns(label) + buffer.append(quoted: text)
        cursor.pending = 2
    }

    private mutating func append(detail first: String, _ others: String..., cursor: inout Cursor) {
        let parts = [first] + others
        if let width {
            let detail = parts.map(VisibleText.escaped).joined()
            guard fits(TextWidth.columns(detail), width, &cursor) else { return wrap(detail, width, &cursor) }
        }
        buffer.spaces(cursor.pending)
        cursor.column += cursor.pending
        for part in parts { cursor.column += buffer.append(visible: part) }
        cursor.pending = 2
    }

    /// Whether a detail has room where the cursor stands, or in a line of its own, to which the cursor then goes.
    private mutating func fits(_ needed: Int, _ width: Int, _ cursor: inout Cursor) -> Bool {
        if cursor.column + cursor.pending + needed <= width { return true }
        buffer.newline()
        buffer.spaces(columns.volumeStart)
        cursor = Cursor(column: columns.volumeStart, pending: 0, isBelow: true)
        return columns.volumeStart + needed <= width
    }

    private mutating func wrap(_ detail: String, _ width: Int, _ cursor: inout Cursor) {
        let text = TextFlow.wrapped(
            detail, width: width, indent: columns.volumeStart, from: columns.volumeStart, breaksWords: true)
        buffer.append(text)
        cursor.column = TextWidth.columns(text.split(separator: "\n").last.map { String($0) } ?? "")
        if !text.contains("\n") { cursor.column += columns.volumeStart }
        cursor.pending = 2
    }

    private mutating func appendReplace(_ spec: SnapshotSpec, _ record: SnapshotRecord, _ reason: ReplacementReason, prune: Bool) {
        begin("±", .replace, key: spec.key)
        let words = Self.words(replacing: record, reason, prune: prune)
        if case .volume(let old, let new) = reason {
            let (old, new) = (plan.reference(to: old), plan.reference(to: new))
            let needed = "volume ".count + columns.shown(target: old) + " → ".count + columns.shown(target: new)
            if let width, columns.volumeStart + needed > width {
                append(prose: "volume \(text(of: old)) → \(text(of: new))", from: columns.volumeStart)
                buffer.spaces(columns.volumeStart)
                append(prose: words, from: columns.volumeStart)
            } else {
                buffer.append("volume ")
                append(target: old)
                buffer.append(" → ")
                append(target: new)
                append(prose: words, after: needed)
            }
        } else {
            append(prose: words, after: append(volume: plan.reference(to: spec.volume)))
        }
        // As of a creation: it is one, too.
        if spec.description == nil, spec.metadata.isEmpty { return }
        var cursor = Cursor(column: columns.volumeStart, pending: 0)
        buffer.spaces(columns.volumeStart)
        appendDetails(of: spec, &cursor)
        buffer.newline()
    }

    // MARK: Cells

    /// Sign and key, and blanks up to the second column.
    private mutating func begin(_ sign: String, _ role: TextStyle.Role, key: SnapshotKey) { begin(sign, role, text: key.text) }

    private mutating func begin(_ sign: String, _ role: TextStyle.Role, text: String) {
        buffer.append("  ")
        if style.colour { buffer.append(style.opening(role)) }
        buffer.append(sign)
        if style.colour { buffer.append(style.closing) }
        buffer.append(" ")
        let used: Int
        if let width, PlanColumns.columns(text) > width - PlanColumns.keyStart {
            buffer.append(TextWidth.middle(VisibleText.escaped(text), to: width - PlanColumns.keyStart))
            used = width
        } else {
            used = buffer.append(visible: text)
        }
        fill(after: used)
    }

    /// Blanks up to the second column; on a terminal a cell that reaches into it has its line for itself.
    private mutating func fill(after used: Int) {
        let blanks = columns.key + PlanColumns.gap - used
        if width != nil, columns.isStacked || blanks < 2 {
            buffer.newline()
            buffer.spaces(columns.volumeStart)
        } else {
            buffer.spaces(max(2, blanks))
        }
    }

    @discardableResult
    private mutating func append(volume: VolumeReference) -> Int {
        if let width, columns.volumeStart + columns.shown(volume) > width {
            // A name says more than the id beside it, and cut as one text neither would be known again.
            let name =
                switch volume {
                case .id: text(of: volume)
                case .alias(let alias, _), .named(let alias, _): VisibleText.escaped(alias)
                }
            let text = TextWidth.middle(name, to: width - columns.volumeStart)
            buffer.append(text)
            return TextWidth.columns(text)
        }
        if case .id(let id) = volume {
            buffer.append("volume ")
            return "volume ".utf8.count + buffer.append(id.text, shortened: columns.shortIDs)
        }
        return append(target: volume)
    }

    @discardableResult
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

    // MARK: Fields

    private mutating func append(_ fields: [FieldChange], of key: SnapshotKey) {
        for field in fields {
            let indent = PlanColumns.keyStart + PlanColumns.fieldIndent
            buffer.spaces(indent)
            let (old, bare) = field.sides
            let new = bare + drift.note(on: field, of: key)
            let needed = TextWidth.columns(old) + 3 + TextWidth.columns(new)
            guard let width else {
                let used = buffer.append(visible: field.label) + PlanColumns.fieldIndent
                buffer.spaces(max(2, columns.key + PlanColumns.gap - used))
                buffer.append("\(old) → \(new)\n")
                continue
            }
            let label = TextWidth.middle(VisibleText.escaped(field.label), to: width - indent)
            let used = TextWidth.columns(label)
            buffer.append(label)
            if columns.isStacked, indent + used + 2 + needed <= width {
                buffer.append("  \(old) → \(new)\n")
                continue
            }
            let start = columns.valueStart
            if columns.isStacked || indent + used + 2 > start {
                buffer.newline()
                buffer.spaces(start)
            } else {
                buffer.spaces(start - indent - used)
            }
            if start + TextWidth.columns("\(old) → \(bare)") <= width {
                append(prose: "\(old) → \(new)", from: start)
            } else {
                append(prose: old, from: start)
                buffer.spaces(start - 2)
                buffer.append("→ ")
                append(prose: new, from: start)
            }
        }
    }

    // MARK: Words

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

    /// Writes words after a volume that the manifest has a name for; of others the words alone say enough.
    private mutating func append(prose: String, afterNamed id: VolumeID) {
        if plan.aliases[id] == nil { return append(prose: prose, from: columns.volumeStart) }
        let used = append(volume: plan.reference(to: id))
        append(prose: prose, after: used)
    }

    /// Writes words from a column on, in several lines where the terminal is too narrow.
    private mutating func append(prose: String, from column: Int) {
        buffer.append(TextFlow.wrapped(prose, width: width, indent: column, from: column, breaksWords: true))
        buffer.newline()
    }
}

extension Change {
    /// Whether something goes, is gone, or gives way to another.
    var takesAway: Bool {
        switch self {
        case .replace, .delete, .expire: true
        case .lost(_, let spec, _): spec != nil
        case .create, .adopt, .update, .resume, .settle, .retain: false
        }
    }

    fileprivate var recordedVolume: VolumeID? {
        switch self {
        case .expire(let record, _), .delete(let record, _), .resume(_, let record, _), .lost(let record, _, _): record.volumeID
        case .create, .adopt, .update, .replace, .settle, .retain: nil
        }
    }

    fileprivate var isCreation: Bool { if case .create = self { true } else { false } }
}

extension RotationStanding {
    /// Whether a change is about one of its snapshots.
    fileprivate func owns(_ change: Change, formerly name: RotationName?) -> Bool {
        guard let key = RotationKey(change.key), key.rotation == rotation || key.rotation == name else { return false }
        // What was made under another name of the volume is known by the volume.
        return key.volume == volume.label || change.recordedVolume.map { $0 == volume.reference.id } ?? false
    }
}

extension RotationStanding.Kept {
    /// Whether it stays although no rule keeps it: that is told each time.
    fileprivate var isHeld: Bool {
        reasons.contains { reason in
            switch reason {
            case .held, .future, .failed, .ignored, .clock: true
            case .bucket, .oldest, .minGood, .unfinished, .paused: false
            }
        }
    }
}

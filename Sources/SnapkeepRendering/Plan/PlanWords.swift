import SnapkeepCore

/// The sentences of a plan, one place for all formats. Whatever comes from outside is escaped.
extension PlanRows {
    static func words(resuming record: SnapshotRecord, _ fields: [FieldChange]) -> String {
        let since = record.createdAt.map { " since \(Quantities.minute($0)) UTC" } ?? ""
        let end = fields.isEmpty ? "" : "; then changed"
        return "recorded as \(VisibleText.escaped(record.status.description))\(since); will be awaited, not created again\(end)"
    }

    static func words(adopting id: String, _ fields: [FieldChange]?) -> String {
        let end =
            switch fields {
            case nil: "; what differs from the line is then changed"
            case let fields? where fields.isEmpty: ""
            case _?: "; then changed"
            }
        return "adopts \(VisibleText.escaped(id)): stamped and recorded, not created\(end)"
    }

    static func words(settling intent: CreationIntent, _ spec: SnapshotSpec?) -> String {
        if let id = intent.adopts {
            return "its adoption of \(id.text) was cut short \(Quantities.minute(intent.startedAt)) UTC; carried to its end first"
        }
        let fate =
            switch spec {
            case nil: "recorded if it exists, not created: no longer listed"
            case let spec? where spec.id != nil: "recorded if it exists, not created: its line names another by `id:`"
            case _?: "created only if it does not exist"
            }
        return "to be settled: begun \(Quantities.minute(intent.startedAt)) UTC by an earlier run; looked up first, \(fate)"
    }

    static func words(replacing record: SnapshotRecord, _ reason: ReplacementReason, prune: Bool) -> String {
        let fate = prune ? "new one first, then the old one is deleted" : "new one first, the old one is kept"
        return switch reason {
        case .volume: fate
        case .failed: "the recorded one ended in error; \(fate)"
        case .beingDeleted: "the recorded one is being deleted; a new one is made"
        case .lost(let loss): "\(words(of: loss)); a new one is made, and holds the data of the day on which it is made"
        }
    }

    static func words(deleting record: SnapshotRecord, _ origin: DeletionOrigin) -> String {
        "\(words(deleting: origin, record)) (\(identity(of: record)))"
    }

    /// Why something is deleted, where its id and age stand beside it.
    static func words(deleting origin: DeletionOrigin, _ record: SnapshotRecord) -> String {
        switch origin {
        case .unlisted: "no longer listed"
        case .superseded: "another one has taken its place"
        case .gone: (RotationKey(record.key) == nil ? "no longer listed, and gone" : "gone") + " from the cloud; its record is dropped"
        case .underWay: "deletion begun by an earlier run; will be awaited"
        }
    }

    static func words(expiring record: SnapshotRecord, _ expiry: Expiry) -> String {
        "expires: \(RotationWords.words(expiry.reason, of: RotationKey(record.key)?.period)) (\(identity(of: record)))"
    }

    /// Its id, and what it costs to lose it.
    private static func identity(of record: SnapshotRecord) -> String {
        let size = record.size.map { ", " + Quantities.size(gibibytes: $0) } ?? ""
        let made = record.createdAt.map { ", made \($0.date)" } ?? ""
        return record.id.text + size + made
    }

    /// What happened, what that means, and what can be done: one line each.
    static func words(losing record: SnapshotRecord, _ spec: SnapshotSpec?, _ reason: LossReason) -> [String] {
        let made = record.createdAt.map { ", made \($0.date)" } ?? ""
        let head = "lost: \(words(of: reason)) (recorded \(VisibleText.escaped(record.status.description))\(made))"
        let forget = "`snapkeep forget \(VisibleText.escaped(record.key.text.quotedForShell))` drops its record"
        guard let spec else { return [head + "; no longer listed", forget] }
        if spec.id != nil, reason != .goneWithVolume {
            let remedy = reason == .unusable ? "an apply makes a new one" : "`--refresh --recreate` makes a new one"
            return [head, "its line names it by `id:`, so no other is made for it", "without the `id:` \(remedy) · \(forget)"]
        }
        return switch reason {
        case .gone:
            [head, "its volume still exists: a new one would hold today's data", "`--refresh --recreate` makes it · \(forget)"]
        case .goneWithVolume: [head, "it cannot be made again: take its line out of the manifest · \(forget)"]
        case .beingDeleted, .errorDeleting, .unusable:
            [head, "a new one would hold today's data", "`--refresh --recreate` makes it · \(forget)"]
        }
    }

    static func words(of loss: LossReason) -> String {
        switch loss {
        case .gone: "gone from the cloud"
        case .goneWithVolume: "gone from the cloud, and its volume is gone too"
        case .beingDeleted: "being deleted by somebody else"
        case .unusable: "cannot be used any more"
        case .errorDeleting: "somebody else began to delete it, and that failed: it cannot be used any more"
        }
    }

    static func words(retaining record: SnapshotRecord, _ reason: RetentionReason, _ shortIDs: ShortIDs) -> String {
        switch reason {
        case .unlisted: "no longer listed; kept (delete it with --prune)"
        // A key may have several predecessors: only their ids tell them apart.
        case .superseded:
            "\(shortIDs(record.id.text)) (\(VisibleText.escaped(record.status.description))): another one has taken its place; "
                + "kept (delete it with --prune)"
        case .protected:
            "kept: it is protected; to lift that, list it with `protect: false` and apply, or "
                + "`snapkeep forget \(VisibleText.escaped(record.key.text.quotedForShell))` keeps it and drops its record"
        case .supersededProtected:
            "\(shortIDs(record.id.text)) (\(VisibleText.escaped(record.status.description))): another one has taken its place; "
                + "kept: it is protected (`snapkeep forget \(record.id.text)` drops its record)"
        case .unstamped: "kept: it does not carry our stamp any more"
        case .notPicked: "kept: the pattern of its rotation does not pick its volume any more"
        case .busy: "kept: it cannot be deleted while it is \(VisibleText.escaped(record.status.description))"
        }
    }
}

extension PlanRows {
    /// `force`, `protect`, both or nothing.
    static func flags(of spec: SnapshotSpec) -> String {
        switch (spec.force, spec.protect) {
        case (false, false): ""
        case (true, false): "force"
        case (false, true): "protect"
        case (true, true): "force, protect"
        }
    }

    /// Whether the ends of a text are plain without quotes.
    static func isPlainWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x2F, 0x3A, 0x40, 0x5F: true
                default: false
                }
            }
    }

    /// A volume by its name and the beginning of its id.
    func text(of volume: VolumeReference) -> String {
        switch volume {
        case .id(let id): columns.shortIDs(id.text)
        case .alias(let alias, let id): "\(VisibleText.escaped(alias)) (\(columns.shortIDs(id.text)))"
        case .named(let alias, let name): "\(VisibleText.escaped(alias)) (named \(VisibleText.quoted(name)))"
        }
    }
}

extension FieldChange {
    /// What the row is called: `name`, `description`, `metadata.reason`, `protect`.
    var label: String {
        switch self {
        case .name: "name"
        case .description: "description"
        case .metadata(let key, _, _): "metadata.\(key)"
        case .protect: "protect"
        }
    }

    /// Both sides as shown: quoted, or `(none)` on the left and `(removed)` on the right.
    var sides: (old: String, new: String) {
        switch self {
        case .name(let from, let to): (VisibleText.quoted(from), VisibleText.quoted(to))
        case .description(let from, let to), .metadata(_, let from, let to):
            (from.map(VisibleText.quoted) ?? "(none)", to.map(VisibleText.quoted) ?? "(removed)")
        case .protect(let from, let to): (from ? "yes" : "no", to ? "yes" : "no")
        }
    }
}

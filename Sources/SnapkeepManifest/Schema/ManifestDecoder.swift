import SnapkeepCore

/// Turns the events of one file into values. The methods stand by topic in extensions.
struct ManifestDecoder: ~Copyable {
    var events: EventReader
    var draft: ManifestDraft
    /// Scratch for the metadata of one snapshot, kept to save an allocation for each.
    var entryPlaces: [Place] = []
    /// The first few keys of metadata that were found good: nearly all that follow are one of them.
    var goodKeys: [String] = []
    /// Per document.
    var defaults: SnapshotDraft?
    var volumeless: [Volumeless] = []
    var firstOfDocument = 0
    var firstRotationOfDocument = 0

    /// A snapshot without a volume of its own: a mistake unless the document's defaults, which may come later, name one.
    struct Volumeless {
        var name: String?
        var place: Place
    }

    init(events: consuming EventReader, draft: consuming ManifestDraft) {
        self.events = events
        self.draft = draft
    }

    consuming func finish() -> ManifestDraft { draft }

    func range(_ place: Place) -> SourceRange { events.range(place) }

    // MARK: Scalars

    /// A scalar of a field; anything else is reported and passed over.
    @inline(__always)
    mutating func scalar(_ event: Event, of field: @autoclosure () -> String, expected: @autoclosure () -> String) throws(Stop) -> Event? {
        if event.kind == .scalar { return event }
        try refuse(event, "\(field().quoted) takes \(expected())")
        return nil
    }

    /// Reports a node of the wrong kind and passes over it.
    @inline(never)
    mutating func refuse(_ event: Event, _ rule: String, help: String? = nil) throws(Stop) {
        if event.kind != .refused {
            let place = range(event.kind == .scalar ? event.place : event.place.head)
            events.findings.error(
                help.map { .wrongKind(rule, found: event, at: place, help: $0) } ?? .wrongKind(rule, found: event, at: place))
        }
        try events.skip(event)
    }
}

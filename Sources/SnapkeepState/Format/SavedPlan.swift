public import SnapkeepCore

/// A plan with what is needed to show it and to carry it out without its manifest.
public struct SavedPlan: Hashable, Sendable {
    public var plan: Plan
    /// The digest of everything else; `nil` until it was computed.
    public var id: PlanID?
    /// Where the manifest lists the snapshots of the plan, for messages. Keys without a change in the plan are not saved.
    public var places: [SnapshotKey: SavedPlace]
    /// What the manifest is called in the plan's head line: `snapshots.yaml`.
    public var title: String
    /// The place of the state that the plan was made from, as the run knew it: a path, or a URL without user and password.
    public var statePath: String?
    /// What the plan was asked for.
    public var options: Reconciliation.Options
    /// What was found when it was made: what the cloud would refuse, what should be known. A plan with an error among them is shown and
    /// never carried out.
    public var findings: [PlacedDiagnostic] = []

    /// A plan of its parts.
    public init(
        plan: Plan, id: PlanID? = nil, places: [SnapshotKey: SavedPlace] = [:], title: String, statePath: String? = nil,
        options: Reconciliation.Options = .init()
    ) {
        self.plan = plan
        self.id = id
        self.places = places
        self.title = title
        self.statePath = statePath
        self.options = options
    }
}

/// A place in a manifest, by its file's name: it outlives the run that read the manifest.
public struct SavedPlace: Hashable, Sendable {
    /// As the user named it.
    public var file: String
    public var start: SourcePosition
    /// The place after the last character.
    public var end: SourcePosition

    /// A place of its parts.
    public init(file: String, start: SourcePosition, end: SourcePosition) {
        self.file = file
        self.start = start
        self.end = end
    }

    /// A stretch of one of a run's sources.
    public init(file: String, range: SourceRange) { self.init(file: file, start: range.start, end: range.end) }

    /// The place as a stretch of source number `source`.
    public func range(in source: Int) -> SourceRange { SourceRange(source: source, start: start, end: end) }
}

/// Everything the state file says: the header, the records, and what earlier runs left unfinished.
public struct RecordedState: Hashable, Sendable {
    /// What binds a state to its family, its owner and its cloud.
    public struct Header: Hashable, Sendable {
        public var lineage: Lineage
        /// Grows by one with each run that changes a record.
        public var serial: Int
        /// What stamps carry as owner: the stack, or the lineage where the first manifest named none.
        public var owner: String
        /// The normalised endpoint, or `sandbox`.
        public var endpoint: String
        public var projectID: ProjectID
        /// Saved plans that were carried out, newest last; at most `consumedPlanLimit`.
        public var consumedPlans: [PlanID]
        /// The run whose journal was taken over last; it must not be taken over a second time.
        public var lastRun: RunID?
        /// What was asked of the rotations last; `nil` where there was none.
        public var rotations: RotationMemory?

        /// How many consumed plans are remembered. Older ones are refused by their serial anyway; the list only words the refusal.
        public static let consumedPlanLimit = 100

        /// A header of its parts.
        public init(
            lineage: Lineage, serial: Int = 0, owner: String, endpoint: String, projectID: ProjectID, consumedPlans: [PlanID] = [],
            lastRun: RunID? = nil, rotations: RotationMemory? = nil
        ) {
            self.lineage = lineage
            self.serial = serial
            self.owner = owner
            self.endpoint = endpoint
            self.projectID = projectID
            self.consumedPlans = consumedPlans
            self.lastRun = lastRun
            self.rotations = rotations
        }
    }

    public var header: Header
    /// Sorted by key, each key once.
    public var records: [SnapshotRecord]
    /// Snapshots that another one took the place of, and duplicates that were found: kept until they are pruned. Sorted by key and id.
    public var superseded: [SnapshotRecord]
    /// Creations whose outcome is not known yet, in the order of their attempts' ids.
    public var openIntents: [CreationIntent]
    /// Snapshots that were dropped on purpose and still carry the stamp, sorted: whoever looks for stamps passes them over.
    public var forgotten: [SnapshotID]

    /// A state of its parts.
    public init(
        header: Header, records: [SnapshotRecord] = [], superseded: [SnapshotRecord] = [], openIntents: [CreationIntent] = [],
        forgotten: [SnapshotID] = []
    ) {
        self.header = header
        self.records = records
        self.superseded = superseded
        self.openIntents = openIntents
        self.forgotten = forgotten
    }

    /// Whether nothing was ever made, decided or carried out under this state.
    public var bindsNothing: Bool {
        header.serial == 0 && header.consumedPlans.isEmpty && records.isEmpty && superseded.isEmpty && openIntents.isEmpty
            && forgotten.isEmpty
    }

    /// The record of a key, by binary search.
    public func record(for key: SnapshotKey) -> SnapshotRecord? {
        let index = records.partitioningIndex { $0.key >= key }
        return index < records.count && records[index].key == key ? records[index] : nil
    }
}

extension Array {
    /// The first index whose element satisfies a predicate that is false up to some place and true from there on.
    func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A decision to create one snapshot, on disk before its request is sent.
public struct CreationIntent: Hashable, Sendable {
    public var attempt: AttemptID
    /// The owner in the stamp.
    public var owner: String
    public var key: SnapshotKey
    public var volumeID: VolumeID
    public var name: String
    public var description: String?
    /// Ours alone, without the stamp.
    public var metadata: Metadata
    public var protect: Bool
    /// When the intent was written, by the wall clock: for people.
    public var startedAt: Timestamp
    /// The same instant on a clock that nobody can set: only this can prove that the settle time has passed since. `nil` where it is not known.
    public var bootInstant: BootInstant?
    /// The recorded snapshot that the new one takes the place of.
    public var replaces: SnapshotID?
    /// The snapshot that is to be stamped; nothing is made for this intent (`import`).
    public var adopts: SnapshotID?

    /// An intent of its parts.
    public init(
        attempt: AttemptID, owner: String, key: SnapshotKey, volumeID: VolumeID, name: String, description: String?, metadata: Metadata,
        protect: Bool, startedAt: Timestamp, bootInstant: BootInstant? = nil, replaces: SnapshotID? = nil, adopts: SnapshotID? = nil
    ) {
        self.attempt = attempt
        self.owner = owner
        self.key = key
        self.volumeID = volumeID
        self.name = name
        self.description = description
        self.metadata = metadata
        self.protect = protect
        self.startedAt = startedAt
        self.bootInstant = bootInstant
        self.replaces = replaces
        self.adopts = adopts
    }

    /// The stamp that the created snapshot carries.
    public var stamp: Stamp { Stamp(owner: owner, key: key.text, attempt: attempt.text) }
}

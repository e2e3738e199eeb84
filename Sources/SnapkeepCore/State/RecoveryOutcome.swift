/// What a recovery found: what is to be recorded, and what a person should know.
public struct RecoveryOutcome: Hashable, Sendable {
    /// One for each key, sorted by key.
    public var records: [SnapshotRecord] = []
    /// Further snapshots of those keys, sorted by key and id: kept until they are pruned.
    public var superseded: [SnapshotRecord] = []
    /// Creations that the lost state left open and that no snapshot shows yet; the next apply settles them.
    public var openIntents: [CreationIntent] = []
    /// What stays forgotten, as far as that is known.
    public var forgotten: [SnapshotID] = []
    public var findings = RecoveryFindings()

    /// Nothing found.
    public init() {}

    /// Whether there is nothing to write down.
    public var isEmpty: Bool { records.isEmpty && superseded.isEmpty && openIntents.isEmpty }

    /// A state made of this alone.
    public func state(_ header: RecordedState.Header) -> RecordedState {
        RecordedState(header: header, records: records, superseded: superseded, openIntents: openIntents, forgotten: forgotten)
    }

    /// The journal of adding this to a whole state. Cut off anywhere it leaves at most an open intent, which the next apply settles by the
    /// stamp that is in the cloud already.
    ///
    /// - Parameter now: when the intents are written.
    public func events(owner: String, at now: Timestamp) -> [JournalEvent] {
        var events: [JournalEvent] = []
        for record in records {
            // Recovered from a stamp, which names an attempt.
            guard let attempt = record.attempt else { continue }
            events.append(
                .intent(
                    CreationIntent(
                        attempt: attempt, owner: owner, key: record.key, volumeID: record.volumeID, name: record.name,
                        description: record.description, metadata: record.metadata, protect: record.protect, startedAt: now)))
            events.append(
                .created(
                    attempt: attempt,
                    CreatedSnapshot(id: record.id, status: record.status, size: record.size, createdAt: record.createdAt)))
            if let updatedAt = record.updatedAt {
                events.append(.observed(record.id, status: record.status, size: record.size, updatedAt: updatedAt))
            }
        }
        return events + superseded.map { .duplicate($0) }
    }
}

/// What a recovery has to tell beside what it records.
public struct RecoveryFindings: Hashable, Sendable {
    /// One key, several snapshots.
    public struct Duplicate: Hashable, Sendable {
        /// One that does not stand for the key.
        public struct Other: Hashable, Sendable {
            public var id: SnapshotID
            /// Made by one and the same creation, and not by an earlier or later one.
            public var hasSameAttempt: Bool
        }

        public var key: SnapshotKey
        /// The one that stands for the key; `nil` while a creation under that key is open.
        public var kept: SnapshotID?
        public var others: [Other]
    }

    /// Ours, and in a status that does not last or should not.
    public struct Unfinished: Hashable, Sendable {
        public var key: SnapshotKey
        public var id: SnapshotID
        /// `creating`, `error`, `deleting` or `error_deleting`.
        public var status: SnapshotStatus
    }

    /// Known to the lost state, and not in the cloud any more.
    public struct Gone: Hashable, Sendable {
        public var key: SnapshotKey
        public var id: SnapshotID
    }

    /// Which part of a stamp is missing or cannot be what was written.
    public enum StampProblem: Hashable, Sendable {
        case owner, key, attempt
    }

    /// A snapshot that was stamped, and whose stamp does not tell enough any more.
    public struct DamagedStamp: Hashable, Sendable {
        public var id: SnapshotID
        public var problem: StampProblem
    }

    /// What is left alone, in numbers.
    public struct Counts: Hashable, Sendable {
        /// All snapshots of the project.
        public var seen = 0
        /// Those that the state knows.
        public var held = 0
        /// Stamped, by owner.
        public var otherOwners: [String: Int] = [:]
        public var unstamped = 0
        /// Made by the backup service or another part of the cloud.
        public var serverMade = 0
        /// Stamped and dropped on purpose.
        public var forgotten = 0
    }

    public var duplicates: [Duplicate] = []
    public var unfinished: [Unfinished] = []
    public var damagedStamps: [DamagedStamp] = []
    /// Kept as records, so that a refresh tells them as lost.
    public var gone: [Gone] = []
    /// Of creations that are open in the state: the next apply settles them.
    public var awaitingSettlement: [SnapshotID] = []
    /// Recovered keys of which nothing tells whether they were protected, as no manifest lists them: recorded as protected (P3).
    public var unlisted: [SnapshotKey] = []
    public var counts = Counts()
}

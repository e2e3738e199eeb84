/// The ordered list of changes, and the inputs that it was computed from.
public struct Plan: Hashable, Sendable {
    /// What the plan was computed from. `apply` compares it with what it finds (P5).
    public struct Basis: Hashable, Sendable {
        /// The state's lineage; in a plan saved before the first apply the lineage that the state is to get; else `nil`.
        public var lineage: Lineage?
        /// The state's serial; 0 before the first apply.
        public var serial: Int
        /// Whether no state existed.
        public var isFirst: Bool
        /// The stack of the manifest, or the recorded owner.
        public var owner: String?
        public var endpoint: String?
        public var projectID: ProjectID?
        /// Whether the cloud was looked at: the records in the plan are then as it has them.
        public var isRefreshed: Bool
        /// The digest of the state's contents: another state may have come to the same serial. `nil` where no state existed, and in plans
        /// that were saved before there was this field.
        public var stateDigest: String?
        /// The digest of what a review of the state rests on: all of it but what routine runs of the rotations change. Only in plans with
        /// rotations.
        public var reviewedDigest: String?

        /// A basis of its parts.
        public init(
            lineage: Lineage?, serial: Int, isFirst: Bool, owner: String?, endpoint: String?, projectID: ProjectID?,
            isRefreshed: Bool = false, stateDigest: String? = nil, reviewedDigest: String? = nil
        ) {
            self.lineage = lineage
            self.serial = serial
            self.isFirst = isFirst
            self.owner = owner
            self.endpoint = endpoint
            self.projectID = projectID
            self.isRefreshed = isRefreshed
            self.stateDigest = stateDigest
            self.reviewedDigest = reviewedDigest
        }
    }

    public var basis: Basis
    /// In manifest order; then what is not listed, by key.
    public var changes: [Change]
    /// How many snapshots the manifest lists.
    public var declaredCount: Int
    /// How many records the state holds, superseded ones apart.
    public var recordedCount: Int
    /// How many listed snapshots are recorded and need nothing.
    public var unchangedCount: Int
    /// What others have changed since it was recorded, by key; only a refreshed plan knows.
    public var drift: [StateRefresh.Drift]
    /// What the rotations ask for; `nil` where the manifest has none.
    public var rotations: RotationPlan?
    /// What the plan is limited to; `nil` where it is whole.
    public var target: Target?
    /// What the manifest calls the volumes of which the changes have only the id.
    public var aliases: [VolumeID: String]
    /// How much the snapshots come to that the plan makes; `nil` where nobody has looked at the volumes. No part of a saved plan.
    public var createdSize: TotalSize?

    /// A plan of its parts, without `createdSize`: whoever looks at the volumes adds it.
    public init(
        basis: Basis, changes: [Change], declaredCount: Int, recordedCount: Int, unchangedCount: Int, drift: [StateRefresh.Drift] = [],
        rotations: RotationPlan? = nil, target: Target? = nil, aliases: [VolumeID: String] = [:]
    ) {
        self.basis = basis
        self.changes = changes
        self.declaredCount = declaredCount
        self.recordedCount = recordedCount
        self.unchangedCount = unchangedCount
        self.drift = drift
        self.rotations = rotations
        self.target = target
        self.aliases = aliases
    }

    /// Whether anything is to be done.
    public var hasActions: Bool { changes.contains(where: \.isAction) || rotations?.isNew == true }

    /// Listed snapshots that are lost: what the manifest wants is not there, though nothing is done about it.
    public var lostCount: Int {
        changes.count { if case .lost(_, .some, _) = $0 { true } else { false } }
    }

    /// How many changes there are of each kind.
    public var summary: Summary {
        var summary = Summary()
        for change in changes {
            switch change {
            case .create: summary.create += 1
            case .adopt: summary.adopt += 1
            case .update: summary.update += 1
            case .replace(_, _, _, let prune):
                summary.replace += 1
                if prune {
                    summary.delete += 1
                    summary.deleteReplaced += 1
                }
            case .resume: summary.resume += 1
            case .settle: summary.settle += 1
            case .delete: summary.delete += 1
            case .expire: summary.expire += 1
            case .retain: summary.retain += 1
            case .lost: summary.lost += 1
            }
        }
        return summary
    }

    /// How much the snapshots come to that the plan deletes in the cloud; `nil` where it deletes none of which the size is known.
    public var deletedSize: TotalSize? { TotalSize(changes.compactMap(\.deletedRecord).map(\.size)) }

    /// What snapshots come to. The size of one is that of its volume; what a cloud stores and bills for it may be less.
    public struct TotalSize: Hashable, Sendable {
        /// GiB, of those of which the size is known.
        public var gibibytes: Int
        /// How many there are beside them.
        public var unknown: Int

        /// A size of its parts.
        public init(gibibytes: Int, unknown: Int) {
            self.gibibytes = gibibytes
            self.unknown = unknown
        }

        /// The sum of sizes in GiB; `nil` where none is known.
        init?(_ sizes: some Sequence<Int?>) {
            self.init(gibibytes: 0, unknown: 0)
            var isKnown = false
            for size in sizes {
                guard let size, size >= 0 else {
                    unknown += 1
                    continue
                }
                isKnown = true
                let (sum, isAbsurd) = gibibytes.addingReportingOverflow(size)
                gibibytes = isAbsurd ? .max : sum
            }
            if !isKnown { return nil }
        }
    }

    /// Counts of changes by kind. A replacement that prunes counts as a replacement and as a deletion.
    public struct Summary: Hashable, Sendable {
        public var create = 0
        public var adopt = 0
        public var update = 0
        public var replace = 0
        public var resume = 0
        public var settle = 0
        public var delete = 0
        /// Those of `delete` that a replacement deletes.
        public var deleteReplaced = 0
        /// What rotations let go.
        public var expire = 0
        public var retain = 0
        public var lost = 0
    }
}

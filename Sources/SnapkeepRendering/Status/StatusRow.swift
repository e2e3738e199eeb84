package import SnapkeepCore

/// One snapshot, as `snapkeep status` lists it: what is declared or recorded, and what the cloud has of it.
package struct StatusRow: Hashable, Sendable {
    /// How a snapshot stands.
    package enum Standing: Hashable, Sendable {
        /// In the cloud, with the status that it has there.
        case present(SnapshotStatus)
        case lost(LossReason)
        /// Listed, and never made.
        case notMade
        /// Listed with the id of a snapshot that is not recorded yet.
        case notAdopted(SnapshotID)
        /// Listed and not recorded, but the cloud has one with our stamp.
        case unrecorded
        /// Listed and not recorded: a rename from this key was cut short.
        case halfRenamed(from: SnapshotKey)
        /// An earlier run may have made it; the next apply finds out.
        case unsettled
    }

    var key: SnapshotKey
    var standing: Standing
    var record: SnapshotRecord?
    /// The volume that the manifest asks for, else the recorded one.
    var volume: VolumeReference
    package var isDeclared: Bool
    /// Whether another one has taken its place.
    var isSuperseded = false
    /// What differs: fields changed by others, then fields that the manifest has changed.
    var drifted: [String] = []
    var edited: [String] = []

    /// What is recorded, else what the line names.
    var id: SnapshotID? { if case .notAdopted(let id) = standing { id } else { record?.id } }

    /// Whether it is in the cloud as it is declared.
    package var isGood: Bool { isDeclared && standing == .present(.available) && drifted.isEmpty && edited.isEmpty }

    /// The rows of a refreshed plan: declared ones in the manifest's order, then what is only recorded.
    package static func rows(
        of plan: Plan, manifest: Manifest, state: RecordedState?, orphans: [String: [SnapshotID]] = [:], cutRenames: [CutRename] = []
    ) -> [StatusRow] {
        let drift = Dictionary(plan.drift.map { ($0.id, $0.fields.map(\.label)) }, uniquingKeysWith: { first, _ in first })
        var changes: [SnapshotKey: Change] = [:]
        var rest: [StatusRow] = []
        for change in plan.changes {
            switch change {
            // Rotations have a table of their own.
            case .expire: break
            case .create, .adopt, .update, .replace, .resume, .settle(_, .some), .lost(_, .some, _): changes[change.key] = change
            case .settle(let intent, nil):
                rest.append(
                    StatusRow(
                        key: intent.key, standing: .unsettled, record: nil, volume: plan.reference(to: intent.volumeID), isDeclared: false))
            case .delete(let record, .gone):
                rest.append(
                    StatusRow(
                        key: record.key, standing: .lost(.gone), record: record, volume: plan.reference(to: record.volumeID),
                        isDeclared: false))
            case .delete(let record, .superseded), .retain(let record, .superseded), .retain(let record, .supersededProtected):
                rest.append(
                    StatusRow(
                        key: record.key, standing: .present(record.status), record: record, volume: plan.reference(to: record.volumeID),
                        isDeclared: false,
                        isSuperseded: true))
            case .delete(let record, .unlisted), .delete(let record, .underWay), .retain(let record, .unlisted),
                .retain(let record, .protected), .retain(let record, .unstamped), .retain(let record, .busy),
                .retain(let record, .notPicked):
                rest.append(
                    StatusRow(
                        key: record.key, standing: .present(record.status), record: record, volume: plan.reference(to: record.volumeID),
                        isDeclared: false,
                        drifted: drift[record.id] ?? []))
            case .lost(let record, nil, let reason):
                rest.append(
                    StatusRow(
                        key: record.key, standing: .lost(reason), record: record, volume: plan.reference(to: record.volumeID),
                        isDeclared: false))
            }
        }
        let declared = manifest.snapshots.map { spec in
            let record = state?.record(for: spec.key)
            var row = row(
                of: spec, plan.reference(to: spec.volume), changes[spec.key], record: record, drift: record.flatMap { drift[$0.id] } ?? [])
            if row.standing == .notMade, orphans[spec.key.text] != nil { row.standing = .unrecorded }
            if row.standing == .notMade, let rename = cutRenames.first(where: { $0.new == spec.key }) {
                row.standing = .halfRenamed(from: rename.old)
            }
            return row
        }
        return declared + rest
    }

    private static func row(
        of spec: SnapshotSpec, _ volume: VolumeReference, _ change: Change?, record: SnapshotRecord?, drift: [String]
    ) -> StatusRow {
        var row = StatusRow(
            key: spec.key, standing: record.map { .present($0.status) } ?? .notMade, record: record, volume: volume, isDeclared: true,
            drifted: drift)
        switch change {
        // What is recorded for the line is not what it names.
        case .adopt(_, let id, _): if record == nil { row.standing = .notAdopted(id) } else { row.edited = ["id"] }
        case .update(_, _, let fields), .resume(_, _, let fields): row.edited = fields.map(\.label).filter { !drift.contains($0) }
        case .replace(_, _, .volume, _): row.edited = ["volume"]
        case .replace(_, _, .lost(let reason), _), .lost(_, _, let reason): row.standing = .lost(reason)
        case .settle: row.standing = .unsettled
        case .replace(_, _, .failed, _), .replace(_, _, .beingDeleted, _), .create, .delete, .expire, .retain, nil: break
        }
        return row
    }
}

extension StatusRow.Standing {
    /// One word or two.
    var words: String {
        switch self {
        case .present(let status): VisibleText.escaped(status.description)
        case .lost(.gone): "lost: gone"
        case .lost(.goneWithVolume): "lost: gone with its volume"
        case .lost(.beingDeleted): "lost: being deleted"
        case .lost(.errorDeleting): "lost: error_deleting"
        case .lost(.unusable): "lost: unusable"
        case .notMade: "not made"
        case .notAdopted: "not adopted"
        case .unrecorded: "not recorded"
        case .halfRenamed: "half renamed"
        case .unsettled: "not settled"
        }
    }

    /// The stable word of the machine-readable output.
    var word: String {
        switch self {
        case .present(let status): status.description
        case .lost: "lost"
        case .notMade: "not_made"
        case .notAdopted: "not_adopted"
        case .unrecorded: "not_recorded"
        case .halfRenamed: "half_renamed"
        case .unsettled: "not_settled"
        }
    }
}

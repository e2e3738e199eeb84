package import SnapkeepCore
import SnapkeepEngine

/// Which snapshots of a project a generated manifest lists.
package struct SnapshotSelection: Hashable, Sendable {
    /// `nil`: of any volume.
    package var volumes: Set<VolumeID>?
    /// `nil`: of any name.
    var name: GlobPattern?
    /// Each must be on the snapshot.
    var metadata: [Metadata.Entry] = []
    /// What is recorded; `nil` where there is no state.
    package var records: Records?
    /// The keys of listed snapshots that carry our stamp: each can stand for one only.
    private var stampedKeys: Set<SnapshotKey> = []

    package init(
        volumes: Set<VolumeID>? = nil, name: GlobPattern? = nil, metadata: [Metadata.Entry] = [], records: Records? = nil
    ) {
        self.volumes = volumes
        self.name = name
        self.metadata = metadata
        self.records = records
    }

    /// What a state says of the snapshots that carry its stamp.
    package struct Records: Hashable, Sendable {
        let owner: String
        let ids: Set<SnapshotID>
        let keys: Set<SnapshotKey>
        let forgotten: Set<SnapshotID>

        package init(_ state: RecordedState) {
            owner = state.header.owner
            ids = Set((state.records + state.superseded).map(\.id))
            keys = Set(state.records.map(\.key))
            forgotten = Set(state.forgotten)
        }
    }

    /// How many of those that were asked for are not listed, and why.
    package struct LeftOut: Hashable, Sendable {
        var recorded = 0
        /// Stamped by another stack or state.
        var ofOthers = 0
        /// Stamped by us, neither recorded nor forgotten.
        var notRecorded = 0
        /// Stamped, and no state says by whom.
        var stamped = 0
        /// Dropped on purpose, and their key is another's now.
        var forgotten = 0
        var madeByServer = 0
        /// In `error`, or going away.
        var unusable = 0

        package static let none = LeftOut()

        /// `2 recorded already`: those above zero.
        package var words: [String] {
            [
                (recorded, "recorded already"), (ofOthers, "with the stamp of another owner"),
                (notRecorded, "with our stamp and not recorded: 'snapkeep recover' records them"),
                (stamped, "with a snapkeep stamp: another state keeps them, or 'snapkeep recover' finds them"),
                (forgotten, "forgotten, under a key that is another's now"), (madeByServer, "made by the cloud's backup service"),
                (unusable, "in status error or going away"),
            ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        }
    }

    func asksFor(_ snapshot: ObservedSnapshot) -> Bool {
        if let volumes, !volumes.contains(snapshot.volumeID) { return false }
        if let name, !name.matches(snapshot.name ?? "") { return false }
        return metadata.allSatisfy { snapshot.metadata[$0.key] == $0.value }
    }

    /// Whether the snapshot is to be listed; what is asked for and cannot be adopted is counted.
    package mutating func takes(_ snapshot: ObservedSnapshot, _ leftOut: inout LeftOut) -> Bool {
        guard asksFor(snapshot) else { return false }
        if snapshot.isServerMade {
            leftOut.madeByServer += 1
        } else if snapshot.isStamped, let reason = keeper(of: snapshot) {
            leftOut[keyPath: reason] += 1
        } else {
            switch snapshot.status {
            case .error, .deleting, .errorDeleting: leftOut.unusable += 1
            case .available, .creating, .rollingBack, .backingUp, .restoring, .other: return true
            }
        }
        return false
    }
}

extension SnapshotSelection {
    /// Why a stamped snapshot is not listed; `nil` for one that was forgotten on purpose: nobody keeps that, whatever its stamp says, and an
    /// import under the key of its stamp takes it back.
    private mutating func keeper(of snapshot: ObservedSnapshot) -> WritableKeyPath<LeftOut, Int>? {
        guard let records else { return \.stamped }
        if records.ids.contains(snapshot.id) { return \.recorded }
        guard let owner = snapshot.metadata[Stamp.ownerKey], owner.hasSameBytes(as: records.owner) else { return \.ofOthers }
        guard records.forgotten.contains(snapshot.id) else { return \.notRecorded }
        guard let key = snapshot.stampedKey, !records.keys.contains(key), stampedKeys.insert(key).inserted else { return \.forgotten }
        return nil
    }
}

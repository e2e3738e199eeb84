import SnapkeepCore

/// One volume in a report, with all of its snapshots.
struct ReportVolume: Hashable {
    /// What the manifest calls it; its id where it has no name.
    var label: String
    /// `nil` while nobody knows which one bears the name.
    var id: VolumeID?
    /// Oldest first; what is to be made comes last.
    var snapshots: [ReportSnapshot] = []
    /// What its rotations say, in the manifest's order.
    var standings: [RotationStanding] = []

    /// The worst that is to be told of it, in one or two words.
    enum Verdict: Int, Hashable, Comparable, CaseIterable {
        case overdue, lost, failed, changed, missed, toDo, underWay, paused, good

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

        var words: String {
            switch self {
            case .overdue: "overdue"
            case .lost: "lost"
            case .failed: "failed"
            case .changed: "changed outside"
            case .missed: "missed"
            case .toDo: "to do"
            case .underWay: "under way"
            case .paused: "paused"
            case .good: "good"
            }
        }

        /// Whether somebody should look.
        var needsAttention: Bool { self < .toDo }
    }

    var verdict: Verdict {
        var all: [Verdict] = [.good]
        for standing in standings {
            if standing.overdueSince != nil { all.append(.overdue) }
            switch standing.demand {
            case .missed: all.append(.missed)
            case .due: all.append(.toDo)
            case .underWay: all.append(.underWay)
            case .paused: all.append(.paused)
            case .met: break
            }
        }
        for snapshot in snapshots {
            switch snapshot.mark {
            case .bad: all.append(snapshot.state.hasPrefix("lost") ? .lost : .failed)
            case .changed: all.append(.changed)
            case .planned, .leaving: all.append(.toDo)
            case .unfinished: all.append(.underWay)
            case .good: break
            }
        }
        return all.min()!
    }

    /// The snapshots that count as copies.
    var good: [SnapshotRecord] { snapshots.lazy.filter { $0.mark != .bad }.compactMap(\.record).filter(\.status.isGood) }

    /// When the newest good one was made.
    var newest: Timestamp? { good.compactMap(\.createdAt).max() }
    var oldest: Timestamp? { snapshots.compactMap { $0.record?.createdAt }.min() }
    /// GiB of all that exist.
    var size: Int { snapshots.reduce(0) { Self.sum($0, $1.record?.size ?? 0) } }

    /// A cloud may answer any number.
    static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, isTooLarge) = left.addingReportingOverflow(right)
        return isTooLarge ? .max : sum
    }
}

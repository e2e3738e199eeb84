/// The limits on deletion, checked before the first one (P3).
public struct DeletionGuard: Hashable, Sendable {
    /// Most deletions in one run.
    public var maxDeletes: Int
    /// Most deletions in one run, in percent of the records; counts from `percentFloor` records on.
    public var maxPercent: Int

    /// Below so many records a percentage says nothing.
    public static let percentFloor = 10

    /// Limits of their parts; the defaults are those of P3.
    public init(maxDeletes: Int = 5, maxPercent: Int = 30) {
        self.maxDeletes = maxDeletes
        self.maxPercent = maxPercent
    }

    /// Why a plan is refused as a whole.
    public enum Refusal: Hashable, Sendable {
        case tooMany(deletions: Int, limit: Int)
        case tooLargeShare(deletions: Int, recorded: Int, percent: Int)
    }

    /// The limits that the plan breaks. Deletions that an earlier run began count where this one carries them on; those that are only waited
    /// for do not.
    public func refusals(of plan: Plan) -> [Refusal] {
        let deletions = plan.changes.count { change in
            switch change {
            case .delete(_, .unlisted), .delete(_, .superseded), .replace(_, _, _, prune: true): true
            // What the rules of the last apply would let go as well is routine.
            case .expire(_, let expiry): expiry.isByEdit
            default: false
            }
        }
        var refusals: [Refusal] = []
        if deletions > maxDeletes { refusals.append(.tooMany(deletions: deletions, limit: maxDeletes)) }
        // Superseded ones are recorded too, in a list of their own.
        let superseded = plan.changes.count { change in
            switch change {
            case .delete(_, .superseded), .retain(_, .superseded), .retain(_, .supersededProtected): true
            default: false
            }
        }
        let all = plan.recordedCount + superseded
        if all >= Self.percentFloor, deletions * 100 > all * maxPercent {
            refusals.append(.tooLargeShare(deletions: deletions, recorded: all, percent: maxPercent))
        }
        return refusals
    }
}

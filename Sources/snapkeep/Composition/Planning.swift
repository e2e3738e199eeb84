import Crypto
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Manifest and state in, plan out: the reading path of `plan` and the first half of `apply`.
struct Planning {
    let manifest: Manifest
    let state: RecordedState?
    let identity: CloudIdentity
    let options: Reconciliation.Options
    /// `nil` where the manifest has no rotations.
    var clock: RotationClock?

    /// - Parameters:
    ///   - lineage: what a plan made before the first apply is to carry when it is saved; `nil` leaves it out.
    ///   - observation: what a look at the cloud showed; `nil` without one.
    ///   - volumes: looked at without the snapshots, where nothing else is known of the cloud.
    func plan(lineage: Lineage?, observation: Observation? = nil, volumes: VolumeDirectory? = nil) -> Plan {
        let header = state?.header
        let basis = Plan.Basis(
            lineage: header?.lineage ?? lineage, serial: header?.serial ?? 0, isFirst: header == nil,
            owner: header?.owner ?? manifest.stack?.text ?? lineage?.text, endpoint: identity.endpoint ?? header?.endpoint,
            projectID: identity.projectID ?? header?.projectID, isRefreshed: observation != nil)
        return Reconciliation.plan(
            for: manifest, against: state, basis: basis, options: options, observation: observation ?? Observation(volumes: volumes),
            clock: clock?.checked(against: header?.rotations))
    }
}

extension SavedPlan {
    /// The id that belongs to the plan's inputs and actions (P7).
    var digest: PlanID { Self.digest(of: PlanFile.canonicalBytes(of: self)) }

    /// Gives the plan its id.
    ///
    /// - Returns: the document with it.
    mutating func seal() -> Document {
        let bytes = PlanFile.canonicalBytes(of: self)
        let id = Self.digest(of: bytes)
        self.id = id
        return Document(canonicalBytes: bytes, id: id)
    }

    /// A sealed plan's own document: a large plan is written once.
    struct Document: Sendable {
        fileprivate let canonicalBytes: [UInt8]
        fileprivate let id: PlanID

        /// As a file has it.
        var file: [UInt8] { PlanFile.document(canonicalBytes: canonicalBytes, id: id) }

        /// As a command prints it.
        func printed(_ status: ExitStatus, _ plan: Plan) -> [UInt8] {
            PlanFile.document(canonicalBytes: canonicalBytes, id: id, printed: .init(exitCode: Int(status.rawValue), plan))
        }
    }

    private static func digest(of bytes: [UInt8]) -> PlanID { PlanID(Hexadecimal.text(SHA256.hash(data: bytes)))! }
}

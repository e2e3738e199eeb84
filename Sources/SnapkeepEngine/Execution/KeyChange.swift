public import SnapkeepCore

/// Gives the stamp of a recorded snapshot another key (`rename`). Like every change it looks first: what carries another owner's stamp by now,
/// or none, is left alone (P3).
public struct KeyChange: Sendable {
    let service: any SnapshotService
    let policy: ExecutionPolicy
    let environment: EngineEnvironment

    /// Asks through `service`; the policy says how often.
    public init(service: any SnapshotService, policy: ExecutionPolicy, environment: EngineEnvironment) {
        self.service = service
        self.policy = policy
        self.environment = environment
    }

    /// What the change of a stamp came to.
    public enum Outcome: Hashable, Sendable {
        /// The stamp in the cloud now has the new key.
        case changed
        /// Nothing was changed: the snapshot is gone, or not ours any more.
        case vanished
        case notOurs(owner: String?)
        /// Nothing was changed.
        case refused(ServiceFault)
        /// The stamp may have either key now; the same call again finds out.
        case uncertain(ServiceFault)

        /// Whether something may have been changed.
        public var isUncertain: Bool { if case .uncertain = self { true } else { false } }
    }

    /// Looks at the snapshot, changes its stamp and looks whether it is there. It can be repeated.
    public func rename(_ record: SnapshotRecord, to key: SnapshotKey, owner: String) async -> Outcome {
        let retrier = Retrier(policy: policy, environment: environment)
        do {
            let found = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(record.id) }
            guard let found else { return .vanished }
            guard isOurs(found, record, key, owner) else { return .notOurs(owner: found.metadata[Stamp.ownerKey]) }
        } catch { return .refused(error) }
        let entry = Metadata([.init(key: Stamp.keyKey, value: key.text)])
        do {
            // Merging the same entry again changes nothing, so a lost answer is simply asked for again.
            try await retrier.call { () throws(ServiceFault) in try await service.mergeMetadata(entry, into: record.id) }
            let shown = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(record.id) }
            guard let shown else { return .vanished }
            return shown.metadata[Stamp.keyKey].isSameText(as: key.text) ? .changed : .notOurs(owner: shown.metadata[Stamp.ownerKey])
        } catch {
            switch error.kind {
            case .refused(.snapshotNotFound): return .vanished
            case .refused, .unauthenticated, .accountBlocked, .throttled, .notSent, .uncertain, .unintelligible: return .uncertain(error)
            }
        }
    }

    /// Under the old key or, where an earlier try got that far, under the new one.
    private func isOurs(_ found: ObservedSnapshot, _ record: SnapshotRecord, _ key: SnapshotKey, _ owner: String) -> Bool {
        guard let stamp = Stamp(in: found.metadata), stamp.owner.isSameText(as: owner), record.attempt?.text == stamp.attempt,
            !found.isServerMade
        else { return false }
        return stamp.key.isSameText(as: record.key.text) || stamp.key.isSameText(as: key.text)
    }
}

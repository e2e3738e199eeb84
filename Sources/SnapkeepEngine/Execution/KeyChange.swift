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
        /// Nothing was changed: the snapshot is gone, or not ours any more. No owner: the stamp was removed or changed.
        case vanished
        case notOurs(owner: String?)
        /// Nothing was changed.
        case refused(ServiceFault)
        /// The stamp may have either key now; the same call again finds out.
        case uncertain(ServiceFault)
        /// The change was asked for, and by then the snapshot is gone.
        case vanishedMeanwhile
        /// The cloud accepted the change, and then shows another stamp: somebody else's, or ours with another key or attempt.
        case overtaken(owner: String?)

        /// Whether something may have been changed.
        public var isUncertain: Bool {
            switch self {
            case .uncertain, .vanishedMeanwhile, .overtaken: true
            case .changed, .vanished, .notOurs, .refused: false
            }
        }
    }

    /// Looks at the snapshot, changes its stamp and looks whether it is there. It can be repeated.
    public func rename(_ record: SnapshotRecord, to key: SnapshotKey, owner: String) async -> Outcome {
        let retrier = Retrier(policy: policy, environment: environment)
        do {
            let found = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(record.id) }
            guard let found else { return .vanished }
            guard isOurs(found, record, owner) else { return .notOurs(owner: otherOwner(of: found, than: owner)) }
        } catch { return .refused(error) }
        if let outcome = await merge(key, into: record.id, retrier) { return outcome }
        do {
            let shown = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(record.id) }
            guard let shown else { return .vanishedMeanwhile }
            guard isOurs(shown, record, owner), shown.metadata[Stamp.keyKey].hasSameBytes(as: key.text) else {
                return .overtaken(owner: otherOwner(of: shown, than: owner))
            }
            return .changed
        } catch { return .uncertain(error) }
    }

    /// - Returns: `nil` once the cloud has accepted it.
    private func merge(_ key: SnapshotKey, into id: SnapshotID, _ retrier: Retrier) async -> Outcome? {
        let entry = Metadata([.init(key: Stamp.keyKey, value: key.text)])
        let mayBeChanged = Doubt()
        do {
            environment.failpoints.hit(.beforePost)
            // Merging the same entry again changes nothing, so a lost answer is simply asked for again.
            try await retrier.call { () throws(ServiceFault) in
                do throws(ServiceFault) { try await service.mergeMetadata(entry, into: id) } catch {
                    mayBeChanged.note(error)
                    throw error
                }
            }
            environment.failpoints.hit(.afterAnswer)
            return nil
        } catch {
            switch error.kind {
            case .refused(.snapshotNotFound): return mayBeChanged.isRaised ? .vanishedMeanwhile : .vanished
            case .refused, .unauthenticated, .accountBlocked, .throttled, .notSent:
                return mayBeChanged.isRaised ? .uncertain(error) : .refused(error)
            case .uncertain, .unintelligible: return .uncertain(error)
            }
        }
    }

    /// Under whichever key: an earlier rename, to this key or another, may have been cut short between the stamp and the record.
    private func isOurs(_ found: ObservedSnapshot, _ record: SnapshotRecord, _ owner: String) -> Bool {
        guard let stamp = Stamp(in: found.metadata) else { return false }
        return stamp.owner.hasSameBytes(as: owner) && record.attempt?.text == stamp.attempt && !found.isServerMade
    }

    private func otherOwner(of found: ObservedSnapshot, than owner: String) -> String? {
        let shown = found.metadata[Stamp.ownerKey]
        return shown.hasSameBytes(as: owner) ? nil : shown
    }
}

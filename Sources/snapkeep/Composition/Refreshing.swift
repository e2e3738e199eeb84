import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest
import SnapkeepRendering

/// Holds manifest and records against what the cloud holds now: `--refresh` and `status`.
struct Refreshing {
    let reader: ProjectReader
    let say: @Sendable (String) -> Void

    private static let consequence = "what was not seen is not taken for gone; nothing was created, changed or deleted"

    /// What was found.
    struct Finding {
        let plan: Plan
        let refresh: StateRefresh
        let observation: Observation
        /// What the cloud would refuse.
        let preflight: [Preflight.Finding]
    }

    /// Reads all snapshots of the project, and asks for each recorded one that the list does not show: only its own 404 says that it is gone.
    ///
    /// - Throws: `Failure` when anything could not be read: then nothing is known to be gone.
    func look(at state: RecordedState?, for manifest: Manifest) async throws -> StateRefresh {
        do throws(ServiceFault) {
            var pass = RefreshPass(state, stack: manifest.stack, wanted: WantedSnapshots(of: manifest, beside: state))
            try await reader.visitSnapshots { pass.see($0) }
            let unseen = pass.unseen
            if !unseen.isEmpty { say("asking for \(Quantities.count(unseen.count, "snapshot")) that the list does not show") }
            for snapshot in try await reader.snapshots(unseen) { pass.see(snapshot) }
            return pass.finished()
        } catch { throw Failure(.error, .projectUnread(error, consequence: Self.consequence)) }
    }

    /// The plan by what was seen. Volumes and quota are read only when something in it depends on them.
    ///
    /// - Parameter planning: with the state as it is after the refresh.
    func plan(_ planning: Planning, after refresh: StateRefresh, lineage: Lineage?) async throws -> Finding {
        var observation = Observation(refresh)
        let first = planning.plan(lineage: lineage, observation: observation)
        let namesVolumes = planning.manifest.snapshots.contains { $0.volume.id == nil } || planning.manifest.picksVolumes
        guard namesVolumes || first.changes.contains(where: { $0.creation != nil || $0.isLoss }) else {
            return Finding(
                plan: first, refresh: refresh, observation: observation,
                preflight: refresh.preflight(of: first, observation, planning.options))
        }
        do throws(ServiceFault) {
            say("reading the project's volumes")
            let wanted = Set(first.changes.compactMap(\.neededVolume))
            let volumes = VolumeDirectory(try await reader.volumes(including: wanted))
            observation.volumes = volumes
            let plan = planning.plan(lineage: lineage, observation: observation)
            let quota = plan.changes.contains { $0.creation != nil } ? try await reader.quota() : nil
            let findings = Preflight.findings(of: plan, volumes: volumes, snapshotsByVolume: refresh.snapshotsByVolume, quota: quota)
            return Finding(
                plan: plan, refresh: refresh, observation: observation,
                preflight: refresh.preflight(of: plan, observation, planning.options) + findings)
        } catch { throw Failure(.error, .projectUnread(error, consequence: Self.consequence)) }
    }
}

extension Refreshing {
    /// The whole way of a command that only looks: log in, read, plan.
    ///
    /// - Parameter given: with the state as it is recorded.
    static func find(
        _ given: Planning, lineage: Lineage? = nil, _ binding: CloudBinding, _ session: Session
    ) async throws -> Finding {
        try await binding.open { cloud in
            let refreshing = Refreshing(reader: session.reader(of: cloud.service)) { session.say($0) }
            let refresh = try await refreshing.look(at: given.state, for: given.manifest)
            var planning = Planning(
                manifest: given.manifest, state: refresh.state, identity: cloud.identity, options: given.options, clock: given.clock)
            if let clock = planning.clock { planning.clock = clock.checked(against: cloud.service.clockDifference) }
            return try await refreshing.plan(planning, after: refresh, lineage: lineage)
        }
    }
}

extension Refreshing.Finding {
    /// What is to be said beside the plan.
    ///
    /// - Parameters:
    ///   - places: where the manifest lists the snapshots.
    ///   - options: those that a command of the same cloud and state needs, as they were typed.
    func diagnostics(_ places: [SnapshotKey: SnapshotPlaces], options: [String]) -> [Diagnostic] {
        // What is refused for it is not told twice.
        let told = Set(preflight.compactMap { if case .halfRenamed(let rename, _) = $0 { rename.id } else { nil } })
        let stamps = stampFindings(places, options: options, without: told)
        let renames = RenameHint.hints(in: plan, observation: observation).filter { hint in
            !hint.candidates.contains { told.contains($0.id) }
        }
        return plan.targetFindings + plan.rotationFindings(state: refresh.state)
            + (stamps + preflight.map { Diagnostic($0, places, options: options) }
            + renames.map { .renamed($0, at: places[$0.new]?.range(of: .name), options: options) }).inSourceOrder()
    }

    /// The stamps that others have changed.
    ///
    /// - Parameter told: of which nothing more is to be said.
    func stampFindings(
        _ places: [SnapshotKey: SnapshotPlaces], options: [String], without told: Set<SnapshotID> = []
    ) -> [Diagnostic] {
        refresh.unstamped.filter { !told.contains($0.id) }.map { found in
            guard let rename = found.rename else {
                return .stampChanged(found, at: places[found.key]?.range(of: .name), options: options)
                    .gathered(for: found.key, cause: found.owner ?? "")
            }
            return .halfRenamed(
                .warning, rename, isListed: places[rename.old] != nil, isTaken: refresh.state?.record(for: rename.new) != nil,
                at: (places[rename.new] ?? places[rename.old]).map { .range($0.range(of: .name)) } ?? .none, options: options)
        }
    }
}

extension Session {
    /// What reads a whole project, and says on a terminal how far it is.
    func reader(of service: any ProjectService, _ policy: ExecutionPolicy = ExecutionPolicy()) -> ProjectReader {
        ProjectReader(service: service, policy: policy, environment: SystemTime.engineEnvironment(failpoints: .inert)) { [self] count in
            say("reading the project's snapshots" + (count == 0 ? "" : ": \(Quantities.grouped(count)) so far"))
        }
    }
}

extension StateRefresh {
    fileprivate func preflight(
        of plan: Plan, _ observation: Observation, _ options: Reconciliation.Options
    ) -> [Preflight.Finding] {
        Preflight.findings(adoptingIn: plan, state: state, observation: observation, recreates: options.recreate)
            + Preflight.findings(of: plan, orphans: orphans, cutRenames: cutRenames)
            + Preflight.findings(of: plan, lookAlikes: lookAlikes, observation: observation)
    }
}

extension Change {
    fileprivate var isLoss: Bool { if case .lost = self { true } else { false } }

    /// The volume that tells whether the change can be carried out, or what it means; `nil` where it is known by name only.
    fileprivate var neededVolume: VolumeID? {
        switch self {
        case .replace(_, let record, .lost, _): record.volumeID
        case .create(let spec), .replace(let spec, _, .volume, _), .replace(let spec, _, .failed, _),
            .replace(let spec, _, .beingDeleted, _):
            spec.volume.id
        case .lost(let record, _, _): record.volumeID
        case .adopt, .update, .resume, .settle, .delete, .expire, .retain: nil
        }
    }
}

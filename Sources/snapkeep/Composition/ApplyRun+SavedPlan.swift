import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

/// A saved plan is carried out as it was reviewed, or not at all (P5); what the clock asks for, as it is due by now.
extension ApplyRun {
    mutating func apply(_ saved: SavedPlan, to loaded: LoadedState) async throws -> ExitStatus {
        let refusal = await StalePlan.check(saved, against: loaded.boundState, identity: identity) { id in
            (try? await output.locked.store.history(namesSnapshots: false))?.entries.last { $0.plan == id }
        }
        if let refusal { throw Failure(.refused, refusal) }
        let errors = saved.findings.filter { $0.severity == .error }
        if !errors.isEmpty { throw Failure(.refused, .planWithErrors(errors)) }
        let (plan, copies) = try await present(saved, loaded.boundState)
        var shown = saved
        shown.plan = plan
        try output.show(shown, cloud: identity.cloud)
        guard plan.hasActions || !copies.isEmpty, let id = saved.id else { return tellLost(plan.lostCount, .done) }
        try await approve(plan, copies.isEmpty ? loaded.boundState : loaded.boundState?.with(copies, run), hasLooked: false)
        let state = try await stateToBeginFrom(plan, loaded.boundState)
        let recorder = try await begin(state, plan: id)
        for copy in copies { try await recorder.record(.duplicate(copy), .soon) }
        // What was seen when it was planned; what the plan changes of it comes after (P11).
        for drift in plan.drift {
            if let record = state.record(for: drift.key), record.id == drift.id {
                try await recorder.record(drift.event(over: record), .soon)
            }
        }
        var carriedOut = plan
        var unsettled: [AttemptID: ServiceFault] = [:]
        if !state.openIntents.isEmpty { unsettled = try await settle(state.openIntents, recorder, loaded.interrupted) }
        // A routine run may have settled meanwhile what the plan was to.
        carriedOut.changes = plan.changes.afterSettling(in: await recorder.state, saved.options)
        return try await execute(carriedOut, recorder, unsettled, id: id, places: saved.places)
    }

    /// A saved plan with what its rotations ask for now: what was due when it was made may be done by now, and other things may be due.
    ///
    /// - Returns: beside it copies that another machine has made, to be recorded once the plan is carried out.
    private mutating func present(_ saved: SavedPlan, _ state: RecordedState?) async throws -> (Plan, copies: [SnapshotRecord]) {
        guard let rotations = saved.plan.rotations else { return (saved.plan, []) }
        let manifest = Manifest(snapshots: [], rotations: rotations.declared, aliases: saved.plan.aliases)
        var options = saved.options
        options.onlyChangedByManifest = options.onlyChangedByManifest || settings.onlyChangedByManifest
        let volumes = manifest.picksVolumes ? try await readVolumes() : nil
        var known = state
        func planned() -> Plan {
            Planning(manifest: manifest, state: known, identity: identity, options: options, clock: clock)
                .plan(lineage: saved.plan.basis.lineage, volumes: volumes)
        }
        var present = planned()
        var copies: [SnapshotRecord] = []
        if let state {
            // What the manifest asks for is looked up with it: one list for both.
            var both = present
            both.changes += saved.plan.parts.byManifest
            copies = try await foundCopies(of: both, state)
            if !copies.isEmpty { known = state.with(copies, run) }
        }
        let isSuspended = try await checkClock(for: present)
        if !copies.isEmpty || isSuspended { present = planned() }
        let ids = Set([known?.records ?? [], known?.superseded ?? []].joined().lazy.map(\.id))
        do throws(EditGrowth) {
            return (try saved.plan.carriedOut(with: present, isRecorded: ids.contains), copies)
        } catch { throw Failure(.refused, .editGrew(error)) }
    }
}

extension RecordedState {
    /// The state as it will be once copies that were found are recorded.
    fileprivate func with(_ copies: [SnapshotRecord], _ run: RunInfo) -> RecordedState {
        let events = [JournalEvent.begin(run, plan: nil)] + copies.map { .duplicate($0) }
        // A copy that the state knows is none.
        return (try? StateReplay.fold(events, into: self)) ?? self
    }
}

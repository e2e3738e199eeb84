import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

/// `--recover`: a run that begins from the stamps in the cloud where no state file exists, so that a pipeline needs no storage of its own.
/// Where there is a state the flag changes nothing.
struct StatelessRun {
    let found: RecoverableState
    let outcome: RecoveryOutcome
    /// What the run begins from; `nil` where neither stamps nor a history tell of anything.
    let state: RecordedState?
    /// Confirmed by the cloud.
    let identity: CloudIdentity

    /// Reads the project through a connection of its own, for a command that only looks.
    ///
    /// - Throws: `Failure` when the manifest names no stack, or the list of snapshots is not whole.
    static func look(
        _ manifest: Manifest, _ store: any StateStore, _ binding: CloudBinding, _ session: Session
    ) async throws -> StatelessRun? {
        try await binding.open { cloud in
            // Nobody keeps this state: two plans of equal inputs are equal (P7), and neither fits a state file that there will be (P5).
            try await begin(
                manifest, store, cloud.identity, cloud.service, session, lineage: Lineage("00000000-0000-0000-0000-000000000000")!)
        }
    }

    /// Reads the project.
    ///
    /// - Parameters:
    ///   - identity: confirmed by the cloud.
    ///   - lineage: of the state that is made.
    /// - Returns: `nil` where what there is of a state has to be looked at by a person.
    /// - Throws: `Failure` when the manifest names no stack, or the list of snapshots is not whole.
    static func begin(
        _ manifest: Manifest, _ store: any StateStore, _ identity: CloudIdentity, _ service: any ProjectService, _ session: Session,
        lineage: Lineage = Lineage(randomUUID())!
    ) async throws -> StatelessRun? {
        let found = try await store.loadForRecovery()
        guard case .absent = found.condition else { return nil }
        // A lineage is lost with its state: the next job would look for another owner and find nothing.
        guard let stack = manifest.stack?.text else { throw Failure(.error, .recoverWithoutStack()) }
        let recovering = try Recovering(found: found, manifest: manifest, given: nil, statePath: store.place)
        let outcome = try await recovering.look(through: session.reader(of: service))
        session.tellAside(RecoveryRenderer.brief(outcome, owner: stack) + "\n")
        var state = try recovering.rebuilt(outcome, for: identity, lineage: lineage)
        if state == nil, found.lastSerial > 0, let endpoint = identity.endpoint, let project = identity.projectID {
            // The history stayed and all snapshots are gone: above its serial, the next run does not take this state for an older one.
            state = RecordedState(
                header: found.newHeader(lineage: lineage, owner: stack, endpoint: endpoint, projectID: project))
        }
        return StatelessRun(found: found, outcome: outcome, state: state, identity: identity)
    }

    /// Makes the state file that the rest of the run goes on with.
    ///
    /// - Returns: whether one was made.
    func write(to locked: any LockedState, run: RunInfo, _ session: Session) async throws -> Bool {
        guard let state else { return false }
        // A run and a line of its own in the history: the apply's own line counts from here.
        var recovery = run
        (recovery.run, recovery.command) = (RunID(randomUUID())!, "recover")
        try Task.checkCancellation()
        let (_, historyFault) = try await locked.rebuild(state, from: outcome, found: found, run: recovery)
        session.report([historyFault.map { .historyNotWritten($0) }].compactMap { $0 })
        return true
    }
}

extension Diagnostic {
    static func recoverWithoutStack() -> Diagnostic {
        Diagnostic(
            .error, code: "recover-without-stack",
            "the manifest names no stack, and without a state only that tells which stamps are ours",
            help: "add 'stack: NAME' to the manifest; snapshots that are stamped otherwise are found by 'snapkeep recover --owner NAME'")
    }

    static func recoveredPlanToSave(path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "recovered-plan", "a saved plan is good for one state, and this one is not kept", at: .named(path),
            help: "run 'snapkeep recover' first and keep its state, or plan without --out")
    }
}

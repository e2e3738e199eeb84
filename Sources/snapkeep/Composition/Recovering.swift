import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// What is left of a state, the stamps in the cloud and the manifest in; a recovery out. Nothing is written here.
struct Recovering: Sendable {
    let found: RecoverableState
    let manifest: Manifest?
    /// Whose snapshots are looked for; `nil` where nothing tells.
    let owner: String?

    /// - Parameter given: `--owner`.
    /// - Throws: `Failure` when the owner that was named is not the one of the manifest or of the state.
    init(found: RecoverableState, manifest: Manifest?, given: String?, statePath: String) throws {
        self.found = found
        self.manifest = manifest
        if let given {
            if let stack = manifest?.stack?.text, stack != given { throw Failure(.usage, .twoOwners(flag: given, manifest: stack)) }
            if let recorded = found.readableOwner, recorded != given {
                throw Failure(.refused, .ownerOfOtherState(statePath, recorded: recorded, given: given))
            }
        }
        owner = given ?? found.readableOwner ?? manifest?.stack?.text ?? found.owner
    }

    /// Reads the whole project.
    ///
    /// - Throws: `Failure` when any page is missing: what is not seen would be made a second time.
    func look(through reader: ProjectReader) async throws -> RecoveryOutcome {
        var recovery = start
        var unseen = found.knownIDs
        do throws(ServiceFault) {
            try await reader.visitSnapshots { snapshot in
                recovery.note(snapshot)
                if !unseen.isEmpty { unseen.remove(snapshot.id) }
            }
            // A list may lag behind; what the lost state knew by its id is asked for by its id.
            for snapshot in try await reader.snapshots(unseen.sorted()) { recovery.note(snapshot) }
        } catch {
            throw Failure(.error, .projectUnread(error, consequence: "a part of it proves nothing, so nothing is recorded"))
        }
        return recovery.outcome()
    }

    private var start: Recovery {
        let specs = manifest?.snapshots ?? []
        if case .whole(let state) = found.condition { return Recovery(owner: owner, specs: specs, addingTo: state) }
        return Recovery(
            owner: owner, specs: specs, former: found.former?.records ?? [], superseded: found.former?.superseded ?? [],
            intents: found.openIntents)
    }

    /// The state that an outcome makes where there is no whole one; `nil` where nothing was found.
    ///
    /// - Parameters:
    ///   - identity: confirmed by the cloud.
    ///   - lineage: where that of the lost state is not known.
    func rebuilt(
        _ outcome: RecoveryOutcome, for identity: CloudIdentity, lineage: Lineage = Lineage(randomUUID())!
    ) throws -> RecordedState? {
        guard let owner, !outcome.isEmpty else { return nil }
        guard let endpoint = identity.endpoint, let project = identity.projectID else { throw Failure(.error, .unboundPlan) }
        return outcome.state(found.newHeader(lineage: lineage, owner: owner, endpoint: endpoint, projectID: project))
    }
}

extension RecoverableState {
    /// Of a state that can be read, whether it counts or not.
    fileprivate var readableOwner: String? {
        switch condition {
        case .whole(let state), .older(let state, _): state.header.owner
        case .damaged: former?.header.owner
        case .absent: nil
        }
    }

    /// Whether there is a state to be gone on with.
    var isWhole: Bool { if case .whole = condition { true } else { false } }
}

extension LockedStore {
    /// Writes down what a recovery found: over a whole state by its journal, else as a new state.
    ///
    /// - Parameter rebuilt: the new state, where there is no whole one.
    /// - Returns: the serial, and the names under which files that do not count any more are kept.
    func record(
        _ outcome: RecoveryOutcome, rebuilt: RecordedState?, found: RecoverableState, run: RunInfo
    ) async throws -> (serial: Int, kept: [String]) {
        if let rebuilt {
            var kept: [String] = []
            if found.condition == .absent { try createState(rebuilt) } else { kept = try rebuild(rebuilt, at: run.startedAt) }
            // The state stands and says all; a history that cannot be written must not make this look undone.
            try? appendHistory(
                HistoryEntry(
                    run: run, serialBefore: found.lastSerial, serialAfter: rebuilt.header.serial, counts: .init(), plan: nil, exitCode: 0))
            return (rebuilt.header.serial, kept)
        }
        let state = try requireState()
        try await change(state, run: run, events: outcome.events(owner: state.header.owner, at: run.startedAt))
        return (loaded.state?.header.serial ?? 0, [])
    }
}

extension Diagnostic {
    static func twoOwners(flag: String, manifest: String) -> Diagnostic {
        Diagnostic(
            .error, code: "two-owners",
            "--owner names \(VisibleText.named(flag)), the manifest says 'stack: \(VisibleText.escaped(manifest))'",
            help: "leave --owner out, or name a manifest without that stack")
    }

    static func ownerOfOtherState(_ path: String, recorded: String, given: String) -> Diagnostic {
        Diagnostic(
            .error, code: "other-owner",
            "the state belongs to owner \(VisibleText.named(recorded)), --owner names \(VisibleText.named(given))", at: .named(path),
            help: "leave --owner out, or name another state file with --state")
    }

    /// Whose snapshots to look for, nobody has said.
    static func ownerUnknown(_ owners: [String: Int]) -> Diagnostic {
        Diagnostic(
            .error, code: "owner-unknown",
            owners.isEmpty
                ? "no snapshot of the project carries a stamp, so there is nothing to recover"
                : "whose snapshots to recover is not known: neither a manifest's 'stack' nor the state tells",
            notes: ownerNotes(owners), help: owners.isEmpty ? "check project and endpoint with 'snapkeep doctor'" : "add '--owner NAME'")
    }

    /// Nothing carries the owner's stamp.
    static func nothingRecovered(owner: String, project: ProjectID?, owners: [String: Int], path: String, isLost: Bool) -> Diagnostic {
        Diagnostic(
            .error, code: "nothing-recovered",
            "no snapshot of \(project.map { "project \($0)" } ?? "the project") carries the stamp of owner \(VisibleText.named(owner)); nothing was written",
            at: .named(path), notes: ownerNotes(owners),
            help: isLost
                ? "check project, endpoint and owner; where all of its snapshots are truly gone, move the state's files away and apply anew"
                : "check project, endpoint and owner; where none were made yet, 'snapkeep apply' begins a state")
    }

    private static func ownerNotes(_ owners: [String: Int]) -> [Note] {
        owners.sorted { $0.key < $1.key }.prefix(20).map { owner, count in
            Note("\(Quantities.count(count, "snapshot")) of owner \(VisibleText.named(owner))", at: .none)
        } + (owners.count > 20 ? [Note("and \(owners.count - 20) more owners", at: .none)] : [])
    }

    static let noRecoveryApproval = Diagnostic(
        .error, code: "no-approval", "there is no terminal to ask on, so nothing was written",
        help: "look at it with --dry-run, then add --auto-approve")
}

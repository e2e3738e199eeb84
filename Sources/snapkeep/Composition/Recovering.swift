import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
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
        var recovery =
            if case .whole(let state) = found.condition {
                Recovery(owner: owner, specs: specs, addingTo: state)
            } else {
                Recovery(owner: owner, specs: specs, former: found.lines, intents: found.openIntents)
            }
        recovery.rotations = manifest?.rotationNames ?? []
        return recovery
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
}

extension LockedState {
    /// Makes the state that a recovery has put together, in the place of what is lost, and writes its line into the history. Should the
    /// process die on the way, the line that announced it stands.
    ///
    /// - Returns: the names under which files that do not count any more are kept, and why the history lacks the line, if it does.
    /// - Throws: `Told` when the state could not be written.
    func rebuild(
        _ state: RecordedState, from outcome: RecoveryOutcome, found: RecoverableState, run: RunInfo
    ) async throws -> (kept: [String], historyFault: StateFault?) {
        var work = RunWork()
        for record in outcome.records + outcome.superseded { work.add(.found, .init(key: record.key, id: record.id)) }
        return try await put(state, work, found: found, serialBefore: found.lastSerial, run: run)
    }

    /// Makes a state in the place of what is there, and writes its line into the history, as above.
    func put(
        _ state: RecordedState, _ work: RunWork, found: RecoverableState, serialBefore: Int, run: RunInfo
    ) async throws -> (kept: [String], historyFault: StateFault?) {
        var counts = HistoryCounts()
        counts.note(work)
        var line = HistoryEntry(
            run: run, serialBefore: serialBefore, serialAfter: serialBefore, counts: counts, work: work, plan: nil, exitCode: nil)
        await announce(line)
        do {
            var kept: [String] = []
            if found.condition == .absent { try await createState(state) } else { kept = try await rebuild(state, at: run.startedAt) }
            (line.serialAfter, line.exitCode) = (state.header.serial, Int(ExitStatus.done.rawValue))
            return (kept, await appendOrTell(line))
        } catch {
            guard var told = Told(error) else { throw error }
            // Only the very last step may have failed: then the new state stands in its place.
            let stands = (try? await store.load())?.state?.header.lineage == state.header.lineage
            if stands, told.status == .error {
                told.status = .partly
                line.serialAfter = state.header.serial
                told.diagnostics[0].notes.append(.init("the state is written; whether it outlives a loss of power is not known", at: .none))
            }
            if !stands { (line.counts, line.work) = (HistoryCounts(), RunWork()) }
            line.exitCode = Int(told.status.rawValue)
            if let fault = await appendOrTell(line) { told.diagnostics.append(.historyNotWritten(fault)) }
            throw told
        }
    }

    private func appendOrTell(_ line: HistoryEntry) async -> StateFault? {
        do throws(StateFault) {
            try await appendHistory(line)
            return nil
        } catch { return error }
    }
}

extension RunEnd {
    /// Writes down what a recovery found: over a whole state by its journal, else as a new state.
    ///
    /// - Parameter rebuilt: the new state, where there is no whole one.
    func record(_ outcome: RecoveryOutcome, rebuilt: RecordedState?, found: RecoverableState) async throws -> ExitStatus {
        guard let rebuilt else {
            let state = try await locked.requireState()
            return try await record(outcome.events(owner: state.header.owner, at: run.startedAt), on: state) {
                Answer.recovered(outcome, serial: $0, kept: [])
            }
        }
        let (kept, historyFault) = try await locked.rebuild(rebuilt, from: outcome, found: found, run: run)
        session.ended.note(.done)
        session.report([historyFault.map { .historyNotWritten($0) }].compactMap { $0 })
        session.answerDone(.recovered(outcome, serial: rebuilt.header.serial, kept: kept))
        return .done
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
            help: "leave --owner out, or name another state with --state")
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
                ? "check project, endpoint and owner; where all of its snapshots are truly gone, "
                    + (StateAddress.service(at: path) != nil ? "name a new place with --state" : "move the state's files away")
                    + " and apply anew"
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

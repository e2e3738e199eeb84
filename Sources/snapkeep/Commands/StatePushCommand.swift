import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct StatePushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Put a file's state into the store: to move it there, or to bring a copy back.",
        discussion: """
            A state goes forward only: over one of the same lineage with a lower serial, or where there is none, and only where it knows all \
            snapshots that the store has. Anything else is refused unless --force is given; what was there is then kept under another name, and saved plans fit no more. What the journal beside the \
            file tells is taken along. It asks nothing of the cloud.

            EXAMPLES:
              snapkeep state push snapkeep.state.json --state etcd://10.0.0.1:2379/snapkeep/prod   # move a state
              snapkeep state push copy.json                                                       # bring a copy back
              snapkeep state pull --state old.json | snapkeep state push - --state new.json

            EXIT CODES:
              0 pushed, or there already   1 error, nothing was written   3 written, and not confirmed   4 refused   \
            5 locked by another run   64 wrong use
            """)

    @Argument(help: "The file, as 'state pull' or an apply has written it; - for standard input.", completion: Completions.anyFile)
    var file: String

    @Flag(name: .customLong("force"), help: "Also over a newer state, another one, or a damaged one.")
    var force = false

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var lock: LockOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(global, words: words, form: format.form("snapkeep.state.push"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            let (pushed, gone) = try await read(session)
            let run = currentRun(command: "state push", environment: session.environment)
            return try await withStateForRecovery(store, run: run, lock: lock, session: session) { locked, found in
                session.report(found.findings(store))
                let push = try StatePush.decide(pushed, over: found, gone: gone, isForced: force, at: store.place)
                return try await carryOut(push, found, locked, run, session)
            }
        }
    }

    /// The state of the file, with what the journal beside it tells, and the snapshots that its history tells the end of.
    private func read(_ session: Session) async throws -> (RecordedState, gone: Set<SnapshotID>) {
        guard file == "-" || !InputFiles.isRegular(file) else {
            let source = FileStateStore(StatePaths(state: file))
            // A run that works on it goes on with it, and would be lost to the store.
            if let holder = try await source.holder() { throw Failure(.locked, .pushedFile(.locked(path: file, holder: holder), file)) }
            let loaded: LoadedState
            do throws(StateFault) { loaded = try await source.load() } catch { throw Failure(.error, .pushedFile(error, file)) }
            session.report(loaded.findingsOfOpenRun(file))
            guard let state = loaded.state else { throw Failure(.error, .noSuchFile(file)) }
            // A history that cannot be read tells of nothing: then it is asked for --force.
            let history = (try? await source.history(namesSnapshots: true))?.entries ?? []
            return (state, Set(history.flatMap { $0.work[.deleted] + $0.work[.forgotten] }.map(\.id)))
        }
        let bytes = try InputFiles.read(path: file == "-" ? "/dev/stdin" : file, within: .state).bytes
        do throws(StateFileProblem) { return (try StateFile.decode(bytes), []) } catch {
            throw Failure(.error, .pushedFile(StateFault(error, path: file == "-" ? "<stdin>" : file, backup: nil), file))
        }
    }

    private func carryOut(
        _ push: StatePush, _ found: RecoverableState, _ locked: any LockedState, _ run: RunInfo, _ session: Session
    ) async throws -> ExitStatus {
        let before = max(found.lastSerial, await locked.loaded.state?.header.serial ?? 0)
        let place = locked.store.place
        switch push {
        case .nothing:
            session.answerDone(answer(await locked.loaded.state, kept: [], isNew: false, at: place))
            return .done
        case .later(let state):
            let end = RunEnd(session: session, locked: locked, run: run, serialBefore: before)
            let status = try await end.record([], on: state) { _ in answer(state, kept: [], isNew: true, at: place) }
            if status != .done { return status }
        case .anew(let state):
            let (kept, historyFault) = try await locked.put(state, RunWork(), found: found, serialBefore: before, run: run)
            session.ended.note(.done)
            session.report([historyFault.map { .historyNotWritten($0) }].compactMap { $0 })
            session.answerDone(answer(state, kept: kept, isNew: true, at: place))
        }
        if file != "-" {
            session.tellAside(
                "\(VisibleText.escaped(file)) is left as it is: a run that names it would go on from it, apart from the store.\n")
        }
        return .done
    }

    private func answer(_ state: RecordedState?, kept: [String], isNew: Bool, at place: String) -> Answer {
        let what = "\(Quantities.count(state?.records.count ?? 0, "snapshot")), serial \(state?.header.serial ?? 0)"
        let words = isNew ? "Pushed \(what), to \(VisibleText.escaped(place)).\n" : "Nothing to push: the store has \(what).\n"
        let rest =
            kept.isEmpty
            ? "" : "What was there is kept: \(Quantities.list(kept.map(VisibleText.escaped))).\n" + KeptState.wayBack(to: kept)
        return Answer(words + rest) { document in
            document.field("state", place)
            document.field("lineage", state?.header.lineage.text)
            document.field("serial", state?.header.serial)
            document.field("file", file)
            document.field("pushed", isNew)
            document.field("kept", kept)
        }
    }
}

extension Diagnostic {
    /// What is wrong with the file that was to be pushed: it is not the state in the store, which nobody has looked at yet.
    fileprivate static func pushedFile(_ fault: StateFault, _ file: String) -> Diagnostic {
        var finding = fault.diagnostic
        let untouched = "the store was not touched"
        // Not the path of the fault, which may be that of its journal.
        let name = VisibleText.escaped(file.quotedForShell)
        switch fault {
        case .notAState: finding.help = "name a file that 'state pull' or an apply has written; \(untouched)"
        case .damaged, .changed, .mergeConflict, .journalDamaged, .journalWithoutState, .journalOfOtherState, .journalOfOtherSerial,
            .journalOfOtherContents, .journalMissing, .journalCut, .journalDoesNotFit:
            finding.help =
                "push an undamaged copy, as 'state pull' or an apply has written it"
                + (file == "-" ? "" : ", or rebuild this one first with 'snapkeep recover --state \(name)'") + "; \(untouched)"
        case .unknownField: finding.help = "use the snapkeep that wrote it, or take the field out where it was added by hand; \(untouched)"
        case .locked: finding.help = "wait for that run to end, then push the file; \(untouched)"
        default: break
        }
        return finding
    }
}

import ArgumentParser
import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

struct RenameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a recorded snapshot another key; its stamp in the cloud follows.",
        discussion: """
            The key is how the manifest and the state know a snapshot. To change only the name that the cloud shows, give the line a 'key:' and \
            edit 'name:'; apply then renames it in place.

            EXAMPLES:
              snapkeep rename orders-old orders-new --endpoint https://evs.eu-de.otc.t-systems.com/v3 --project-id 0c2eba2c5af04d3f
              snapkeep rename orders-old orders-new --sandbox
            """)

    @Argument(help: "The key as recorded.", completion: Completions.keys)
    var old: String

    @Argument(help: "The key as the manifest now says.")
    var new: String

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var lock: LockOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud),
            form: format.form("snapkeep.rename"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            let run = currentRun(command: "rename", environment: session.environment)
            let key: SnapshotKey
            do throws(TextProblem) { key = try SnapshotKey(new) } catch { throw Failure(.usage, .badKey(new, error)) }
            return try await withLockedState(store, run: run, lock: lock, session: session) { locked in
                let state = try await locked.requireState()
                let record = try state.requireRecord(old, path: store.place)
                if key == record.key { throw Failure(.usage, .sameKey(key)) }
                if state.openIntents.contains(where: { $0.key == key || $0.key == record.key }) {
                    throw Failure(.error, .unsettledKey(path: store.place))
                }
                if let holder = state.record(for: key), holder.id != record.id { throw Failure(.error, .keyInUse(key, path: store.place)) }
                // Not after the cloud was changed, as far as that can be known before.
                if let file = store.files.first { try OutputFile.checkFolder(of: file) }
                let manifest = manifestOptions.loadIfReadable()
                let binding = try CloudBinding(
                    cloud, session, .init(manifest: manifest?.loaded.manifest, state: state.header, store: store))
                try await binding.open { cloud in
                    // The stamp first: it can be repeated, and a record under the new key with an old stamp would be found under the old one.
                    let change = KeyChange(
                        service: locked.checking(cloud.service), policy: ExecutionPolicy(),
                        environment: SystemTime.engineEnvironment(failpoints: failpoints(from: session.environment)))
                    // No signal cuts in: what became of the request must be known.
                    try Task.checkCancellation()
                    let outcome = await StopSignals.shared.deferring { await change.rename(record, to: key, owner: state.header.owner) }
                    // The cloud is not to blame where nothing left because the lock is gone.
                    if case .refused(let fault) = outcome, fault.kind == .notSent { try await locked.requireLock() }
                    if let refusal = Diagnostic.notRenamed(record, outcome) {
                        throw Failure(outcome.isUncertain ? .partly : .error, refusal)
                    }
                }
                let end = RunEnd(session: session, locked: locked, run: run, serialBefore: state.header.serial)
                let status = try await end.record([.renamed(record.id, to: key)], on: state, changedCloud: true) { serial in
                    Answer(
                        "Renamed \(VisibleText.escaped(record.key.text)) to \(VisibleText.escaped(key.text)) (snapshot \(record.id)).\n"
                    ) { document in
                        document.field("from", record.key.text)
                        document.field("to", key.text)
                        document.field("id", record.id.text)
                        document.field("serial", serial)
                    }
                }
                if status == .done, let manifest { tellUnedited(manifest, record.key, key, session) }
                return status
            }
        }
    }

    /// What the next plan would do where the manifest does not say the new key yet. A manifest that cannot be read is the next plan's matter.
    private func tellUnedited(
        _ manifest: (loaded: LoadedManifest, sources: [SourceFile]), _ old: SnapshotKey, _ new: SnapshotKey, _ session: Session
    ) {
        let places = manifest.loaded.places()
        guard let place = places[old] else { return }
        session.report(
            [.manifestLists(old, of: new, isBeside: places[new] != nil, at: place.range(of: .name))], sources: manifest.sources)
    }
}

extension Diagnostic {
    static func keyInUse(_ key: SnapshotKey, path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "key-in-use", "another snapshot is recorded under the key '\(VisibleText.escaped(key.text))'", at: .named(path),
            help: "rename or forget that one first")
    }

    static func sameKey(_ key: SnapshotKey) -> Diagnostic {
        Diagnostic(
            .error, code: "same-key", "the snapshot has the key '\(VisibleText.escaped(key.text))' already",
            help: "give another new key, or leave the rename out")
    }

    static func unsettledKey(path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "unsettled-key", "a creation under one of the keys was interrupted and is not settled yet", at: .named(path),
            help: "run 'snapkeep apply' first: it finds out what became of it")
    }

    /// The manifest has a line for the key that was given up.
    ///
    /// - Parameter isBeside: whether it has one for the new key, too.
    static func manifestLists(_ old: SnapshotKey, of new: SnapshotKey, isBeside: Bool, at place: SourceRange) -> Diagnostic {
        let (old, new) = (VisibleText.named(old.text), VisibleText.named(new.text))
        return Diagnostic(
            .warning, code: "manifest-lists-old-key",
            isBeside
                ? "the manifest lists \(old) beside \(new): the next plan would create \(old) anew"
                : "the manifest still lists \(old): the next plan would create it and keep \(new)",
            at: .range(place), help: isBeside ? "remove this line, unless you want a second snapshot" : "change its key or name there")
    }

    /// Why a stamp did not get its new key; `nil` when it did.
    static func notRenamed(_ record: SnapshotRecord, _ outcome: KeyChange.Outcome) -> Diagnostic? {
        let what = "\(VisibleText.named(record.key.text)) is not renamed"
        let unchanged = "the state and snapshot \(record.id) are as they were"
        func finding(_ code: String, _ reason: String, _ note: String, _ help: String) -> Diagnostic {
            Diagnostic(.error, code: code, "\(what): \(reason)", notes: [.init(note, at: .none)], help: help)
        }
        func finding(_ fault: ServiceFault, _ note: String, _ help: String) -> Diagnostic {
            var finding = ReportFindings.diagnostic(for: ItemFailure(key: record.key, activity: .update, cause: .service(fault)), at: nil)
            finding.notes.append(.init(note, at: .none))
            finding.help = help
            return finding
        }
        let forget = "'snapkeep forget \(VisibleText.escaped(record.key.text.quotedForShell))'"
        let stillOld = "the state still has the old key"
        switch outcome {
        case .changed: return nil
        case .vanished:
            return finding(
                "snapshot-vanished", "the cloud has no snapshot \(record.id) any more", unchanged,
                "run 'snapkeep plan --refresh' to see what is lost, or \(forget) to drop the record")
        case .vanishedMeanwhile:
            return finding(
                "snapshot-vanished", "the cloud had snapshot \(record.id) when its stamp was to be changed, and has it no more", stillOld,
                "run 'snapkeep plan --refresh' to see what is lost, or \(forget) to drop the record")
        case .notOurs(let owner?):
            return finding(
                "stamp-of-other", "its snapshot now carries the stamp of another owner, \(VisibleText.named(owner))", unchanged,
                "agree with that owner on who keeps it")
        case .notOurs(nil):
            return finding(
                "stamp-removed", "somebody has removed or changed the stamp of its snapshot", unchanged,
                "run 'snapkeep import \(VisibleText.escaped(record.key.text.quotedForShell)) \(record.id)' to put the stamp back, then rename it"
            )
        case .overtaken(let owner?):
            return finding(
                "stamp-of-other",
                "the cloud accepted the new key, and now snapshot \(record.id) carries the stamp of another owner, \(VisibleText.named(owner))",
                "\(stillOld); the stamp may have the new one", "agree with that owner on who keeps it")
        case .overtaken(nil):
            return finding(
                "stamp-changed", "the cloud accepted the new key, and snapshot \(record.id) does not show it in our stamp",
                "\(stillOld); the stamp in the cloud may have either, or be changed by somebody else", "run the same command again")
        case .refused(let fault): return finding(fault, unchanged, "fix the cause, then run the same command again")
        case .uncertain(let fault):
            return finding(
                fault, "\(stillOld); the stamp in the cloud may have either, and both are recognised", "run the same command again")
        }
    }
}

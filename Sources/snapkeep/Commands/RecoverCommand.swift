import ArgumentParser
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState
import SnapkeepStores

struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Rebuild a lost or damaged state from the stamps in the cloud. Deletes nothing.",
        discussion: """
            It reads all snapshots of the project and records those that carry the owner's stamp; where a whole state is there, \
            it adds what that state does not know. Several snapshots of one key: one is recorded, the others are kept as \
            superseded and told. Damaged files stay beside the new state as '.damaged-TIME'. Of a state that was edited or merged, \
            each line that is as snapkeep wrote it counts; the others are told and looked up in the cloud.

            A stamp does not say whether a snapshot was protected. What the manifest lists gets its 'protect' from there; \
            what it does not list, and an older snapshot of a key that it lists, is recorded as protected, so --prune deletes none \
            of it. What 'forget' dropped still carries its stamp and is found again.

            EXAMPLES:
              snapkeep recover --cloud production --dry-run     # look only
              snapkeep recover --cloud production               # show, ask, record
              snapkeep recover --owner payments-prod --sandbox  # without a manifest

            EXIT CODES:
              0 recovered, or nothing to do   1 error, nothing was written   3 partly done   4 refused   \
            5 locked by another run   64 wrong use   130 interrupted
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions

    @Option(
        name: .customLong("owner"),
        help: ArgumentHelp(
            "Whose stamps to look for. Default: the manifest's 'stack', else what can be read of the state.", valueName: "name"))
    var owner: String?

    @OptionGroup var cloud: CloudOptions

    @OptionGroup var approval: ApprovalOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be recorded and write nothing.")
    var dryRun = false

    @Option(
        name: .customLong("settle-time"),
        help: ArgumentHelp(
            "How long a creation may still appear that a cut-off run had asked for, where its journal is lost.", valueName: "time"))
    var settleTime = TimeSpan(.seconds(30))

    @OptionGroup var lock: LockOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if owner?.isEmpty == true { throw ValidationError("--owner takes a name") }
    }

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud),
            form: format.form("snapkeep.recover"))
        try await session.run {
            let (loaded, sources) = try readManifest(session)
            let manifest = loaded?.manifest
            let store = try stateOptions.store(for: manifestOptions, loaded: loaded, sandbox: cloud.sandbox, session)
            // What stands at the state's path may be replaced.
            if let file = store.files.first { try OutputFile.check(file, isNoneOf: sources) }
            let run = currentRun(command: "recover", environment: session.environment)
            if dryRun {
                _ = try await look(try await store.loadForRecovery(), manifest, store, session)
                return .done
            }
            return try await withStateForRecovery(store, run: run, lock: lock, session: session) { locked, found in
                guard let work = try await look(found, manifest, store, session, locked) else { return .done }
                try confirm(work.outcome, of: work.target, session)
                try Task.checkCancellation()
                return try await RunEnd(session: session, locked: locked, run: run, serialBefore: found.lastSerial)
                    .record(work.outcome, rebuilt: work.rebuilt, found: found)
            }
        }
    }

    /// What a cut-off run had asked for may be carried out a little later, and no journal names it: whoever looks too early does not see it,
    /// and the next apply would make it a second time (P1).
    private func awaitLostRequests(_ store: any StateStore, _ session: Session) async throws {
        let time = settleTime.duration + Self.lateness(store.abandonedLock)
        let wait = Quantities.limit(time)
        session.tellAside(
            "A run was cut off, or may have been, and no journal here tells all of it: waiting \(wait) for what may still be on its way.\n")
        try await Task.sleep(for: time)
    }

    /// How long a run whose lock was taken away may still send requests. With a lock of the kernel its process is gone. Otherwise it may be at
    /// work: it writes intents until it asks for its lock, and sends what they announce within their lead.
    static func lateness(_ lock: AbandonedLock) -> Duration {
        let lead = ExecutionPolicy().intentLead + ExecutionPolicy.sendBound
        return switch lock {
        case .endsWithProcess: .zero
        // Its intents are refused from then on.
        case .expires: lead
        case .stays: HTTPStateStore.confirmationAge + lead
        }
    }

    /// The manifest where there is one: without `-f` it need not be there.
    private func readManifest(_ session: Session) throws -> (LoadedManifest?, sources: [String]) {
        if manifestOptions.files.isEmpty, !InputFiles.hasDefaultManifest { return (nil, []) }
        let (loaded, sources) = try manifestOptions.load()
        session.report(loaded.warnings, sources: sources)
        return (loaded, sources.map(\.name))
    }

    /// Reads the cloud and shows what follows.
    ///
    /// - Returns: what is to be written; `nil` when there is nothing to do.
    private func look(
        _ found: RecoverableState, _ manifest: Manifest?, _ store: any StateStore, _ session: Session, _ locked: (any LockedState)? = nil
    ) async throws -> (outcome: RecoveryOutcome, rebuilt: RecordedState?, target: CloudTarget)? {
        session.report(found.findings(store))
        let recovering = try Recovering(found: found, manifest: manifest, given: owner, statePath: store.place)
        let binding = try CloudBinding(cloud, session, .init(manifest: manifest, state: found.header, store: store))
        let (outcome, identity) = try await binding.open { cloud in
            if found.hasLostIntents, !dryRun { try await awaitLostRequests(store, session) }
            return (try await recovering.look(through: session.reader(of: cloud.service)), cloud.identity)
        }
        let owners = outcome.findings.counts.otherOwners
        guard let owner = recovering.owner else { throw Failure(.error, .ownerUnknown(owners)) }
        try session.answer(
            Answer(
                RecoveryRenderer.render(
                    outcome, owner: owner, projectID: identity.projectID, path: store.place, found: found,
                    aliases: manifest?.aliases ?? [:], words: session.words, width: session.console.lineWidth(.output),
                    style: session.console.style(.output)),
                brief: dryRun || outcome.isEmpty ? RecoveryRenderer.sum(outcome, found: found) : ""
            ) { document in
                document.field("state", store.place)
                document.field("owner", owner)
                document.field("project_id", identity.projectID?.text)
                outcome.write(to: &document, found: found)
            })
        if found.isWhole { return outcome.isEmpty ? nil : (outcome, nil, identity.target) }
        guard let rebuilt = try recovering.rebuilt(outcome, for: identity) else {
            if found.hasNoFiles { await locked?.dismissLostRun() }
            throw Failure(
                .error,
                .nothingRecovered(
                    owner: owner, project: identity.projectID, owners: owners, path: store.place,
                    isLost: (found.condition != .absent && !found.hasNoFiles) || found.lastSerial > 0))
        }
        return (outcome, rebuilt, identity.target)
    }

    private func confirm(_ outcome: RecoveryOutcome, of target: CloudTarget, _ session: Session) throws {
        if approval.autoApprove { return }
        try session.confirm(Questions.record(outcome.records.count + outcome.superseded.count, of: target), orRefuse: .noRecoveryApproval)
    }
}

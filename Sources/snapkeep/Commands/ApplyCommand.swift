import ArgumentParser
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Create what is missing, change what differs, and record it.",
        discussion: """
            Without a plan file it plans first, shows the plan and asks. Interrupted once (Ctrl-C) it ends what is under way and records it; \
            interrupted twice it leaves at once, and the next apply finds out what became of the requests that were under way.

            EXAMPLES:
              snapkeep apply --sandbox                                   # try it: no cloud, no account
              snapkeep apply --cloud production                          # an entry of clouds.yaml; or set OS_CLOUD, OS_*, HW_*
              snapkeep apply next.plan --auto-approve --sandbox          # exactly what 'snapkeep plan --out' saved, or nothing
              snapkeep apply --prune --max-deletes 12                    # delete what is no longer listed, at most 12
              snapkeep apply --refresh                                   # undo what others have changed; tell what is lost
              snapkeep apply -y --diagnostics github                     # what fails annotates the manifest's lines

            EXIT CODES:
              0 done   1 error, nothing was changed   3 partly done   4 refused   5 locked by another run   64 wrong use   130 interrupted
            """)

    @Argument(help: "A plan that 'snapkeep plan --out' saved; without it the manifest is planned first.", completion: Completions.anyFile)
    var plan: String?

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var recovery: RecoverOptions
    @OptionGroup var refreshing: RefreshOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var limits: DeletionLimitOptions
    @OptionGroup var lock: LockOptions
    @OptionGroup var clock: ClockOptions
    @OptionGroup var part: PartOptions

    @OptionGroup var approval: ApprovalOptions

    @Option(name: .customLong("parallelism"), help: ArgumentHelp("Most requests at once; one at a time for each volume.", valueName: "n"))
    var parallelism = 16

    @Option(name: .customLong("on-error"), help: "continue with the other snapshots, or stop.")
    var onError: ErrorReaction = .continue

    @Option(
        name: .customLong("settle-time"),
        help: ArgumentHelp("How long after its request a creation whose answer was lost may still appear.", valueName: "time"))
    var settleTime = TimeSpan(.seconds(30))

    @OptionGroup var format: FormatOptions

    @OptionGroup var notify: NotifyOptions
    @OptionGroup var findings: FindingsOptions

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !(1...256).contains(parallelism) { throw ValidationError("--parallelism takes 1 to 256") }
        if plan != nil, !manifestOptions.files.isEmpty { throw ValidationError("a saved plan carries its manifest: leave -f out") }
        if plan != nil, !part.targets.isEmpty {
            throw ValidationError("a saved plan says itself what it is limited to: leave --target out")
        }
        if plan != nil, deletion.prune { throw ValidationError("a saved plan says itself what is deleted: leave --prune out") }
        if plan != nil, refreshing.refresh { throw ValidationError("a saved plan was made by what was seen then: leave --refresh out") }
        try findings.checkLines()
        if plan != nil, recovery.recover { throw ValidationError("a saved plan is good for its own state only: leave --recover out") }
    }

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud),
            form: format.isJSON ? .events : .text,
            findings: findings.output(manifestOptions), notifying: (notify.urls, "apply"))
        try await session.run {
            let work = try readWork(session)
            session.lead(to: manifestOptions.words + stateWords(work) + cloud.words)
            let instant = try work.clock(at: clock.now, session)
            let store = try stateOptions.store(
                for: manifestOptions, loaded: work.manifest, sandbox: cloud.sandbox, saved: work.statePlace, session)
            let run = currentRun(command: "apply", environment: session.environment)
            return try await withLockedState(
                store, run: run, lock: lock, session: session, rebuildsLost: recovery.recover
            ) { locked in
                let manifest = work.manifest?.manifest
                let bound = await locked.loaded.boundState?.header
                let binding = try CloudBinding(
                    cloud, session, .init(manifest: manifest, state: bound, store: store), volumeNames: work.volumeNames)
                let output = ApplyOutput(
                    session: session, locked: locked, run: run, settings: settings(session, instant), display: display(session, work),
                    sources: work.manifest?.sources ?? [], serialBefore: bound?.serial ?? 0)
                if case .manifest(let loaded, let options) = work {
                    let planning = Planning(
                        manifest: loaded.manifest, state: await locked.loaded.boundState, identity: binding.identity, options: options,
                        clock: instant)
                    if let status = try await output.endIfIdle(planning, loaded) { return status }
                }
                return try await binding.open(parallelism: parallelism) { cloud in
                    var output = output
                    if recovery.recover, bound == nil, let manifest,
                        let beginning = try await StatelessRun.begin(manifest, store, cloud.identity, cloud.service, session)
                    {
                        output.hasRecovered = try await beginning.write(to: locked, run: run, session)
                        output.serialBefore = await locked.loaded.boundState?.header.serial ?? 0
                    }
                    // Where nothing was rebuilt, a state that is gone is older than its history.
                    if recovery.recover, bound == nil, !output.hasRecovered { try await StaleState.refuse(store, nil, session) }
                    var apply = ApplyRun(work: work, output: output, identity: cloud.identity, service: cloud.service)
                    return try await apply.carryOut()
                }
            }
        }
    }

    private func readWork(_ session: Session) throws -> ApplyRun.Work {
        if let plan { return .saved(try SavedPlan.read(path: plan)) }
        session.say("reading the manifest")
        let (loaded, sources) = try manifestOptions.load()
        session.report(loaded.warnings, sources: sources)
        return .manifest(
            loaded,
            .init(
                prune: deletion.prune, recreate: refreshing.recreate, onlyChangedByManifest: part.onlyChangedByManifest,
                targets: part.targets.map(GlobPattern.init)))
    }

    /// What to type to go on after a run that was not complete: a saved plan is consumed, so its manifest is planned anew.
    private func again(_ work: ApplyRun.Work) -> String {
        (["snapkeep apply"] + manifestOptions.words + stateWords(work) + recovery.words + refreshing.words + deletion.words + part.words
            + clock.words
            + limits.words + cloud.words)
            .joined(separator: " ")
    }

    /// What leads another command to the same state: a saved plan names its own.
    private func stateWords(_ work: ApplyRun.Work) -> [String] {
        let words = stateOptions.words(sandbox: cloud.sandbox)
        guard stateOptions.path == nil, let place = work.statePlace else { return words }
        let isUsual = words.isEmpty && place == InputFiles.defaultState(for: [], sandbox: cloud.sandbox)
        return isUsual ? [] : ["--state \(place.quotedForShell)"]
    }

    private func settings(_ session: Session, _ instant: RotationClock?) -> ApplySettings {
        ApplySettings(
            policy: ExecutionPolicy(parallelism: parallelism, settleTime: settleTime.duration, stopsOnError: onError == .stop),
            engine: SystemTime.engineEnvironment(failpoints: failpoints(from: session.environment)), limits: limits.limits,
            autoApprove: approval.autoApprove, json: format.isJSON, refreshes: refreshing.refresh,
            words: session.words, clock: instant,
            onlyChangedByManifest: part.onlyChangedByManifest)
    }

    private func display(_ session: Session, _ work: ApplyRun.Work) -> ApplyDisplay {
        ApplyDisplay(console: session.console, json: format.isJSON, isQuiet: session.isQuiet, applyCommand: again(work))
    }
}

extension ApplyRun.Work {
    /// The manifest, where the work starts from one.
    var manifest: LoadedManifest? { if case .manifest(let loaded, _) = self { loaded } else { nil } }

    /// The clock for the rotations; `nil` where there are none.
    func clock(at now: Instant?, _ session: Session) throws -> RotationClock? {
        switch self {
        case .manifest(let loaded, _): try loaded.clock(at: now, session)
        case .saved(let saved): try saved.clock(at: now, session)
        }
    }

    /// The state that a saved plan was made from.
    var statePlace: String? { if case .saved(let saved) = self { saved.statePath } else { nil } }

    /// The volumes that are known by the cloud's name only.
    var volumeNames: Set<String> {
        switch self {
        case .manifest(let loaded, _): loaded.manifest.volumeNames
        case .saved(let saved):
            saved.plan.changes.compactMap(\.wantedVolume).names.union((saved.plan.rotations?.declared ?? []).listedVolumes.names)
        }
    }
}

extension Manifest {
    /// The volumes that are known by the cloud's name only.
    var volumeNames: Set<String> { (snapshots.map(\.volume) + rotations.listedVolumes).names }
}

extension [RotationSpec] {
    fileprivate var listedVolumes: [VolumeReference] {
        flatMap { spec -> [VolumeReference] in if case .listed(let volumes) = spec.volumes { volumes.map(\.reference) } else { [] } }
    }
}

extension [VolumeReference] {
    fileprivate var names: Set<String> { Set(compactMap { if case .named(_, let name) = $0 { name } else { nil } }) }
}

extension Change {
    /// The volume of the snapshot that the change wants to exist.
    fileprivate var wantedVolume: VolumeReference? {
        switch self {
        case .create(let spec), .adopt(let spec, _, _), .update(let spec, _, _), .replace(let spec, _, _, _), .resume(let spec, _, _):
            spec.volume
        case .settle(_, let spec): spec?.volume
        case .delete, .expire, .retain, .lost: nil
        }
    }
}

import ArgumentParser
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Show what the manifest's rotations would keep after some time: a calendar, and the most snapshots at once.",
        discussion: """
            It plays a run at each due time, from nothing or from what is recorded. It asks the cloud nothing, takes no lock and writes nothing. \
            Days are those of each rotation's time zone.

            EXAMPLES:
              snapkeep simulate                                     # a year from today on
              snapkeep simulate --from 2026-01-01 --until 2027-12-31
              snapkeep simulate --recorded --rotation nightly       # what becomes of the snapshots that there are
              snapkeep simulate --missed 2026-03-01..2026-03-14     # no run for two weeks
              snapkeep simulate --json | jq '.rotations[] | {name, volume, peak}'

            SIGNS: D daily  W weekly  M monthly  Y yearly  L last  H hourly  * kept otherwise  . expired  x missed
            It exits with 1 when a volume comes to more snapshots than 'limits: {snapshots_per_volume: …}' allows.
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var days: SimulationOptions

    @Flag(name: .customLong("recorded"), help: "Begin with the snapshots that the state records.")
    var isFromRecorded = false

    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption

    @Option(name: .customLong("rotation"), help: ArgumentHelp("Only this one; repeatable.", valueName: "name"))
    var rotations: [String] = []

    @Option(name: .customLong("volume"), help: ArgumentHelp("Only this one, by its name in the manifest; repeatable.", valueName: "name"))
    var volumes: [String] = []

    @OptionGroup var clock: ClockOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud),
            form: format.form("snapkeep.simulation"))
        try await session.run {
            session.say("reading the manifest")
            // What is too much for a volume is told with the figures of the simulation.
            let (loaded, sources) = try manifestOptions.load(without: ["over-limit", "many-snapshots"])
            session.report(loaded.warnings, sources: sources)
            guard let clock = try loaded.clock(at: clock.now, session) else { throw Failure(.error, .noRotations(loaded.title)) }
            let manifest = loaded.manifest
            let span = try days.span(today: today(clock))
            let recorded = try await isFromRecorded ? recordedState(loaded, session) : nil
            session.say("simulating \(Quantities.count(manifest.rotations.count, "rotation"))")
            let report = try narrowed(
                SimulationReport(ManifestSimulation(manifest, span, zones: clock.zones, recorded: recorded), span, manifest))
            let width = session.console.lineWidth(.output)
            try session.answer(
                Answer(
                    report.render(width: width, style: session.console.style(.output)), brief: report.summary(width)
                ) { report.write(to: &$0) })
            let findings = findings(of: report, loaded)
            session.report(findings, sources: sources)
            return findings.isEmpty ? .done : .error
        }
    }

    /// The day of the clock's instant, as the zone of the rotations shows it, where they have one.
    private func today(_ clock: RotationClock) -> CivilDate {
        let zone = clock.zones.count == 1 ? clock.zones.values.first! : .utc
        return zone.date(at: clock.now)
    }

    private func recordedState(_ loaded: LoadedManifest, _ session: Session) async throws -> RecordedState {
        let store = try stateOptions.store(for: manifestOptions, loaded: loaded, sandbox: cloud.sandbox, session)
        let recorded = try await Recorded.load(store)
        session.report(recorded.findings)
        return recorded.state
    }

    /// Only what was asked for. All rotations are played nevertheless: a volume holds what each of them makes.
    private func narrowed(_ report: SimulationReport) throws -> SimulationReport {
        var report = report
        let names = report.rotations.map(\.spec.name.text)
        if let unknown = rotations.first(where: { !names.contains($0) }) {
            throw Failure(.error, .notSimulated("--rotation", unknown, what: "the manifest has no rotation", known: names))
        }
        if !rotations.isEmpty { report.rotations.removeAll { !rotations.contains($0.spec.name.text) } }
        var labels: [String] = []
        for label in report.rotations.lazy.flatMap(\.volumes).compactMap(\.volume?.label) where !labels.contains(label) {
            labels.append(label)
        }
        if let unknown = volumes.first(where: { !labels.contains($0) }) {
            throw Failure(.error, .notSimulated("--volume", unknown, what: "no rotation that is asked for has a volume", known: labels))
        }
        if !volumes.isEmpty {
            for index in report.rotations.indices {
                report.rotations[index].volumes.removeAll { !volumes.contains($0.volume?.label ?? "") }
            }
            report.rotations.removeAll(where: \.volumes.isEmpty)
        }
        let left = Set(report.rotations.map(\.spec.name))
        report.volumes.removeAll { load in
            left.isDisjoint(with: load.rotations) || !volumes.isEmpty && !volumes.contains(load.volume?.label ?? "")
        }
        return report
    }

    /// One finding for all volumes that are too full in the same way, at what the first of their rotations keeps.
    private func findings(of report: SimulationReport, _ loaded: LoadedManifest) -> [Diagnostic] {
        guard let cap = report.cap else { return [] }
        var groups: [[VolumeLoad]] = []
        for load in report.overloads {
            let alike = groups.firstIndex { group in
                (group[0].rotations, group[0].others, group[0].peak) == (load.rotations, load.others, load.peak)
            }
            if let alike { groups[alike].append(load) } else { groups.append([load]) }
        }
        return groups.compactMap { group in
            guard let place = loaded.manifest.rotations.firstIndex(where: { $0.name == group[0].rotations[0] }) else { return nil }
            return .overLimit(group, cap: cap, at: loaded.reading.rotationPlaces[place].range(of: .keep))
        }
    }
}

extension SimulationReport {
    fileprivate init(_ simulation: ManifestSimulation, _ span: SimulationSpan, _ manifest: Manifest) {
        self.init(span: span, rotations: simulation.rotations, volumes: simulation.volumes, cap: manifest.snapshotsPerVolume)
    }
}

import ArgumentParser
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show which cloud setting came from where, and try them. Changes nothing.",
        discussion: """
            It logs in, finds the endpoint, compares the clocks, asks for API versions, and reads one snapshot, one volume and \
            the quota to see what is permitted. A state that --state or SNAPKEEP_STATE names is read, too. Secrets are never shown.

            EXAMPLES:
              snapkeep doctor                     # the OS_* and HW_* variables, or the entry that OS_CLOUD names
              snapkeep doctor --cloud production  # an entry of clouds.yaml
              snapkeep doctor --sandbox           # the embedded sandbox: its files, and whether it answers
              snapkeep doctor --state etcd://10.0.0.1:2379/snapkeep/prod   # the service that keeps the state, too

            EXIT CODES:
              0 all is well   1 something is missing or refused   64 wrong use
            """)

    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global, form: format.form("snapkeep.doctor"))
        try await session.run {
            let report = try await cloud.sandbox ? sandboxReport(session) : cloudReport(session)
            let (width, style) = (session.console.lineWidth(.output), session.console.style(.output))
            try session.answer(Answer(report.render(width: width, style), brief: report.brief) { report.write(to: &$0) })
            session.note(report.findings, sources: [])
            return report.isGood ? .done : .error
        }
    }

    private func cloudReport(_ session: Session) async throws -> DoctorReport {
        let settings = try CloudSettings.load(cloud.flags, environment: session.environment)
        try settings.requireCloud()
        session.report(settings.warnings)
        let table = SettingsTable(settings, environment: session.environment).rows
        let checks = try await Examination(settings: settings, environment: session.environment, logger: session.logger).checks()
        guard let (place, check) = await state(session) else { return DoctorReport(settings: table, checks: checks) }
        let origin = stateOptions.path == nil ? StateOptions.variable : "--state"
        return DoctorReport(settings: table + [.init("state", VisibleText.escaped(place), from: origin)], checks: checks + [check])
    }

    /// The state that is named, and whether it can be read; `nil` where none is: the manifest, which may name one, is not read here.
    private func state(_ session: Session) async -> (place: String, DoctorReport.Check)? {
        do {
            guard let address = try stateOptions.known(sandbox: false, session.environment) else { return nil }
            do {
                let store = try StateStores.store(at: address, session)
                let examination = await StateExamination(store, isOfSandbox: false, words: stateOptions.words(sandbox: false))
                return (address.description, examination.check)
            } catch { return (address.description, .failed("state", error)) }
        } catch { return ("cannot be read", .failed("state", error)) }
    }

    private func sandboxReport(_ session: Session) async throws -> DoctorReport {
        let address = try stateOptions.known(sandbox: true, session.environment)
        let store = try StateStores.store(at: address ?? .file(InputFiles.defaultState(for: [], sandbox: true)), session)
        // A state that cannot be used is told by its examination.
        let state = await StateExamination(store, isOfSandbox: true, words: stateOptions.words(sandbox: true) + ["--sandbox"])
        let recorded = (try? state.loaded.get())?.state?.sandboxHeader
        let identity = try CloudIdentity(cloud, nil, .init(state: recorded, store: store))
        return try await SandboxExamination(
            store: store, state: state, projectID: identity.projectID, options: cloud.sandboxOptions, logger: session.logger
        ).report()
    }
}

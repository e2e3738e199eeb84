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
            the quota to see what is permitted. Secrets are never shown.

            EXAMPLES:
              snapkeep doctor                     # the OS_* and HW_* variables, or the entry that OS_CLOUD names
              snapkeep doctor --cloud production  # an entry of clouds.yaml
              snapkeep doctor --sandbox           # the embedded sandbox: its files, and whether it answers

            EXIT CODES:
              0 all is well   1 something is missing or refused   64 wrong use
            """)

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
        return DoctorReport(settings: table, checks: checks)
    }

    private func sandboxReport(_ session: Session) async throws -> DoctorReport {
        let paths = StatePaths(state: InputFiles.defaultState(for: [], sandbox: true))
        // A state that cannot be used is told by the examination.
        let recorded = (try? await FileStateStore(paths).load())?.state?.sandboxHeader
        let identity = try CloudIdentity(cloud, nil, .init(state: recorded, store: FileStateStore(paths)))
        return try await SandboxExamination(
            paths: paths, projectID: identity.projectID, options: cloud.sandboxOptions, logger: session.logger
        ).report()
    }
}

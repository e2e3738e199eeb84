import ArgumentParser
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine

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

            EXIT CODES:
              0 all is well   1 something is missing or refused   64 wrong use
            """)

    @OptionGroup var cloud: CloudOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if cloud.sandbox { throw ValidationError("the sandbox needs no settings: leave --sandbox out") }
    }

    func run() async throws {
        let session = Session(global, form: format.form("snapkeep.doctor"))
        try await session.run {
            let settings = try CloudSettings.load(cloud.flags, environment: session.environment)
            session.report(settings.warnings)
            let table = SettingsTable(settings, environment: session.environment).rows
            let checks = try await Examination(settings: settings, environment: session.environment, logger: session.logger).checks()
            let report = DoctorReport(settings: table, checks: checks)
            try session.answer(Answer(report.render(session.console.style(.output)), brief: report.brief) { report.write(to: &$0) })
            session.answer { _ in session.note(report.findings, sources: []) }
            return report.isGood ? .done : .error
        }
    }
}

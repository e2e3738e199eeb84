import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine

/// Tries the settings step by step; a step that fails ends the row, as the next ones stand on it.
struct Examination: Sendable {
    let settings: CloudSettings
    let environment: ProcessEnvironment
    let logger: Logger

    private static let later = ["endpoint", "clock", "versions", "permissions"]

    func checks() async throws -> [DoctorReport.Check] {
        do {
            return try await CloudAccess.with(settings, environment: environment, parallelism: 4, logger: logger) { access in
                await checks(of: access)
            }
        } catch let failure as Failure {
            let failed = failure.diagnostics.map { DoctorReport.Check("log-in", .bad, $0.oneLine, help: $0.help) }
            return failed + Self.later.map { .init($0, .skipped, "after a log-in") }
        }
    }

    private func checks(of access: CloudAccess) async -> [DoctorReport.Check] {
        var checks = [login(access.session), endpoint(access.session)]
        var service = access.service
        // The clock of v2 is read as well.
        if access.session.endpoint.version == .v2 { service = await access.client.describeService() }
        checks.append(clock(service))
        checks.append(versions(service, access.session))
        for probe in CinderClient.Probe.allCases { checks.append(permission(probe, await access.client.fault(of: probe))) }
        return checks
    }

    private func login(_ session: CloudSession) -> DoctorReport.Check {
        guard let token = session.token else {
            let way = session.authorizer.dependsOnClock ? "requests are signed" : "the token is used as it stands"
            return .init("log-in", .good, "\(way); project \(session.projectID)")
        }
        var words = ["token"]
        if let user = token.userName { words.append("of \(VisibleText.named(user))") }
        words.append("for project \(token.projectName.map { "\(VisibleText.named($0)) " } ?? "")\(session.projectID)")
        if let end = token.expiresAt { words.append("until \(end.date) \(end.time) UTC") }
        if !token.roles.isEmpty { words.append("with \(VisibleText.escaped(token.roles.joined(separator: ", ")))") }
        return .init("log-in", .good, words.joined(separator: " "))
    }

    private func endpoint(_ session: CloudSession) -> DoctorReport.Check {
        let origin =
            settings.endpoint.map { "from \($0.origin.text)" } ?? (session.token == nil ? "made of the region" : "from the catalog")
        let words = "\(session.endpoint) \(origin)"
        if session.endpoint.exposesCredentials {
            return .init("endpoint", .warning, words + "; credentials travel unencrypted", help: "use https where the cloud offers it")
        }
        return .init("endpoint", .good, words)
    }

    private func clock(_ service: ServiceDescription) -> DoctorReport.Check {
        guard let skew = service.skew else { return .init("clock", .skipped, "the service tells no time") }
        let help = "set this machine's clock, for example with NTP"
        switch skew.verdict {
        case .fine: return .init("clock", .good, skew.words)
        case .noticeable: return .init("clock", .warning, skew.words, help: help)
        case .tooFarForSignatures:
            let signs = settings.values.method?.value == .accessKey
            return .init("clock", signs ? .bad : .warning, skew.words, help: help)
        }
    }

    private func versions(_ service: ServiceDescription, _ session: CloudSession) -> DoctorReport.Check {
        guard !service.versions.isEmpty else {
            return .init("versions", .skipped, "the service does not list them; \(session.endpoint.version.rawValue) is used")
        }
        let listed = service.versions.map { version in
            let range = version.microversions.map { " (\($0.lowerBound) to \($0.upperBound))" } ?? ""
            return VisibleText.escaped(version.id) + range
        }
        let spoken = session.endpoint.version.rawValue
        if !service.versions.contains(where: { $0.id == spoken || $0.id.hasPrefix("\(spoken).") }) {
            return .init(
                "versions", .warning, "\(listed.joined(separator: ", ")); \(spoken) is used, and is not among them",
                help: "set OS_VOLUME_API_VERSION, or the version in the endpoint, to one of them")
        }
        let asked = service.microversion(for: session.endpoint.version).map { ", asking for \($0)" } ?? ""
        return .init("versions", .good, "\(listed.joined(separator: ", ")); \(session.endpoint.version.rawValue) is used\(asked)")
    }

    private func permission(_ probe: CinderClient.Probe, _ fault: ServiceFault?) -> DoctorReport.Check {
        guard let fault else { return .init("read \(probe.rawValue)", .good, "permitted") }
        let words = "\(fault.words)\(fault.brackets)"
        switch fault.kind {
        case .refused(.forbidden):
            // Only a pre-flight check of `plan --refresh` reads the quota.
            let outcome: DoctorReport.Check.Outcome = probe == .quota ? .warning : .bad
            return .init("read \(probe.rawValue)", outcome, words, help: "ask for a role that may read \(probe.rawValue) of the project")
        default: return .init("read \(probe.rawValue)", probe == .quota ? .warning : .bad, words)
        }
    }
}

extension Diagnostic {
    /// What and where in one line.
    fileprivate var oneLine: String {
        if case .named(let place) = subject { "\(place): \(message)" } else { message }
    }
}

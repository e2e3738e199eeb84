import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering

/// Tries the settings step by step; a step that fails ends the row, as the next ones stand on it.
struct Examination: Sendable {
    let settings: CloudSettings
    let environment: ProcessEnvironment
    let logger: Logger

    private static let later = ["region", "endpoint", "clock", "versions", "permissions"]

    func checks() async throws -> [DoctorReport.Check] {
        let logger = self.logger
        do { _ = try settings.login() } catch let failure as Failure {
            // Nothing was sent yet.
            return Self.rows("settings", failure) + ["log-in"].map { .init($0, .skipped, "after the settings") } + Self.skipped("a log-in")
        }
        do {
            return try await CloudAccess.entering(settings, environment: environment, parallelism: 4, logger: logger) { entrance in
                [login(entrance.cloud)] + (try await checks(behind: entrance))
            }
        } catch let failure as Failure {
            return Self.rows("log-in", failure) + Self.skipped("a log-in")
        }
    }

    private func checks(behind entrance: CloudAccess.Entrance) async throws -> [DoctorReport.Check] {
        do throws(CloudLoginProblem) { _ = try entrance.cloud.session() } catch {
            let row = if case .catalog(let problem) = error, problem.isAboutRegion { "region" } else { "endpoint" }
            let failed = DoctorReport.Check(row, .bad, VisibleText.escaped(error.message), help: error.help)
            if row == "region" { return [failed] + Self.skipped("a region", from: "endpoint") }
            return [region(of: nil), failed] + Self.skipped("an endpoint", from: "clock")
        }
        return await checks(of: try await entrance.access())
    }

    private static func rows(_ name: String, _ failure: Failure) -> [DoctorReport.Check] {
        failure.diagnostics.map { .init(name, .bad, $0.oneLine, help: $0.help) }
    }

    private static func skipped(_ after: String, from first: String = "region") -> [DoctorReport.Check] {
        later.drop { $0 != first }.map { .init($0, .skipped, "after \(after)") }
    }

    private func checks(of access: CloudAccess) async -> [DoctorReport.Check] {
        var checks = [region(of: access.session), endpoint(access.session)]
        var service = access.service
        // The clock of v2 is read as well.
        if access.session.endpoint.version == .v2 { service = await access.client.describeService() }
        checks.append(clock(service))
        checks.append(versions(service, access.session))
        for probe in CinderClient.Probe.allCases { checks.append(permission(probe, await access.client.fault(of: probe))) }
        return checks
    }

    /// Which region is used, and who says so.
    private func region(of session: CloudSession?) -> DoctorReport.Check {
        let asked = settings.values[.volumeRegion] ?? settings.values[.region]
        let wish = asked.map { "\(VisibleText.named($0.value)) from \($0.origin.text)" }
        if settings.endpoint != nil {
            return .init("region", .skipped, "the endpoint is set, and no catalog is asked\(wish.map { "; \($0)" } ?? "")")
        }
        if let wish { return .init("region", .good, wish) }
        guard let session else { return .init("region", .skipped, "none is asked for") }
        let names = session.regions.map { VisibleText.named($0) }
        switch names.count {
        case 0: return .init("region", .good, "none is asked for, and the catalog names none")
        case 1: return .init("region", .good, "\(names[0]), the only one in the catalog")
        default: return .init("region", .good, "none is asked for; \(names.joined(separator: ", ")) have one address")
        }
    }

    private func login(_ session: CloudEntrance) -> DoctorReport.Check {
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

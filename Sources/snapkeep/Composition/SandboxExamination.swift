import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepSandbox
import SnapkeepState

/// Tries the embedded sandbox as `doctor` tries a cloud: what it keeps and where, whether it starts, and what it answers. Writes nothing.
struct SandboxExamination: Sendable {
    let paths: StatePaths
    let projectID: ProjectID?
    let options: SandboxOptions
    let logger: Logger

    func report() async throws -> DoctorReport {
        let data = CloudBinding.sandboxData(beside: paths.state)
        let hasData = InputFiles.exists(data)
        let settings = [
            DoctorReport.Setting("cloud", "the embedded sandbox", from: "--sandbox"),
            DoctorReport.Setting("state", VisibleText.escaped(paths.state), from: Self.words(InputFiles.exists(paths.state))),
            DoctorReport.Setting("data", VisibleText.escaped(data), from: Self.words(hasData)),
        ]
        return DoctorReport(settings: settings, checks: [await state()] + (await checks(data: hasData ? data : nil)))
    }

    private static func words(_ isThere: Bool) -> String { isThere ? "there" : "made by the first apply" }

    private func state() async -> DoctorReport.Check {
        do {
            guard let state = try await FileStateStore(paths).load().boundState else { return .init("state", .good, "none yet") }
            let words = "\(Quantities.count(state.records.count, "snapshot")) recorded (serial \(state.header.serial))"
            if state.header.endpoint == CloudTarget.sandboxEndpoint { return .init("state", .good, words) }
            return .init(
                "state", .bad, "it belongs to \(VisibleText.escaped(CloudTarget.host(state.header.endpoint))), not to the sandbox",
                help: "move it away: \(VisibleText.escaped(paths.state)) is for the sandbox alone")
        } catch { return Self.failed("state", error) }
    }

    /// - Parameter data: where the sandbox has data already; without any it is tried with none, so that no file is made.
    private func checks(data: String?) async -> [DoctorReport.Check] {
        var wanted = SandboxConfiguration(
            dataFile: data, projectID: projectID?.text ?? CloudTarget.sandboxEndpoint, madeUpVolumes: true)
        options.apply(to: &wanted)
        // These two would be written into the data.
        (wanted.clock, wanted.autoSnapshots) = (nil, [])
        do {
            return try await withSandbox(wanted, environment: .logging(to: logger)) { [logger, configuration = wanted] sandbox in
                let contents = await sandbox.contents()
                guard let endpoint = try? Endpoint.parse("http://\(sandbox.host):\(sandbox.port)/v3").endpoint,
                    let token = StaticToken("sandbox"), let project = ProjectID(configuration.projectID)
                else { throw Failure(.error, .sandboxAddress) }
                return try await AsyncHTTPTransport.with(.init(connections: 4)) { transport in
                    let client = CinderClient(
                        endpoint: endpoint, projectID: project, transport: transport, authorizer: token,
                        configuration: .init(version: Snapkeep.version), logger: logger, now: SystemTime.now)
                    var checks = [
                        DoctorReport.Check("sandbox", .good, "it starts, and holds \(contents.words)"),
                        DoctorReport.Check("log-in", .good, "none is needed; project \(project)"),
                    ]
                    for probe in CinderClient.Probe.allCases {
                        let fault = await client.fault(of: probe)
                        checks.append(
                            .init(
                                "read \(probe.rawValue)", fault == nil ? .good : .bad,
                                fault.map { "\($0.words)\($0.brackets)" } ?? "permitted"))
                    }
                    return checks
                }
            }
        } catch { return [Self.failed("sandbox", error)] }
    }

    private static func failed(_ name: String, _ error: any Error) -> DoctorReport.Check {
        let diagnostic = Told(error)?.diagnostics.first
        return .init(name, .bad, diagnostic?.message ?? VisibleText.escaped("\(error)"), help: diagnostic?.help)
    }
}

extension RecordedState {
    /// The header of a state of the embedded sandbox; `nil` of any other.
    var sandboxHeader: Header? { header.endpoint == CloudTarget.sandboxEndpoint ? header : nil }
}

import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepSandbox
import SnapkeepState

/// Tries the embedded sandbox as `doctor` tries a cloud: what it keeps and where, whether it starts, and what it answers. Writes nothing.
struct SandboxExamination: Sendable {
    let store: any StateStore
    let state: StateExamination
    let projectID: ProjectID?
    let options: SandboxOptions
    let logger: Logger

    func report() async throws -> DoctorReport {
        let data = CloudBinding.sandboxData(beside: store.sandboxBase)
        let hasData = InputFiles.exists(data)
        let settings = [
            DoctorReport.Setting("cloud", "the embedded sandbox", from: "--sandbox"),
            DoctorReport.Setting(
                "state", VisibleText.escaped(store.place), from: store.files.first.map { Self.words(InputFiles.exists($0)) } ?? "--state"),
            DoctorReport.Setting("data", VisibleText.escaped(data), from: Self.words(hasData)),
        ]
        return DoctorReport(settings: settings, checks: [state.check] + (await checks(data: hasData ? data : nil)))
    }

    private static func words(_ isThere: Bool) -> String { isThere ? "there" : "made by the first apply" }

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
        } catch { return [.failed("sandbox", error)] }
    }
}

extension RecordedState {
    /// The header of a state of the embedded sandbox; `nil` of any other.
    var sandboxHeader: Header? { header.endpoint == CloudTarget.sandboxEndpoint ? header : nil }
}

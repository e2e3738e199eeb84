import ArgumentParser
import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// Which cloud and project a run is about, and what is refused (P5).
@Suite struct CloudIdentityTests {
    private let lineage = Lineage("11111111-1111-4111-8111-111111111111")!

    private func options(endpoint: String? = nil, project: String? = nil, sandbox: Bool = false) throws -> CloudOptions {
        var arguments: [String] = []
        if let endpoint { arguments += ["--endpoint", endpoint] }
        if let project { arguments += ["--project-id", project] }
        if sandbox { arguments.append("--sandbox") }
        return try CloudOptions.parse(arguments)
    }

    private func identity(
        _ options: CloudOptions, _ variables: [String: String] = [:], manifest: Manifest? = nil, state: RecordedState.Header? = nil
    ) throws -> CloudIdentity {
        let settings = options.sandbox ? nil : try CloudSettings.load(options.flags, environment: ProcessEnvironment(variables))
        return try CloudIdentity(
            options, settings, .init(manifest: manifest, state: state, store: FileStateStore(StatePaths(state: "state.json"))))
    }

    private func header(endpoint: String = "https://evs.example.com/v3", project: String = "p1", owner: String? = nil)
        -> RecordedState.Header
    {
        .init(lineage: lineage, owner: owner ?? lineage.text, endpoint: endpoint, projectID: ProjectID(project)!)
    }

    @Test("The project comes from the flag, else the endpoint's path, else the environment, in that order")
    func projectPrecedence() throws {
        let endpoint = "https://evs.example.com/v2/in-path"
        #expect(
            try identity(options(endpoint: "https://evs.example.com", project: "flag"), ["OS_PROJECT_ID": "env"]).projectID?.text == "flag")
        let contradiction = #expect(throws: Failure.self) { _ = try identity(options(endpoint: endpoint, project: "flag")) }
        #expect(contradiction?.status == .usage)
        #expect(try identity(options(endpoint: endpoint), ["OS_PROJECT_ID": "env"]).projectID?.text == "in-path")
        #expect(
            try identity(options(endpoint: "https://evs.example.com"), ["OS_PROJECT_ID": "env", "HW_PROJECT_ID": "hw"]).projectID?.text
                == "hw")
        #expect(try identity(options(), ["HW_PROJECT_ID": "hw"]).projectID?.text == "hw")
        #expect(try identity(options()).projectID == nil)
    }

    @Test("The sandbox takes its project from the manifest or the state, never from the environment")
    func sandboxProject() throws {
        #expect(try identity(options(sandbox: true), ["OS_PROJECT_ID": "env"]).projectID?.text == "sandbox")
        let manifest = Manifest(projectID: ProjectID("guarded"), snapshots: [])
        #expect(try identity(options(sandbox: true), manifest: manifest).projectID?.text == "guarded")
        #expect(try identity(options(sandbox: true), state: header(endpoint: "sandbox", project: "p9")).projectID?.text == "p9")
    }

    @Test("Two spellings of one endpoint are one endpoint")
    func sameEndpoint() throws {
        for spelling in ["https://evs.example.com", "https://EVS.example.com:443/v3/", "https://evs.example.com/v3/p1"] {
            #expect(try identity(options(endpoint: spelling, project: "p1"), state: header()).endpoint == "https://evs.example.com/v3")
        }
    }

    @Test("P5: another endpoint, project or stack than the state's is refused with exit 4")
    func refusals() throws {
        let stack = try StackName("other")
        let cases: [(CloudOptions, Manifest?)] = [
            (try options(endpoint: "https://evs.example.org/v3"), nil),
            (try options(endpoint: "https://evs.example.com/v2"), nil),
            (try options(project: "p2"), nil),
            (try options(sandbox: true), nil),
            (try options(), Manifest(projectID: ProjectID("p2"), snapshots: [])),
            (try options(), Manifest(stack: stack, snapshots: [])),
        ]
        for (options, manifest) in cases {
            let failure = #expect(throws: Failure.self) { _ = try identity(options, manifest: manifest, state: header()) }
            #expect(failure?.status == .refused)
        }
        let failure = #expect(throws: Failure.self) {
            _ = try identity(options(project: "p2"), manifest: Manifest(projectID: ProjectID("p1"), snapshots: []))
        }
        #expect(failure?.status == .refused)
    }
}

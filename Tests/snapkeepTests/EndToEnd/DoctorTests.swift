import Testing

@testable import snapkeep

/// `snapkeep doctor`: where settings came from, and what they lead to.
@Suite struct DoctorTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test("The look of a report")
    func look() {
        let report = DoctorReport(
            settings: [
                .init(name: "cloud", value: "production", origin: "OS_CLOUD"),
                .init(name: "identity service", value: "https://identity.example.com:5000/v3", origin: "clouds.yaml:4:17"),
                .init(name: "password", value: "(secret)", origin: "secure.yaml:3:22"),
            ],
            checks: [
                .init("log-in", .good, "token of 'keeper' for project 'backup' 0c2eba2c until 2026-11-24 20:16:35 UTC with member"),
                .init("endpoint", .good, "https://volume.example.com/v3 from the catalog"),
                .init("clock", .warning, "this machine's clock is 2 min 3 s ahead of the service's", help: "set this machine's clock"),
                .init("versions", .skipped, "the service does not list them; v3 is used"),
                .init("read volumes", .bad, "Policy doesn't allow it (HTTP 403)", help: "ask for a role that may read volumes"),
            ])
        GoldenScreen.expect(report.render(.plain), is: "doctor.txt")
        #expect(!report.isGood)
    }

    @Test("A token and an endpoint are tried for real: versions, clock, what may be read")
    func real() throws {
        let sandbox = try SandboxProcess(in: workspace)
        let outcome = try workspace.run(["doctor"] + sandbox.options, environment: ["OS_TOKEN": "hunter2-token"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        for line in [
            "(secret)", "OS_TOKEN", "the token is used as it stands; project \(SandboxProcess.projectID)", "read snapshots  permitted",
            "read volumes    permitted", "v3 is used",
        ] {
            #expect(outcome.output.contains(line), "\(outcome.output)")
        }
        #expect(!outcome.output.contains("hunter2") && !outcome.errors.contains("hunter2"))
    }

    @Test("Without credentials, and without anybody there, it says so and exits 1; P8: no secret is shown, at any log level")
    func failing() throws {
        let nothing = try workspace.run("doctor")
        #expect(nothing.status == 1)
        #expect(nothing.output.contains("nothing is set") && nothing.output.contains("there are no credentials for the cloud"))
        try workspace.write(
            "clouds.yaml",
            "clouds: {dead: {auth: {auth_url: 'http://127.0.0.1:9', username: u, password: hunter2-password, project_name: p}}}")
        let dead = try workspace.run("doctor", "--cloud", "dead", "--log-level", "trace")
        #expect(dead.status == 1)
        #expect(dead.output.contains("clouds.yaml:1:") && dead.output.contains("no connection to 127.0.0.1:9: connection refused"))
        #expect(!dead.output.contains("hunter2") && !dead.errors.contains("hunter2"))
        #expect(try workspace.run("doctor", "--sandbox").status == 64)
    }

    @Test("P4: planning needs no credentials, also where OS_CLOUD names an entry that is not here; --cloud must be there")
    func planning() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run(["plan"], environment: ["OS_CLOUD": "elsewhere"]).status == 0)
        let asked = try workspace.run("plan", "--cloud", "elsewhere")
        #expect(asked.status == 1 && asked.errors.contains("there is no clouds.yaml"))
    }
}

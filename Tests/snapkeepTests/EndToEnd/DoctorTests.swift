import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// `snapkeep doctor`: where settings came from, and what they lead to.
@Suite struct DoctorTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test("A report shows each setting with its origin and each check with its remedy")
    func look() {
        let report = DoctorReport(
            settings: [
                .init("cloud", "production", from: "OS_CLOUD"),
                .init("identity service", "https://identity.example.com:5000/v3", from: "clouds.yaml:4:17"),
                .init("password", "(secret)", from: "secure.yaml:3:22"),
            ],
            checks: [
                .init("log-in", .good, "token of 'keeper' for project 'backup' 0c2eba2c until 2026-11-24 20:16:35 UTC with member"),
                .init("region", .good, "'RegionOne' from OS_REGION_NAME"),
                .init("endpoint", .good, "https://volume.example.com/v3 from the catalog"),
                .init("clock", .warning, "this machine's clock is 2 min 3 s ahead of the service's", help: "set this machine's clock"),
                .init("versions", .skipped, "the service does not list them; v3 is used"),
                .init("read volumes", .bad, "Policy doesn't allow it (HTTP 403)", help: "ask for a role that may read volumes"),
            ])
        GoldenScreen.expect(report.render(width: nil, .plain), is: "doctor.txt")
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
    }

    @Test("The sandbox is tried, too: its files and whether it answers; nothing is made")
    func sandbox() throws {
        let before = try workspace.run("doctor", "--sandbox")
        #expect(before.status == 0, "\(before.output)\(before.errors)")
        for line in ["the embedded sandbox               --sandbox", "made by the first apply", "none yet", "read snapshots  permitted"] {
            #expect(before.output.contains(line), "\(before.output)")
        }
        #expect(try workspace.contents().isEmpty)
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        let files = try workspace.contents()
        #expect(try workspace.run("doctor", "--sandbox").output.contains("2 snapshots recorded (serial 1)"))
        #expect(try workspace.contents() == files)
        try workspace.write("snapkeep.sandbox.json", "{")
        let damaged = try workspace.run("doctor", "--sandbox", "--json")
        #expect(damaged.status == 1 && damaged.output.contains(#""name":"state","outcome":"failed""#))
        #expect(damaged.output.contains(#"{"severity":"error","code":"check-failed","message":"state: "#))
    }

    @Test("A state that is named is read, too, and told with what is wrong with it")
    func state() throws {
        let sandbox = try SandboxProcess(in: workspace)
        func doctor(_ state: String?, _ more: [String: String] = [:]) throws -> String {
            let options = state.map { ["--state", $0] } ?? []
            let environment = sandbox.environment.merging(more) { $1 }
            return try workspace.run(["doctor"] + options + sandbox.options, environment: environment).output
        }
        #expect(try !doctor(nil).contains("  state "))
        let first = try doctor("s.json")
        #expect(first.contains("none yet") && first.contains("--state"), "\(first)")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "-y", "--state", "s.json"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let named = try doctor(nil, ["SNAPKEEP_STATE": "s.json"])
        #expect(named.contains("2 snapshots recorded (serial 1)") && named.contains("SNAPKEEP_STATE"), "\(named)")
        let nobody = try doctor("http://127.0.0.1:9/s", ["SNAPKEEP_HTTP_RETRY_MAX": "0"])
        #expect(nobody.contains("failed     state") && nobody.contains("cannot read it"), "\(nobody)")
        #expect(try doctor(nil, ["SNAPKEEP_STATE": "ftp://h/p"]).contains("failed     state"))
    }

    @Test("The region is told apart from the log-in: which is used, who says so, and which the catalog lacks")
    func regions() throws {
        try workspace.write(
            "identity.yaml", "username: alice\npassword: hunter2-password\nproject_name: backup\nregion_name: eu-west-101\n")
        let sandbox = try SandboxProcess(in: workspace, "--identity", "identity.yaml")
        let authority = try #require(sandbox.endpoint.split(separator: "/").dropFirst().first)
        var environment = [
            "OS_AUTH_URL": "http://\(authority)/identity/v3", "OS_USERNAME": "alice", "OS_PASSWORD": "hunter2-password",
            "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_NAME": "backup", "OS_PROJECT_DOMAIN_NAME": "Default",
        ]
        func rows(_ more: [String: String]) throws -> (status: Int32?, [String]) {
            let outcome = try workspace.run(["doctor"], environment: environment.merging(more) { $1 })
            let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            return (outcome.status, lines.drop { $0 != "Checks" }.map { String($0) })
        }
        let (good, alone) = try rows([:])
        #expect(good == 0 && alone.contains("ok region 'eu-west-101', the only one in the catalog"), "\(alone)")
        #expect(try rows(["OS_REGION_NAME": "eu-west-101"]).1.contains("ok region 'eu-west-101' from OS_REGION_NAME"))
        let (status, lacking) = try rows(["OS_REGION_NAME": "eu-west-0"])
        #expect(status == 1 && lacking.contains { $0.hasPrefix("ok log-in token of 'alice'") }, "\(lacking)")
        #expect(
            lacking.contains { $0.hasPrefix("failed region the service catalog lists no block storage in region 'eu-west-0'") },
            "\(lacking)")
        #expect(
            lacking.contains("not tried endpoint after a region")
                && lacking.contains { $0.hasPrefix("help: set OS_REGION_NAME, or region_name") })
        environment["OS_VOLUMEV3_ENDPOINT_OVERRIDE"] = "http://\(authority)/v3/%(project_id)s"
        let (set, overridden) = try rows(["OS_REGION_NAME": "eu-west-0"])
        #expect(
            set == 0
                && overridden.contains("not tried region the endpoint is set, and no catalog is asked; 'eu-west-0' from OS_REGION_NAME"))
        #expect(
            overridden.contains { $0.hasPrefix("ok endpoint http://\(authority)/v3 from OS_VOLUMEV3_ENDPOINT_OVERRIDE") }, "\(overridden)")
        #expect(try workspace.run("doctor").output.contains("failed     settings"))
    }

    @Test("P4: planning needs no credentials, also where OS_CLOUD names an entry that is not here; --cloud must be there")
    func planning() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run(["plan"], environment: ["OS_CLOUD": "elsewhere"]).status == 0)
        let asked = try workspace.run("plan", "--cloud", "elsewhere")
        #expect(asked.status == 1 && asked.errors.contains("there is no clouds.yaml"))
    }
}

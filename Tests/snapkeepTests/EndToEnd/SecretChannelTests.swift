import Foundation
import Testing

/// P8: recognisable secrets go in by every way there is, and nothing that the program writes holds one of them.
@Suite struct SecretChannelTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    /// Where the secrets are kept on purpose.
    private static let kept: Set<String> = ["identity.yaml", "clouds.yaml", "secure.yaml", "credentials.ini"]

    private func expectSecret(_ words: [String], in outcome: Workspace.Outcome, _ step: String) throws {
        for word in words {
            #expect(!outcome.output.contains(word) && !outcome.errors.contains(word), "\(step) shows \(word)")
            for (name, bytes) in try workspace.contents() where !Self.kept.contains(name) {
                #expect(!String(decoding: bytes, as: UTF8.self).contains(word), "after \(step) \(name) holds \(word)")
            }
        }
    }

    @Test("P8: state, journal, lock, plan, history, backup, logs at trace level, errors: none holds a password or a token, killed or not")
    func everyFile() throws {
        try workspace.write(
            "identity.yaml", "username: alice\npassword: planted-password\nproject_name: eu-west-101\nregion_name: eu-west-101\n")
        let sandbox = try SandboxProcess(in: workspace, ["--identity", "identity.yaml", "--create-delay", "10ms"])
        let authority = try #require(sandbox.endpoint.split(separator: "/").dropFirst().first)
        let environment = [
            "OS_AUTH_URL": "http://\(authority)/identity/v3", "OS_USERNAME": "alice", "OS_PASSWORD": "planted-password",
            "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_NAME": "eu-west-101", "OS_PROJECT_DOMAIN_NAME": "Default",
        ]
        // What is in each of them must be there to be looked at: a test that greps nothing proves nothing.
        func step(_ arguments: [String], killedAt failpoint: String? = nil, leaving files: [String]) throws -> Workspace.Outcome {
            var variables = environment
            if let failpoint { variables["SNAPKEEP_FAILPOINT"] = failpoint }
            let outcome = try workspace.run(arguments + ["--log-level", "trace"], environment: variables)
            for file in files { #expect(workspace.exists(file), "\(arguments) leaves no \(file)") }
            // A token is whatever the identity service gave: its answers have it in one header, which no log may show.
            try expectSecret(["planted-password", "X-Subject-Token", "X-Auth-Token"], in: outcome, arguments.joined(separator: " "))
            return outcome
        }
        try workspace.write("snapshots.yaml", manifest(of: 4))
        #expect(try step(["plan", "--refresh", "--out", "next.plan"], leaving: ["next.plan"]).status == 0)
        let killed = try step(
            ["apply", "next.plan", "--auto-approve"], killedAt: "after-answer:2",
            leaving: ["snapkeep.state.json", "snapkeep.state.json.journal", "snapkeep.state.json.lock"])
        #expect(killed.status == nil)
        let again = try step(
            ["apply", "--auto-approve", "--refresh", "--json", "--settle-time", "100ms"], leaving: ["snapkeep.state.json.history"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try sandbox.created().count == 4)
        let id = try #require(try StateFile(workspace.read("snapkeep.state.json")).idOfKey["snap-000"])
        #expect(try step(["forget", "snap-000"], leaving: []).status == 0)
        #expect(try step(["import", "snap-000", id], leaving: []).status == 0)
        // All of them are kept, so there is nothing to list.
        #expect(try step(["generate", "--out", "all.yaml"], leaving: []).status == 1)
        #expect(try step(["status"], leaving: ["snapkeep.state.json.backup"]).status == 0)
        #expect(try step(["doctor"], leaving: []).status == 0)
        #expect(try step(["history", "--json"], leaving: []).output.contains("apply"))
    }

    @Test(
        "P8: a secret that is wrong, or that stands in an address, is in no error",
        arguments: [
            ["OS_AUTH_URL": "http://127.0.0.1:1/v3", "OS_USERNAME": "u", "OS_PASSWORD": "planted-1", "OS_PROJECT_NAME": "p"],
            ["OS_AUTH_URL": "http://u:planted-2@127.0.0.1:1/v3", "OS_USERNAME": "u", "OS_PASSWORD": "planted-3", "OS_PROJECT_NAME": "p"],
            [
                "OS_AUTH_URL": "http://cloud.example.com:1/v3", "OS_USERNAME": "u", "OS_PASSWORD": "planted-4", "OS_PROJECT_NAME": "p",
                "http_proxy": "http://u:planted-5@127.0.0.1:1",
            ],
            ["OS_TOKEN": "planted-6\nx", "OS_PROJECT_ID": "p"],
            ["HW_ACCESS_KEY": "a", "HW_SECRET_KEY": "planted-7", "HW_SECURITY_TOKEN": "planted-8", "HW_REGION_NAME": "planted.invalid"],
            ["HUAWEICLOUD_SDK_AK": "a", "HUAWEICLOUD_SDK_SK": "planted-9", "HW_AUTH_URL": "http://127.0.0.1:1/v3"],
            ["OS_APPLICATION_CREDENTIAL_ID": "i", "OS_APPLICATION_CREDENTIAL_SECRET": "planted-10", "OS_AUTH_URL": "not a url"],
        ])
    func errors(_ environment: [String: String]) throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        for arguments in [
            ["doctor", "--log-level", "trace"], ["plan", "--refresh", "--log-level", "trace"],
            ["apply", "--auto-approve", "--log-level", "trace", "--endpoint", "http://127.0.0.1:1/v3"],
        ] {
            let outcome = try workspace.run(arguments, environment: environment)
            #expect(outcome.status != 0)
            try expectSecret((1...10).map { "planted-\($0)" }, in: outcome, "\(arguments) with \(environment.keys.sorted())")
        }
    }

    @Test("P8: no secret is taken from the arguments, where every user of the machine reads it, and none is put there")
    func arguments() throws {
        for command in ["plan", "apply", "status", "import", "generate", "doctor", "rename"] {
            let help = try workspace.run(command, "--help", environment: ["COLUMNS": "120"]).output
            for word in ["--password", "--token", "--secret", "--access-key"] { #expect(!help.contains(word), "\(command) \(word)") }
        }
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "1h")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let running = try workspace.start(["apply", "--auto-approve"] + sandbox.options, environment: ["OS_TOKEN": "planted-token"])
        // The sandbox's own file says when the request has come: then the client is at its work.
        try running.wait(until: "its request comes") { try !sandbox.created().isEmpty }
        let words = try String(
            decoding: Data(contentsOf: URL(filePath: "/proc/\(running.process.processIdentifier)/cmdline")), as: UTF8.self)
        #expect(words.contains("apply") && !words.contains("planted-token"))
        running.process.terminate()
        #expect(running.finish().status == 130)
    }
}

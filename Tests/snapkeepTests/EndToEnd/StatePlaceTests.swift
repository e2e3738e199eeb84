import Foundation
import Testing

/// Where a state is, by option, environment, manifest or none of them.
@Suite(.serialized) struct StatePlaceTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func serial(_ outcome: Workspace.Outcome) -> Int? {
        (try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])?["serial"] as? Int
    }

    /// The path of the state that a command worked on.
    private func place(_ arguments: String..., environment: [String: String] = [:]) throws -> String? {
        let outcome = try workspace.run(arguments + ["--json"], environment: environment)
        return (try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])?["state"] as? String
    }

    @Test("The option counts most, then the environment, then the manifest; a path in it is one beside the file that says it")
    func precedence() throws {
        try workspace.write("team/snapshots.yaml", manifest(of: 1) + "state: deep/here.json\n")
        let (option, environment) = (["--state", "option.json"], ["SNAPKEEP_STATE": "variable.json"])
        let manifest = ["history", "-f", "team/snapshots.yaml"]
        #expect(try place(manifest[0], manifest[1], manifest[2]) == "team/deep/here.json")
        #expect(try place(manifest[0], manifest[1], manifest[2], environment: environment) == "variable.json")
        #expect(try place(manifest[0], manifest[1], manifest[2], option[0], option[1], environment: environment) == "option.json")
        #expect(try place(manifest[0], manifest[1], manifest[2], environment: ["SNAPKEEP_STATE": ""]) == "team/deep/here.json")
        #expect(try place("history", "-f", "team/") == "team/deep/here.json")
        #expect(try place("history") == "snapkeep.state.json")
        // Each command finds the same.
        for command in ["plan", "apply"] {
            let outcome = try workspace.run(command, "-f", "team/snapshots.yaml", "--state", "nowhere/x.json", "-y", "--sandbox")
            #expect(outcome.status != 0 || command == "plan", "\(outcome.errors)")
        }
    }

    @Test("P11: plan, apply, state list and forget work on the state that the manifest names, and no other file appears")
    func manifestState() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", "state: kept/s.json\n" + manifest(of: 2))
        try FileManager.default.createDirectory(at: workspace.folder.appending(path: "kept"), withIntermediateDirectories: true)
        let apply = try workspace.run(["apply", "-y"] + sandbox.options, environment: sandbox.environment)
        #expect(apply.status == 0, "\(apply.errors)")
        #expect(workspace.exists("kept/s.json") && !workspace.exists("snapkeep.state.json"))
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options, environment: sandbox.environment).status == 0)
        #expect(serial(try workspace.run("state", "list", "--json")) == 1)
        #expect(try workspace.run("forget", "snap-000").status == 0)
        #expect(serial(try workspace.run("state", "list", "--json")) == 2)
        #expect(!workspace.exists("snapkeep.state.json"))
        // A plan that was saved knows its state, also where the manifest has changed since.
        #expect(try workspace.run(["plan", "--out", "next.plan"] + sandbox.options, environment: sandbox.environment).status == 0)
        try workspace.write("snapshots.yaml", "state: other.json\n" + manifest(of: 2))
        let saved = try workspace.run(["apply", "next.plan", "-y"] + sandbox.options, environment: sandbox.environment)
        #expect(!workspace.exists("other.json"), "\(saved.errors)")
    }

    @Test(
        "P9: a mistake elsewhere is no matter to a command that only asks for the state, whatever it is called; one in 'state' is, however many come first"
    )
    func mistakesBeside() throws {
        try workspace.write(
            "snapshots.yaml", "state: here.json\nsnapshots:\n  - {name: state, volume_id: nonsense!}\n  - {name: a, state: b.json}\n")
        #expect(try place("history") == "here.json")
        let flood = (0..<300).map { "  - {name: s\($0), volumme: x}\n" }.joined()
        for end in ["state: ftp://x/y\n", "state: a.json\nstate: b.json\n", "state: [a]\n", "state: a.json\n---\nstate: b.json\n"] {
            try workspace.write("snapshots.yaml", "snapshots:\n" + flood + end)
            let outcome = try workspace.run("history")
            #expect(outcome.status == 1 && !outcome.errors.isEmpty, "\(end) \(outcome.output)")
        }
    }

    @Test("P8: a password in a URL is not shown, also where it is longer than all that is quoted", arguments: [20, 470, 2_000])
    func longPassword(_ length: Int) throws {
        let secret = "s3cr" + String(repeating: "x", count: length) + "3t"
        for state in ["state: https://ci:\(secret)@host/prod", "{state: 'https://ci:\(secret)@host/prod'"] {
            try workspace.write("snapshots.yaml", state + "\n" + manifest(of: 1))
            for command in [["validate"], ["validate", "--json"], ["history"]] {
                let outcome = try workspace.run(command)
                #expect(outcome.status == 1)
                for text in [outcome.output, outcome.errors] { #expect(!text.contains("s3cr") && !text.contains("xxxx"), "\(text)") }
            }
        }
    }

    @Test("P8: a lock's address that would show the password to a network is warned of, though the state's own is encrypted")
    func lockInTheClear() throws {
        var environment = [
            "SNAPKEEP_HTTP_USERNAME": "ci", "SNAPKEEP_HTTP_PASSWORD": "s3cret", "SNAPKEEP_HTTP_RETRY_MAX": "0",
            "SNAPKEEP_HTTP_LOCK_ADDRESS": "http://locks.invalid/nightly?key=s3cret",
        ]
        let list = ["state", "list", "--state", "https://127.0.0.1:1/nightly"]
        let warned = try workspace.run(list, environment: environment)
        #expect(warned.errors.hasPrefix("http://locks.invalid/nightly: warning: "), "\(warned.errors)")
        #expect(!warned.errors.contains("s3cret") && warned.errors.contains("its lock's address"))
        environment["SNAPKEEP_HTTP_LOCK_ADDRESS"] = "https://locks.invalid/nightly"
        #expect(try !workspace.run(list, environment: environment).errors.contains("unencrypted"))
    }

    @Test("With --sandbox neither manifest nor environment name the state: trying things touches no state of a cloud")
    func sandboxApart() throws {
        try workspace.write("snapshots.yaml", "state: prod.json\n" + manifest(of: 1))
        let environment = ["SNAPKEEP_STATE": "also-prod.json"]
        #expect(try workspace.run(["apply", "--sandbox", "-y"], environment: environment).status == 0)
        #expect(workspace.exists("snapkeep.sandbox.json") && !workspace.exists("prod.json") && !workspace.exists("also-prod.json"))
        #expect(try place("state", "list", "--sandbox", environment: environment) == "snapkeep.sandbox.json")
    }

    // A certificate that is not there ends the command before anything is asked of the address.
    @Test(
        "P8: a password for etcd that would leave this machine unencrypted is warned of, also where a host only looks local",
        arguments: [
            ("etcd://127.evil.example.com/p", true), ("etcd://127.0.0.1,etcd.example.com/p", true),
            ("etcds://127.evil.example.com/p", false), ("etcd://127.0.0.1,localhost,[::1]/p", false),
        ])
    func etcdInTheClear(_ url: String, isTold: Bool) throws {
        let login = ["SNAPKEEP_ETCD_USER": "ci", "SNAPKEEP_ETCD_PASSWORD": "s3cr3t-word", "SNAPKEEP_ETCD_CACERT": "missing.pem"]
        let outcome = try workspace.run(["state", "list", "--state", url], environment: login)
        #expect(outcome.status != 0 && outcome.errors.contains("missing.pem") && !outcome.errors.contains("s3cr3t"), "\(outcome.errors)")
        #expect(outcome.errors.contains("over the network unencrypted") == isTold, "\(outcome.errors)")
        #expect(outcome.errors.contains("note: SNAPKEEP_ETCD_CACERT names it"), "\(outcome.errors)")
    }

    @Test("P9: a file with no certificate in it is named with the variable that leads to it")
    func etcdWithoutCertificate() throws {
        try workspace.write("not.pem", "{}")
        let state = ["state", "list", "--state", "etcds://127.0.0.1/p"]
        let certificate = try workspace.run(state, environment: ["ETCDCTL_CERT": "not.pem", "SNAPKEEP_ETCD_KEY": "not.pem"])
        #expect(certificate.errors.contains("do not fit: ETCDCTL_CERT: the file holds no client certificate"), "\(certificate.errors)")
        let key = try workspace.run(state, environment: ["SNAPKEEP_ETCD_KEY": "not.pem"])
        #expect(key.errors.contains("SNAPKEEP_ETCD_KEY: a client key is given without its certificate"), "\(key.errors)")
    }

    @Test("P9: a command in a help names a state that only the environment or a saved plan names, so that it can be typed elsewhere")
    func commandsElsewhere() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let variable = ["SNAPKEEP_STATE": "kept.json"]
        let none = try workspace.run(["state", "list"], environment: variable)
        #expect(none.errors.contains("run 'snapkeep apply --state kept.json' first"), "\(none.errors)")
        // The sandbox's own state is meant by no variable, and a query may be a secret.
        let sandbox = try workspace.run(["state", "list", "--sandbox"], environment: variable)
        #expect(sandbox.errors.contains("run 'snapkeep apply --sandbox' first"), "\(sandbox.errors)")
        for command in [["plan", "--sandbox", "--state", "kept.json", "--out", "next.plan"], ["apply", "next.plan", "--sandbox", "-y"]] {
            let outcome = try workspace.run(command)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let again = try workspace.run("apply", "next.plan", "--sandbox", "-y")
        #expect(again.status == 4 && again.errors.contains("'snapkeep plan --state kept.json --sandbox'"), "\(again.errors)")
    }

    @Test("P8: a password in a URL is refused with what to do, and is shown nowhere", arguments: ["option", "manifest", "variable"])
    func passwords(_ origin: String) throws {
        let url = "https://ci:s3cr3t-word@host/state"
        try workspace.write("snapshots.yaml", (origin == "manifest" ? "state: \(url)\n" : "") + manifest(of: 1))
        for command in [["plan"], ["history"], ["forget", "k"], ["plan", "--json"], ["plan", "--diagnostics", "json"], ["validate"]] {
            if command == ["validate"], origin != "manifest" { continue }
            let outcome = try workspace.run(
                command + (origin == "option" ? ["--state", url] : []), environment: origin == "variable" ? ["SNAPKEEP_STATE": url] : [:])
            #expect(outcome.status != 0, "\(command)")
            #expect(!(outcome.output + outcome.errors).contains("s3cr3t"), "\(command) \(outcome.output)\(outcome.errors)")
            if origin != "variable" {
                #expect((outcome.output + outcome.errors).contains("SNAPKEEP_STATE"), "\(command) \(outcome.errors)")
            }
        }
        #expect(try workspace.contents().keys.sorted() == ["snapshots.yaml"])
    }

    @Test("P9: a manifest whose state cannot be known stops a command that would else work on another one")
    func unreadableManifest() throws {
        try workspace.write("snapshots.yaml", "snapshots: [\nstate: x.json\n")
        let outcome = try workspace.run("history")
        #expect(outcome.status == 1 && outcome.errors.contains("snapshots.yaml:"), "\(outcome.errors)")
        try workspace.write("snapshots.yaml", "state: x.json\nsnapshots: [{nam: a}]\n")
        #expect(try place("history") == "x.json")
        try workspace.write("snapshots.yaml", "snapshots: [\n")
        #expect(try place("history") == "snapkeep.state.json")
    }
}

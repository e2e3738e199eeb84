import ArgumentParser
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Testing

@testable import snapkeep

@Suite struct OptionTests {
    @Test(
        "A length of time needs a unit; units add up",
        arguments: [
            ("90s", 90_000), ("30m", 1_800_000), ("1h30m", 5_400_000), ("250ms", 250), ("0", 0), ("1h", 3_600_000),
        ] as [(String, Int)])
    func timeSpans(_ text: String, milliseconds: Int) { #expect(TimeSpan(argument: text)?.duration == .milliseconds(milliseconds)) }

    @Test("P1: a recovery waits for all that a run may still send whose lock was broken, and which has not found that out")
    func latenessOfBrokenLocks() {
        let lead = ExecutionPolicy().intentLead + ExecutionPolicy.sendBound
        // Over HTTP a run asks for its lock before it writes an intent, unless it did so in the last 10 seconds.
        #expect(RecoverCommand.lateness(.stays) == .seconds(10) + lead && lead == .seconds(20))
        #expect(RecoverCommand.lateness(.expires(after: .seconds(5))) == lead)
        #expect(RecoverCommand.lateness(.endsWithProcess) == .zero)
    }

    @Test("A saved plan's state counts more than the environment's, which gives the password for the same place (P8)")
    func stateOfSavedPlan() throws {
        let environment = ProcessEnvironment(["SNAPKEEP_STATE": "https://ci:s3cret@host/prod"])
        let options = try StateOptions.parse([])
        func known(_ saved: String?, _ environment: ProcessEnvironment = environment) throws -> StateAddress? {
            try options.known(sandbox: false, saved: saved, environment)
        }
        guard case .service(let service)? = try known("https://host/prod") else { return #expect(Bool(false), "a file") }
        #expect(service.login?.password == "s3cret" && "\(service)" == "https://host/prod")
        #expect(try known("https://other/prod") == StateAddress("https://other/prod"))
        #expect(try known("a.json") == .file("a.json"))
        #expect(try known(nil) == .service(service))
        #expect(try known(nil, ProcessEnvironment([:])) == nil)
        #expect(try options.known(sandbox: true, environment) == nil)
        #expect(try StateOptions.parse(["--state", "b.json"]).known(sandbox: true, saved: "a.json", environment) == .file("b.json"))
        // What a plan names may be anything: a password in it is refused like any other.
        #expect(throws: Failure.self) { try known("https://u:p@host/prod") }
    }

    @Test(
        "A saved plan finds the environment's password whichever way the two write the port and the end of the path (P8)",
        arguments: [
            ("etcd://u:p@a/x", "etcd://a:2379/x", true), ("etcd://u:p@a,b:1/x", "etcd://a:2379,b:1/x", true),
            ("https://u:p@a:443/x/", "https://a/x", true), ("https://u:p@a/x", "https://a:443/x", true),
            ("etcd://u:p@a/x", "etcds://a:2379/x", false), ("etcd://u:p@a/x", "etcd://a:2380/x", false),
            ("etcd://u:p@a,b/x", "etcd://a/x", false), ("https://u:p@a/x", "https://a/y", false),
        ])
    func samePlace(_ variable: String, _ saved: String, _ isSame: Bool) throws {
        let address = try StateOptions.parse([]).known(sandbox: false, saved: saved, ProcessEnvironment(["SNAPKEEP_STATE": variable]))
        guard case .service(let service)? = address else { return #expect(Bool(false), "a file") }
        #expect(service.login?.password == (isSame ? "p" : nil))
    }

    @Test("With --sandbox the environment's state is not even read")
    func sandboxReadsNoVariable() throws {
        let environment = ProcessEnvironment(["SNAPKEEP_STATE": "ftp://nowhere"])
        #expect(try StateOptions.parse([]).known(sandbox: true, environment) == nil)
        #expect(throws: Failure.self) { try StateOptions.parse([]).known(sandbox: false, environment) }
    }

    @Test("The page of a pipeline's job is a plain URL, or it is left out (P8)")
    func pipelinePages() {
        let github = ["GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"]
        for (variables, page) in [
            ([:], nil), (["CI_JOB_URL": "https://gitlab.example.com/a/-/jobs/1"], "https://gitlab.example.com/a/-/jobs/1"),
            (github, "https://github.com/a/b/actions/runs/7"), (["GITHUB_SERVER_URL": "https://github.com"], nil),
            (["CI_JOB_URL": "https://u:p@host/1"], nil), (["CI_JOB_URL": "https://host/1?token=x"], nil),
            (["CI_JOB_URL": "javascript:alert(1)"], nil), (["CI_JOB_URL": "https://host/\u{1B}[31m"], nil),
            (["CI_JOB_URL": "https://host/" + String(repeating: "x", count: 500)], nil),
        ] as [([String: String], String?)] {
            #expect(pipelinePage(ProcessEnvironment(variables)) == page, "\(variables)")
        }
    }

    @Test(
        "What is no length of time is refused",
        arguments: ["", "30", "m", "1d", "-5s", "1.5h", "s30", "9999999s", "５s", "99999999999999999999h", "1s1s", "1m1h"])
    func badTimeSpans(_ text: String) { #expect(TimeSpan(argument: text) == nil) }

    @Test(
        "A listening address is HOST:PORT, [v6]:PORT or :PORT",
        arguments: [
            ("127.0.0.1:8776", "127.0.0.1", 8776), ("[::1]:0", "::1", 0), (":9000", "127.0.0.1", 9000),
            ("localhost:65535", "localhost", 65_535),
        ] as [(String, String, Int)])
    func listenAddresses(_ text: String, host: String, port: Int) throws {
        let address = try #require(ListenAddress(argument: text))
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test("What is no listening address is refused", arguments: ["127.0.0.1", "127.0.0.1:", "host:65536", "host:-1", "host:http"])
    func badListenAddresses(_ text: String) { #expect(ListenAddress(argument: text) == nil) }

    @Test(
        "A word for the shell is quoted only where it must be",
        arguments: [
            ("plain-1.yaml", "plain-1.yaml"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''"), ("$HOME", "'$HOME'"), ("a;b", "'a;b'"),
        ])
    func shellWords(_ text: String, quoted: String) { #expect(text.quotedForShell == quoted) }

    @Test(
        "The state stands beside the first manifest",
        arguments: [
            ([], "snapkeep.state.json"), (["prod.yaml"], "snapkeep.state.json"), (["team/a.yaml", "b.yaml"], "team/snapkeep.state.json"),
            (["-"], "snapkeep.state.json"), (["/tmp"], "/tmp/snapkeep.state.json"), (["/tmp/"], "/tmp/snapkeep.state.json"),
        ] as [([String], String)])
    func statePaths(_ files: [String], path: String) { #expect(InputFiles.defaultState(for: files) == path) }
}

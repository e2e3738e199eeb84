import Crypto
import Foundation
import SnapkeepCore
import Testing

/// Those who are not there are told of what went wrong, and nothing of the run depends on them.
@Suite("Notices of runs", .serialized) struct NotifyTests {
    let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.write("snapshots.yaml", manifest(of: 2))
    }

    private static let taken = RawServer.Step.write("HTTP/1.1 204 No Content\r\n\r\n")
    private static let busy = RawServer.Step.write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    private static let unknown = RawServer.Step.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    private func message(_ request: String) throws -> [String: Any] {
        let body = try #require(request.components(separatedBy: "\r\n\r\n").dropFirst().first)
        return try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }

    private let failing = ["apply", "--sandbox", "-y", "--sandbox-fault", "POST snapshots 1-1 413"]

    @Test("A run that failed is told, with what failed and its exit code, signed where there is a secret; P8: without a secret in it")
    func failed() async throws {
        try await RawServer.serve(Self.taken) { server, address in
            let outcome = try workspace.run(
                failing + ["--notify", address + "/services/T0/hook-secret?key=query-secret"],
                environment: ["SNAPKEEP_NOTIFY_SECRET": "hmac-secret"])
            #expect(outcome.status == 3)
            #expect(server.requests.count == 1)
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /services/T0/hook-secret?key=query-secret HTTP/1.1"))
            let told = try message(request)
            #expect(told["reasons"] as? [String] == ["failed"] && told["exit_code"] as? Int == 3 && told["command"] as? String == "apply")
            #expect(((told["failed"] as? [String: Any])?["keys"] as? [String])?.count == 1)
            #expect((told["text"] as? String)?.contains("1 failed") == true, "\(told)")
            let body = request.components(separatedBy: "\r\n\r\n")[1]
            let code = HMAC<SHA256>.authenticationCode(for: Data(body.utf8), using: SymmetricKey(data: Data("hmac-secret".utf8)))
            #expect(request.lowercased().contains("x-snapkeep-signature: sha256=\(Hexadecimal.text(code))"))
            for secret in ["hook-secret", "query-secret", "hmac-secret"] {
                #expect(!body.contains(secret) && !outcome.output.contains(secret) && !outcome.errors.contains(secret))
            }
        }
    }

    @Test("A run with nothing to tell asks nobody; one of a rotation that let snapshots go tells which, and several are told at once")
    func expired() async throws {
        try workspace.write(
            "snapshots.yaml",
            """
            rotations:
              - {name: nightly, volumes: [5aa119a8-d25b-45a7-8d1b-88e127885635], every: day, timezone: UTC, keep: {last: 1}}
            """)
        try await RawServer.serve(Self.taken) { first, address in
            try await RawServer.serve(Self.taken) { second, other in
                let environment = ["SNAPKEEP_NOTIFY": "\(address)/a \(other)/b"]
                func apply(_ day: Int) throws -> Workspace.Outcome {
                    try workspace.run(
                        ["apply", "--sandbox", "-y", "--now", "2026-03-0\(day)T01:00:00Z", "--max-delete-percent", "100"],
                        environment: environment)
                }
                #expect(try apply(1).status == 0)
                #expect(first.requests.isEmpty && second.requests.isEmpty)
                let night = try apply(2)
                #expect(night.status == 0, "\(night.errors)")
                #expect(first.requests.count == 1 && second.requests.count == 1)
                let told = try message(try #require(first.requests.first))
                #expect(told["reasons"] as? [String] == ["expired"] && told["exit_code"] as? Int == 0, "\(told)")
                #expect(
                    (told["expired"] as? [String: Any])?["keys"] as? [String] == ["nightly/5aa119a8-d25b-45a7-8d1b-88e127885635@2026-03-01"]
                )
            }
        }
    }

    @Test("What others have changed is told by whoever looks")
    func drift() async throws {
        let sandbox = try SandboxProcess(in: workspace)
        #expect(try workspace.run(["apply", "-y"] + sandbox.options, environment: sandbox.environment).status == 0)
        let id = try #require(try sandbox.created().first?.id)
        try await OtherClient(of: sandbox).send("PUT", "snapshots/\(id)", ["snapshot": ["name": "renamed by hand"]])
        for command in ["plan --refresh", "status"] {
            try await RawServer.serve(Self.taken) { server, address in
                let words = command.split(separator: " ").map(String.init)
                let outcome = try workspace.run(words + ["--notify", address] + sandbox.options, environment: sandbox.environment)
                #expect(outcome.status == 0)
                let told = try message(try #require(server.requests.first))
                #expect(told["reasons"] as? [String] == ["drift"], "\(told)")
            }
        }
    }

    @Test("Who is busy is asked again; who refuses is not, and is named in a warning by the host alone. The exit code is the run's")
    func unreached() async throws {
        try await RawServer.serve(script: [[Self.busy], [Self.taken]]) { server, address in
            let outcome = try workspace.run(failing + ["--notify", address])
            #expect(outcome.status == 3 && server.requests.count == 2 && !outcome.errors.contains("not-notified"))
        }
        try await RawServer.serve(Self.unknown) { server, address in
            let outcome = try workspace.run(
                [
                    "apply", "--sandbox", "--state", "other.json", "-y", "--sandbox-fault", "POST snapshots 1-1 413", "--notify",
                    address + "/path-secret",
                ])
            #expect(outcome.status == 3 && server.requests.count == 1)
            #expect(
                outcome.errors.contains("was not told of this run: HTTP 404") && !outcome.errors.contains("path-secret"),
                "\(outcome.errors)")
        }
    }

    @Test("P10: who runs in silence hears of it all the same when nobody could be told")
    func quiet() async throws {
        try await RawServer.serve(Self.unknown) { server, address in
            let outcome = try workspace.run(failing + ["-q", "--notify", address])
            #expect(outcome.status == 3 && server.requests.count == 1)
            #expect(outcome.errors.contains("was not told of this run: HTTP 404"), "\(outcome.errors)")
        }
    }

    @Test(
        "What is no URL to post to is wrong use, before anything is done, and is not shown",
        arguments: [
            "hooks.example.com/hush", "ftp://example.com/hush", "https://user:hush@example.com", "https://", "https://e x/hush",
        ])
    func badURL(_ url: String) throws {
        for (options, variables) in [(["--notify", url], [:]), ([], ["SNAPKEEP_NOTIFY": url])] {
            let outcome = try workspace.run(["apply", "--sandbox", "-y"] + options, environment: variables)
            #expect(outcome.status == 64 && !outcome.errors.contains("hush"), "\(outcome.errors)")
        }
        #expect(try workspace.contents()["snapkeep.sandbox.json"] == nil)
    }
}

import Foundation
import Testing

/// Answers that only look like "not carried out" (P1), of a cloud whose own log says what it made.
@Suite(.serialized) struct ForeignAnswerTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func apply(_ sandbox: SandboxProcess) throws -> Workspace.Outcome {
        try workspace.run(["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment)
    }

    private func check(_ sandbox: SandboxProcess, count: Int) throws {
        let created = try sandbox.created()
        #expect(created.count == count)
        let state = try StateFile(try workspace.read("snapkeep.state.json"))
        #expect(state.idOfKey == Dictionary(created.map { ($0.key, $0.id) }, uniquingKeysWith: { first, _ in first }))
        #expect(state.superseded.isEmpty && state.openIntents == 0)
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
    }

    @Test(
        "P1: whatever somebody else says after the cloud has acted, there is one snapshot for each line",
        arguments: [
            "bare=302-after", "html=303-after", "bare=204-after", "html=400-after", "bare=401-after", "html=403-after", "bare=404-after",
            "html=405-after", "html=407-after", "bare=409-after", "html=413-after", "bare=421-after", "bare=425-after", "html=429-after",
            "bare=498-after", "bare=501-after", "bare=200-after",
        ])
    func actedUpon(_ kind: String) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots every:2 \(kind)")
        try workspace.write("snapshots.yaml", manifest(of: 6))
        let outcome = try apply(sandbox)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        try check(sandbox, count: 6)
    }

    @Test("P1: what somebody else turned away is sent again, and made once", arguments: ["html=403", "bare=401", "bare=404", "bare=302"])
    func turnedAway(_ kind: String) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots 1-3 \(kind)")
        try workspace.write("snapshots.yaml", manifest(of: 3))
        let outcome = try apply(sandbox)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("looking up"))
        try check(sandbox, count: 3)
    }

    @Test("P1: what the cloud itself refused and made all the same is found at the end, recorded and told")
    func refusedAndMade() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots 2 413-after")
        try workspace.write("snapshots.yaml", manifest(of: 3))
        let first = try apply(sandbox)
        #expect((first.output + first.errors).contains("Refused by the cloud and made all the same"), "\(first.output)\(first.errors)")
        #expect(first.status == 0 || first.status == 3)
        #expect(try apply(sandbox).status == 0)
        try check(sandbox, count: 3)
    }

    @Test("An answer of somebody else each time: nothing is made, nothing is left open, and the help names the way there")
    func everyTime() throws {
        let sandbox = try SandboxProcess(in: workspace, "--fault", "POST snapshots always html=403")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let outcome = try apply(sandbox)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("an HTML page instead of an answer (HTTP 403"))
        #expect(outcome.errors.contains("proxy, firewall, gateway"))
        #expect(try sandbox.created().isEmpty)
        #expect(try StateFile(try workspace.read("snapkeep.state.json")).openIntents == 0)
    }
}

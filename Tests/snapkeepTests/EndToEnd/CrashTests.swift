import Foundation
import SnapkeepEngine
import Testing

/// kill -9 of the real program at every durable step, then the same command again: nothing twice, nothing lost, nothing to do by hand.
@Suite(.serialized) struct CrashTests {
    struct Kill: CustomTestStringConvertible, Sendable {
        let point: Failpoint
        let occurrence: Int
        var testDescription: String { "\(point.rawValue):\(occurrence)" }

        /// Points that an apply of 20 reaches about 20 times are tried at the first, a middle and the last time.
        static let all: [Kill] = Failpoint.allCases.flatMap { point -> [Kill] in
            switch point {
            case .beforeIntent, .afterIntent, .beforePost, .afterAnswer, .afterRecord:
                [1, 7, 20].map { Kill(point: point, occurrence: $0) }
            // An apply that only creates deletes nothing; DeletionTests kill there.
            case .beforeDelete, .afterDelete: []
            case .beforeJournalFsync, .afterJournalFsync: [1, 2].map { Kill(point: point, occurrence: $0) }
            case .beforeFirstState, .afterFirstState, .afterBegin, .beforeCheckpoint, .afterTemporaryFile, .afterBackup, .afterRename,
                .afterHistory,
                .afterCheckpoint:
                [Kill(point: point, occurrence: 1)]
            }
        }
    }

    @Test("P1, P2, P6: a kill at any failpoint of an apply of 20 makes no duplicate and loses nothing", arguments: Kill.all)
    func killAtFailpoint(_ kill: Kill) throws {
        let workspace = try Workspace()
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "20ms")
        try workspace.write("snapshots.yaml", manifest(of: 20))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options

        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = kill.testDescription
        let killed = try workspace.run(apply, environment: environment)
        try #require(killed.status == nil, "the failpoint was not reached: \(killed.output)\(killed.errors)")

        let again = try workspace.run(apply, environment: sandbox.environment)
        #expect(again.status == 0, "\(again.output)\(again.errors)")
        try check(workspace, sandbox, count: 20)
    }

    @Test(
        "P1, P2: a kill while requests are under way, the server acting on them, makes no duplicate and loses nothing",
        arguments: [1, 5, 12])
    func killDuringRequests(_ after: Int) throws {
        let workspace = try Workspace()
        // Each creation is carried out at once and answered late: the client dies in between.
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "20ms", "--fault", "POST snapshots every:1 slow-after=0.4")
        try workspace.write("snapshots.yaml", manifest(of: 20))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms", "--parallelism", "4"] + sandbox.options

        let running = try workspace.start(apply, environment: sandbox.environment)
        try running.wait(until: "\(after) are made") { try sandbox.created().count >= after }
        Foundation.kill(running.process.processIdentifier, SIGKILL)
        #expect(running.finish().status == nil)

        let again = try workspace.run(apply, environment: sandbox.environment)
        #expect(again.status == 0, "\(again.output)\(again.errors)")
        // Told before the wait, which may be long: a pipeline must not look hung.
        #expect(again.errors.hasPrefix("Looking up "))
        #expect(again.errors.contains(" that an earlier run left open; this may take 1 s\n"))
        #expect(again.errors.contains("found in the cloud by its stamp"))
        try check(workspace, sandbox, count: 20)
    }

    @Test("P1: kills in a row, one at each start, end in one snapshot for each line")
    func killsInARow() throws {
        let workspace = try Workspace()
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "20ms")
        try workspace.write("snapshots.yaml", manifest(of: 20))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms", "--parallelism", "3"] + sandbox.options
        for kill in ["after-answer:3", "after-checkpoint:1", "before-post:4", "after-rename:1", "after-answer:6", "after-temporary-file:1"]
        {
            var environment = sandbox.environment
            environment["SNAPKEEP_FAILPOINT"] = kill
            #expect(try workspace.run(apply, environment: environment).status == nil)
        }
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try check(workspace, sandbox, count: 20)
    }

    /// The sandbox's own log against the state: equal sets, each key once, and a plan with nothing to do (P11).
    private func check(_ workspace: Workspace, _ sandbox: SandboxProcess, count: Int) throws {
        let created = try sandbox.created()
        #expect(created.count == count)
        #expect(Set(created.map(\.key)).count == count)
        let state = try StateFile(try workspace.read("snapkeep.state.json"))
        #expect(state.idOfKey == Dictionary(created.map { ($0.key, $0.id) }, uniquingKeysWith: { first, _ in first }))
        #expect(state.superseded.isEmpty)
        #expect(state.openIntents == 0)
        #expect(!workspace.exists("snapkeep.state.json.journal"))
        let plan = try workspace.run(["plan", "--exit-code"] + sandbox.options)
        #expect(plan.status == 0, "\(plan.output)")
    }
}

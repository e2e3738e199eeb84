import Foundation
import Testing

/// The sandbox as a toy: faults, delays and a log for the embedded form too, and its files named.
@Suite struct SandboxToyTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.write("snapshots.yaml", manifest(of: 4))
    }

    private var created: Int {
        get throws {
            try workspace.read("snapkeep.sandbox.json.cloud.jsonl").split(separator: "\n").count { $0.contains(#""event": "created""#) }
        }
    }

    @Test("P1: a fault of the embedded sandbox is met as one of a cloud: an answer that is lost makes no second snapshot")
    func fault() throws {
        let apply = try workspace.run(
            "apply", "--sandbox", "--auto-approve", "--sandbox-fault", "POST snapshots 2 cut-after", "--sandbox-fault",
            "POST snapshots 3 429=0")
        #expect(apply.status == 0, "\(apply.errors)")
        #expect(try created == 4)
        // The next run has none.
        #expect(try workspace.run("plan", "--sandbox", "--refresh", "--exit-code").status == 0)
    }

    @Test("P10: a refusal for good is told, and the command to go on leaves the fault out")
    func refusal() throws {
        let apply = try workspace.run(
            "apply", "--sandbox", "--auto-approve", "--sandbox-fault", "POST snapshots 1 403/EVS.2144", "--sandbox-create-delay", "1ms",
            "--sandbox-latency", "1ms")
        #expect(apply.status == 3)
        #expect(apply.errors.contains("Injected by a fault rule"))
        #expect(!apply.output.contains("--sandbox-fault"))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        #expect(try created == 4)
    }

    @Test("P8: the log has a line for each request of the embedded sandbox, with the fault, and no token")
    func log() throws {
        let apply = try workspace.run(
            "apply", "--sandbox", "--auto-approve", "--sandbox-fault", "POST snapshots 1 500-after", "--log-level", "debug")
        #expect(apply.status == 0, "\(apply.errors)")
        // Those of the sandbox have the time in milliseconds; the client's own have a duration.
        let lines = apply.errors.split(separator: "\n").filter { $0.contains("ms=") }
        #expect(lines.count >= 5)
        let faulty = lines.filter { $0.contains("fault=500-after") }
        #expect(faulty.count == 1)
        #expect(faulty.first?.contains("method=POST") == true && faulty.first?.contains("status=500") == true, "\(lines)")
        #expect(faulty.first?.contains("path=/v3/sandbox/snapshots") == true && faulty.first?.contains("ms=") == true)
        #expect(!apply.errors.contains("X-Auth-Token"))
        let silent = try workspace.run("status", "--sandbox")
        #expect(!silent.errors.contains("method="))
    }

    @Test(
        "P9: an option of the sandbox without --sandbox is refused, and so is a rule that is none",
        arguments: [
            ["--sandbox-fault", "POST snapshots 1 429"], ["--sandbox-create-delay", "1s"], ["--sandbox-delete-delay", "1s"],
            ["--sandbox-latency", "1s"], ["--sandbox-clock", "2026-03-01T02:00:00Z"], ["--sandbox-snapshots-per-volume", "7"],
            ["--sandbox-auto-snapshots", "orders=1"],
        ])
    func refused(_ option: [String]) throws {
        for command in ["plan", "apply", "status", "generate", "recover"] {
            let outcome = try workspace.run([command] + option)
            #expect(outcome.status == 64)
            #expect(
                outcome.errors.contains("\(option[0]) is for the embedded sandbox: add --sandbox, or leave it out"), "\(outcome.errors)")
        }
        let rule = try workspace.run("apply", "--sandbox", "--sandbox-fault", "POST snapshots 1 boom")
        #expect(rule.status == 64)
        #expect(rule.errors.contains("'boom' is not a kind of fault"))
        let time = try workspace.run("apply", "--sandbox", "--sandbox-latency", "3")
        #expect(time.status == 64)
        #expect(time.errors.contains("write '3s' for seconds"))
    }

    @Test("The embedded sandbox names its file and what is in it")
    func embeddedFile() throws {
        let first = try workspace.run("apply", "--sandbox", "--auto-approve")
        #expect(first.errors.contains("The sandbox keeps its data in snapkeep.sandbox.json.cloud.jsonl: nothing yet.\n"))
        let second = try workspace.run("status", "--sandbox")
        #expect(second.errors.contains("The sandbox keeps its data in snapkeep.sandbox.json.cloud.jsonl: 4 snapshots and 2 volumes.\n"))
    }

    @Test("The sandbox names its file when it starts and when it ends, and the command that goes on with it")
    func servedFile() throws {
        func serve(_ options: String...) throws -> String {
            let running = try workspace.start(["sandbox", "--listen", "127.0.0.1:0"] + options)
            try running.wait(until: "it serves") { running.outputSoFar.contains("Ctrl-C ends it.\nIt keeps") }
            let outcome = running.finish(after: SIGINT)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.output.split(separator: "\n").dropFirst().joined(separator: "\n")
        }
        #expect(
            try serve()
                == "It keeps its data in memory, for as long as it runs; --data FILE keeps it.\nEnded; its data was in memory and is gone.")
        #expect(
            try serve("--data", "a cloud.jsonl")
                == "It keeps its data in a cloud.jsonl: nothing yet.\n"
                + "Ended; a cloud.jsonl holds nothing yet. Go on with it: snapkeep sandbox --data 'a cloud.jsonl'")
    }

    @Test("The embedded sandbox's clock is set forward run by run, is remembered, and never goes back")
    func clock() throws {
        let night = { (day: Int) in "2026-03-0\(day)T02:00:00Z" }
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve", "--sandbox-clock", night(1)).status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 6))
        let second = try workspace.run("apply", "--sandbox", "--auto-approve", "--sandbox-clock", night(2))
        #expect(second.status == 0, "\(second.errors)")
        let days = try workspace.read("snapkeep.sandbox.json.cloud.jsonl").split(separator: "\n").filter {
            $0.contains(#""event": "created""#)
        }.map { $0.firstMatch(of: /"at": "([0-9-]+)T02:00:0/).map { String($0.output.1) } }
        #expect(days == Array(repeating: "2026-03-01", count: 4) + Array(repeating: "2026-03-02", count: 2))
        let status = try workspace.run("status", "--sandbox")
        #expect(status.errors.contains(": 6 snapshots and 3 volumes, its clock at 2026-03-02 02:0"), "\(status.errors)")
        let back = try workspace.run("apply", "--sandbox", "--auto-approve", "--sandbox-clock", night(1))
        #expect(back.status == 1 && back.errors.contains("and never goes back, so it cannot be set to \(night(1))"), "\(back.errors)")
        #expect(back.errors.contains("begin anew with 'snapkeep sandbox reset'"))
        #expect(try workspace.run("doctor", "--sandbox", "--sandbox-clock", night(9)).status == 0)
        #expect(try workspace.run("plan", "--sandbox", "--refresh", "--exit-code").status == 0)
        let noInstant = try workspace.run("apply", "--sandbox", "--sandbox-clock", "tonight")
        #expect(noInstant.status == 64 && noInstant.errors.contains("'tonight' is not an instant"), "\(noInstant.errors)")
    }

    @Test("P3: snapshots of the cloud's own policies count for the limit of a volume, and are left alone")
    func policies() throws {
        let options = [
            "--sandbox", "--auto-approve", "--sandbox-snapshots-per-volume", "2", "--sandbox-auto-snapshots",
            "5aa119a8-d25b-45a7-8d1b-000000000001=1",
        ]
        // Two on each of two volumes; of the second volume one is the policies'.
        let apply = try workspace.run(["apply"] + options)
        #expect(apply.status == 3 && apply.errors.contains("SnapshotLimitExceeded"), "\(apply.errors)")
        #expect(apply.output.contains("3 created"), "\(apply.output)")
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots: []\n")
        let prune = try workspace.run(["apply", "--prune", "--allow-empty", "--max-deletes", "10"] + options)
        #expect(prune.status == 0 && prune.output.contains("3 deleted"), "\(prune.output)\(prune.errors)")
        let status = try workspace.run("status", "--sandbox", "--allow-empty")
        #expect(status.errors.contains(": 1 snapshot and 2 volumes"), "\(status.errors)")
        let nowhere = try workspace.run("status", "--sandbox", "--allow-empty", "--sandbox-auto-snapshots", "nowhere=1")
        #expect(nowhere.errors.contains("there is no volume 'nowhere' to have automatic snapshots"), "\(nowhere.errors)")
    }

    @Test("A served sandbox tells what its clock shows where that was set")
    func servedClock() throws {
        let running = try workspace.start([
            "sandbox", "--listen", "127.0.0.1:0", "--clock", "2026-03-01T02:00:00Z", "--snapshots-per-volume", "7", "--auto-snapshots",
            "5aa119a8-d25b-45a7-8d1b-000000000000=1",
        ])
        try running.wait(until: "it serves") { running.outputSoFar.contains("Its clock is at 2026-03-01 02:0") }
        #expect(running.finish(after: SIGINT).status == 0)
    }

    @Test("Progress that grows is seen on a terminal")
    func progress() throws {
        let terminal = try Terminal()
        let running = try workspace.startShell(
            "exec \"$SNAPKEEP\" apply --sandbox --auto-approve --sandbox-create-delay 4s 2>&0 >/dev/null", input: terminal.program)
        // Then the program alone holds that end, and reading fails when it is gone.
        try terminal.program.close()
        var screen: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        running.toItsEnd {
            while case let count = read(terminal.person.fileDescriptor, &buffer, buffer.count), count > 0 { screen += buffer[..<count] }
        }
        let shown = String(decoding: screen, as: UTF8.self)
        let outcome = running.finish()
        #expect(outcome.status == 0, "\(shown)")
        let percents = Set(shown.matches(of: /creating (\d+) %/).compactMap { Int($0.output.1) })
        #expect(percents.count >= 2, "\(percents)")
        #expect(percents.allSatisfy { (0...95).contains($0) && $0 % 5 == 0 })
    }
}

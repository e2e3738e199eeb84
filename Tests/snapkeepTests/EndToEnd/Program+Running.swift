import Foundation
import Testing

extension Workspace.Running {
    var id: Int32 { process.processIdentifier }
    /// What the program has said on stderr so far.
    var errorsSoFar: String { String(decoding: (try? Data(contentsOf: errors)) ?? Data(), as: UTF8.self) }
    var outputSoFar: String { String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self) }

    /// Whether the program takes SIGINT by other means than dying of it, as the kernel says.
    var takesSignals: Bool {
        let status = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        // Ignored where another source of events takes them, caught where that source has a handler of its own.
        let masks = status.split(separator: "\n").filter { $0.hasPrefix("SigIgn:") || $0.hasPrefix("SigCgt:") }
        return masks.contains { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16).map { $0 >> 1 & 1 } == 1 }
    }

    /// Whether the program has a connection to an address, as the kernel says: it has asked, or is about to.
    func isConnected(to endpoint: String) throws -> Bool {
        let port = try #require(URL(string: endpoint)?.port)
        let folder = "/proc/\(id)/fd"
        let sockets = Set(
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { name in
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            })
        let suffix = ":" + String(format: "%04X", port)
        // By a handle: what reads a whole file at once trusts its size, which is 0 here, and may end too early.
        let table = try #require(try FileHandle(forReadingAtPath: "/proc/net/tcp")?.readToEnd())
        return String(decoding: table, as: UTF8.self).split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 9 && fields[2].hasSuffix(suffix) && fields[3] == "01" && sockets.contains("socket:[\(fields[9])]")
        }
    }

    /// Looks again and again until something is so, because no event of another process's doing can be had for all of it. A test that waits
    /// in vain fails, at once when the program has ended, and tells what the program said; the program does not outlive it.
    func wait(
        until what: String, within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
        _ isSo: () throws -> Bool
    ) throws {
        let end = ContinuousClock.now + limit
        while true {
            // Asked first: what a program did last counts, too.
            let isRunning = process.isRunning
            if try isSo() { return }
            if isRunning && ContinuousClock.now < end {
                usleep(5000)
                continue
            }
            if isRunning { kill(id, SIGKILL) }
            try #require(
                Bool(false), "\(isRunning ? "in vain for \(limit)" : "it ended before"): \(what)\n\(outputSoFar)\(errorsSoFar)",
                sourceLocation: sourceLocation)
        }
    }

    /// Does what lasts until the program ends; one that does not end by itself is killed, and the test fails.
    func toItsEnd<Value>(
        within limit: Duration = .seconds(300), sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
    ) rethrows -> Value {
        let end = ContinuousClock.now + limit
        let overdue = DispatchWorkItem { [id] in _ = kill(id, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Int(limit.components.seconds)), execute: overdue)
        defer {
            overdue.cancel()
            if ContinuousClock.now >= end {
                Issue.record("it did not end within \(limit)\n\(outputSoFar)\(errorsSoFar)", sourceLocation: sourceLocation)
            }
        }
        return try body()
    }

    /// The end after a signal, which must come by itself.
    func finish(after signal: Int32) -> Workspace.Outcome {
        kill(id, signal)
        return finish(within: .seconds(60))
    }
}

extension Workspace {
    /// A shell's script in the folder; the program is `"$SNAPKEEP"`.
    func shell(_ script: String, environment: [String: String] = [:]) throws -> Outcome {
        try startShell(script, environment: environment).finish()
    }

    func startShell(_ script: String, environment: [String: String] = [:], input: FileHandle? = nil) throws -> Running {
        var variables = environment
        variables["SNAPKEEP"] = Self.program.path
        return try start(
            ["-c", script], environment: variables, program: URL(filePath: "/bin/sh"), standardInput: input)
    }

    /// The lines of the history, read by other means than the program's own.
    func history(_ state: String = "snapkeep.state.json") throws -> [[String: Any]] {
        try read(state + ".history").split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    /// The ids that the history names, each as often as it is named, of the kinds that bring a snapshot into the state.
    func idsInHistory() throws -> [String] {
        try history().flatMap { line in
            let snapshots = line["snapshots"] as? [String: [[String: String]]] ?? [:]
            return ["created", "replaced", "adopted", "found"].flatMap { snapshots[$0] ?? [] }.compactMap { $0["id"] }
        }
    }
}

extension Workspace {
    /// How many creations a journal announces, whose requests may be under way; 0 where there is none yet.
    func requestsOnTheirWay(of state: String) throws -> Int {
        guard exists(state + ".journal") else { return 0 }
        // A line that can be read is not on disk yet, and its request is not sent before the lock file says that it is.
        let synced = try read(state + ".lock").firstMatch(of: /"journal_bytes": *([0-9]+)/).flatMap { Int($0.1) } ?? 0
        let lines = String(decoding: Data(try read(state + ".journal").utf8.prefix(synced)), as: UTF8.self)
        return lines.split(separator: "\n").count { $0.contains("\"event\":\"intent\"") }
    }
}

/// Both ends of a terminal.
struct Terminal {
    let person: FileHandle
    let program: FileHandle

    init() throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(master >= 0)
        var (unlocked, number): (Int32, Int32) = (0, 0)
        // TIOCSPTLCK and TIOCGPTN, which the C library shows only to those who ask for it by a macro.
        try #require(ioctl(master, UInt(0x4004_5431), &unlocked) == 0)
        try #require(ioctl(master, UInt(0x8004_5430), &number) == 0)
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        try #require(slave >= 0)
        person = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        program = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    }
}

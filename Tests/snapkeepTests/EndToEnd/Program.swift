import Foundation
import Testing

/// The built program in a folder of its own, run as a person would run it.
final class Workspace {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "snapkeep-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Whether tests and program are built with a sanitizer: it needs far more memory, and files of its own.
    static let isSanitized = dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil

    /// What a run of the program left behind.
    struct Outcome {
        /// The exit code, or `nil` when a signal ended it.
        let status: Int32?
        let output: String
        let errors: String
    }

    /// The program beside the test bundle: the same build.
    static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "snapkeep")

    func write(_ name: String, _ text: String) throws {
        let url = folder.appending(path: name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func read(_ name: String) throws -> String { try String(decoding: Data(contentsOf: folder.appending(path: name)), as: UTF8.self) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }

    /// Every file of the folder with its bytes, to see that nothing was written.
    func contents() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            files[name] = try? Data(contentsOf: folder.appending(path: name))
        }
        return files
    }

    /// Runs the program to its end. Output goes through files, so that no pipe of another test keeps it open.
    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:], input: String = "") throws -> Outcome {
        try run(arguments, environment: environment, input: input)
    }

    /// Runs the program to its end.
    @discardableResult
    func run(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws -> Outcome {
        let process = try start(arguments, environment: environment, input: input)
        return process.finish()
    }

    /// A running program.
    struct Running {
        let process: ChildProcess
        let output: URL
        let errors: URL

        func finish(within limit: Duration = .seconds(300), sourceLocation: SourceLocation = #_sourceLocation) -> Outcome {
            toItsEnd(within: limit, sourceLocation: sourceLocation) { process.waitUntilExit() }
            let text = { (url: URL) in String(decoding: (try? Data(contentsOf: url)) ?? Data(), as: UTF8.self) }
            defer {
                try? FileManager.default.removeItem(at: output)
                try? FileManager.default.removeItem(at: errors)
            }
            return Outcome(
                status: process.exitStatus, output: text(output), errors: text(errors))
        }
    }

    /// - Parameter limits: what the shell's `ulimit` is to set first, `-n 8`.
    func start(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", limits: String? = nil,
        program: URL = Workspace.program, standardInput: FileHandle? = nil
    ) throws -> Running {
        let streams = FileManager.default.temporaryDirectory
        let id = UUID().uuidString
        let (output, errors, stdin) = (
            streams.appending(path: "snapkeep-out-\(id)"), streams.appending(path: "snapkeep-err-\(id)"),
            streams.appending(path: "snapkeep-in-\(id)")
        )
        for url in [output, errors] { try Data().write(to: url) }
        try Data(input.utf8).write(to: stdin)
        var variables = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "USER": "tester"]
        // What a sanitizer is told of the tests holds for the program as well.
        for name in ["TSAN_OPTIONS", "ASAN_OPTIONS"] { variables[name] = ProcessInfo.processInfo.environment[name] }
        variables.merge(environment) { _, new in new }
        let files = (
            try standardInput ?? FileHandle(forReadingFrom: stdin), try FileHandle(forWritingTo: output),
            try FileHandle(forWritingTo: errors)
        )
        let process = try withExtendedLifetime(files) {
            try ChildProcess(
                limits == nil ? program.path : "/bin/sh",
                limits.map { ["-c", "ulimit \($0) && exec \"$@\"", "sh", program.path] + arguments } ?? arguments, in: folder.path,
                environment: variables, streams: (files.0.fileDescriptor, files.1.fileDescriptor, files.2.fileDescriptor))
        }
        try? FileManager.default.removeItem(at: stdin)
        return Running(process: process, output: output, errors: errors)
    }
}

/// `snapkeep sandbox` in a process of its own, which survives the death of the client.
final class SandboxProcess {
    static let projectID = "0c2eba2c5af04d3f9e9d0d410b371fde"
    let endpoint: String
    private let running: Workspace.Running
    private let workspace: Workspace
    private let data: String

    convenience init(in workspace: Workspace, data: String = "cloud.jsonl", _ options: String...) throws {
        try self.init(in: workspace, data: data, options)
    }

    init(in workspace: Workspace, data: String = "cloud.jsonl", _ options: [String]) throws {
        self.workspace = workspace
        self.data = data
        let running = try workspace.start(["sandbox", "--listen", "127.0.0.1:0", "--data", data] + options)
        self.running = running
        // The sign that it listens.
        try running.wait(until: "the sandbox tells its address") { running.outputSoFar.contains("\n") }
        endpoint = try #require(running.outputSoFar.split(separator: " ").first { $0.hasPrefix("http://") }.map(String.init))
    }

    deinit {
        if running.process.isRunning {
            running.process.terminate()
            _ = running.finish()
        }
    }

    /// The options that lead a client here.
    var options: [String] { ["--endpoint", endpoint, "--project-id", Self.projectID] }
    let environment = ["OS_TOKEN": "test-token"]

    /// What the sandbox itself wrote down as created: id and key of each, in order. A line that is just being written is not there yet.
    func created() throws -> [(id: String, key: String)] {
        try workspace.read(data).split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { line in
            guard let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                event["event"] as? String == "created",
                let id = event["id"] as? String, let metadata = event["metadata"] as? [String: String]
            else { return nil }
            return (id, metadata["snapkeep.key"] ?? "")
        }
    }
}

/// What a state file says, read by other means than the program's own.
struct StateFile {
    let serial: Int
    let idOfKey: [String: String]
    let superseded: [String]
    let openIntents: Int

    init(_ text: String) throws {
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        serial = try #require(document["serial"] as? Int)
        let records = try #require(document["records"] as? [[String: Any]])
        idOfKey = Dictionary(uniqueKeysWithValues: records.map { ($0["key"] as? String ?? "", $0["id"] as? String ?? "") })
        superseded = (document["superseded"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
        openIntents = (document["open_intents"] as? [Any] ?? []).count
    }
}

/// A manifest of so many snapshots, two on each volume.
func manifest(of count: Int, name: String = "snap") -> String {
    var text = "stack: tests\nsnapshots:\n"
    for index in 0..<count {
        let volume = String(format: "5aa119a8-d25b-45a7-8d1b-%012d", index / 2)
        text += "  - name: \(name)-\(String(format: "%03d", index))\n    volume_id: \(volume)\n"
    }
    return text
}

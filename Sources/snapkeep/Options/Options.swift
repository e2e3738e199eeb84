import ArgumentParser
import Logging
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

/// When to use colour.
enum ColourSetting: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, always, never
}

/// Options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(name: [.customLong("colour"), .customLong("color")], help: "auto, always or never. NO_COLOR is honoured.")
    var colour: ColourSetting = .auto

    @Option(name: .customLong("log-level"), help: "Log requests to stderr: debug or trace. Tokens never appear.")
    var logLevel: LogSetting?

    @Option(name: .customLong("log-format"), help: "text, or json: one object a line, for whoever collects logs.")
    var logFormat: LogFormat = .text

    @Flag(name: .shortAndLong, help: "The same as --log-level debug; -vv as --log-level trace.")
    var verbose: Int

    @Flag(
        name: .shortAndLong,
        help: "Only errors, and of the result its last line: no warnings, no progress, no tables. What is asked for as JSON stays whole.")
    var quiet = false

    /// How much is logged; `nil`: nothing.
    var level: LogSetting? { verbose > 1 ? .trace : logLevel ?? (verbose > 0 ? .debug : nil) }

    func validate() throws {
        guard quiet, verbose > 0 || logLevel != nil else { return }
        throw ValidationError("--quiet and \(verbose > 0 ? "--verbose" : "--log-level") contradict each other: leave one of them out")
    }
}

/// Whether a person is asked before something is changed.
struct ApprovalOptions: ParsableArguments {
    @Flag(name: [.customShort("y"), .customLong("auto-approve")], help: "Do not ask.")
    var autoApprove = false
}

/// In which form the log is written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}

/// How much to log.
enum LogSetting: String, ExpressibleByArgument, CaseIterable, Sendable {
    case debug, trace

    var level: Logger.Level { self == .trace ? .trace : .debug }
}

/// Where the manifest is.
struct ManifestOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp(
            "Manifest: a file, a folder (its *.yaml and *.yml), or - for standard input; repeatable. Default: snapshots.yaml.",
            valueName: "file"), completion: Completions.anyFile)
    var files: [String] = []

    @Flag(name: .customLong("allow-empty"), help: "Accept a manifest that lists no snapshot.")
    var allowEmpty = false

    func validate() throws {
        if files.contains("") { throw ValidationError("--file takes the name of a file or a folder") }
    }

    /// The options as they were typed.
    var words: [String] { files.map { "-f \($0.quotedForShell)" } + (allowEmpty ? ["--allow-empty"] : []) }
}

/// Where the state is.
struct StateOptions: ParsableArguments {
    @Option(
        name: .customLong("state"),
        help: ArgumentHelp(
            "State: a file or a URL. Default: SNAPKEEP_STATE, else the manifest's 'state', else snapkeep.state.json beside the manifest; "
                + "with --sandbox snapkeep.sandbox.json.", valueName: "file or url"),
        completion: Completions.anyFile)
    var path: String?

    /// The option as it was typed; else what the environment names, for the command may be typed where that variable is not set.
    ///
    /// - Parameter sandbox: whether the sandbox's own state is meant, which no variable names.
    func words(sandbox: Bool, _ environment: ProcessEnvironment = .current()) -> [String] {
        if let path { return ["--state \(path.quotedForShell)"] }
        guard !sandbox, let variable = environment.first(of: [Self.variable]),
            let address = try? StateAddress(variable.value, allowsLogin: true)
        else { return [] }
        return ["--state \("\(address)".quotedForShell)"]
    }

    /// The options that lead another command to the same manifest, state and cloud: one for each element, with its value.
    func words(beside manifest: ManifestOptions, _ cloud: some CloudChoice) -> [String] {
        manifest.words + words(sandbox: cloud.sandbox) + cloud.words
    }

    func validate() throws {
        if path?.isEmpty == true { throw ValidationError("--state takes the name of a file, or a URL") }
        guard let path else { return }
        do throws(StateAddressProblem) { _ = try StateAddress(path) } catch {
            throw ValidationError(VisibleText.escaped("--state \(error.words): \(error.help)"))
        }
    }

    /// The files of the sandbox's state, or of the one that the option names.
    func sandboxFiles(for manifest: [String]) -> StatePaths {
        StatePaths(state: path ?? InputFiles.defaultState(for: manifest, sandbox: true))
    }
}

/// Options that choose a cloud, or the sandbox only.
protocol CloudChoice {
    var sandbox: Bool { get }
    /// The options as they were typed; one for each element, with its value.
    var words: [String] { get }
}

/// Whose state a command works on that needs no cloud.
struct SandboxStateOption: ParsableArguments, CloudChoice {
    @Flag(name: .customLong("sandbox"), help: "Work on the sandbox's state, snapkeep.sandbox.json.")
    var sandbox = false

    /// The option as it was typed.
    var words: [String] { sandbox ? ["--sandbox"] : [] }
}

/// How long to wait for another run.
struct LockOptions: ParsableArguments {
    @Option(
        name: .customLong("lock-timeout"),
        help: ArgumentHelp("How long to wait when another run holds the state: 30s, 5m. Default: not at all.", valueName: "time"))
    var timeout = TimeSpan(.zero)
}

/// Which cloud.
struct CloudOptions: ParsableArguments, CloudChoice {
    @Option(
        name: .customLong("cloud"),
        help: ArgumentHelp(
            "Entry of clouds.yaml. Default: the one that OS_CLOUD names, else the OS_* or HW_* variables.", valueName: "name"),
        completion: Completions.clouds)
    var cloud: String?

    @Option(
        name: .customLong("endpoint"),
        help: ArgumentHelp(
            "Block-storage endpoint, with or without /v2, /v3 or /v2/PROJECT. Default: the service catalog's.", valueName: "url"))
    var endpoint: String?

    @Option(
        name: .customLong("project-id"),
        help: ArgumentHelp("Project (tenant). Default: the endpoint's, else OS_PROJECT_ID or HW_PROJECT_ID.", valueName: "id"))
    var projectID: String?

    @Flag(
        name: .customLong("sandbox"),
        help: "Use the embedded sandbox: no cloud, no account. Its state and its data are files of their own beside the manifest.")
    var sandbox = false

    @OptionGroup var sandboxOptions: SandboxOptions

    @Option(
        name: .customLong("max-list-rows"),
        help: ArgumentHelp("Most rows of a list; one that goes on is not read to its end, and nothing is concluded.", valueName: "n"))
    var maxListRows = ListProgress.usualBound

    func validate() throws {
        if maxListRows < 1 { throw ValidationError("--max-list-rows takes 1 or more") }
        if !sandbox, let given = sandboxOptions.firstGiven {
            throw ValidationError("\(given) is for the embedded sandbox: add --sandbox, or leave it out")
        }
        guard sandbox else { return }
        for (name, value) in [("--cloud", cloud), ("--endpoint", endpoint)] where value != nil {
            throw ValidationError("--sandbox and \(name) name two different clouds: leave one of them out")
        }
    }

    /// The options as they were typed.
    var words: [String] {
        var words = sandbox ? ["--sandbox"] : []
        if let cloud { words.append("--cloud \(cloud.quotedForShell)") }
        if let endpoint { words.append("--endpoint \(endpoint.quotedForShell)") }
        if let projectID { words.append("--project-id \(projectID.quotedForShell)") }
        if maxListRows != ListProgress.usualBound { words.append("--max-list-rows \(maxListRows)") }
        return words
    }

    /// As settings take them.
    var flags: SettingsInput.Flags { .init(cloud: cloud, endpoint: endpoint, projectID: projectID) }
}

/// Whether the cloud is looked at before planning.
struct RefreshOptions: ParsableArguments {
    @Flag(
        name: .customLong("refresh"),
        help: "Look at the cloud first: changes made by others, lost snapshots, and what it would refuse. Needs credentials.")
    var refresh = false

    @Flag(
        name: .customLong("recreate"),
        help: "With --refresh: make lost snapshots anew. They hold the data of the day on which they are made.")
    var recreate = false

    /// The options as they were typed.
    var words: [String] { (refresh ? ["--refresh"] : []) + (recreate ? ["--recreate"] : []) }

    func validate() throws {
        if recreate && !refresh { throw ValidationError("--recreate needs --refresh: only a look at the cloud shows what is lost") }
    }
}

/// Where a run begins when there is no state.
struct RecoverOptions: ParsableArguments {
    @Flag(
        name: .customLong("recover"),
        help: "Where no state file exists, begin from the stamps in the cloud: plan, too, opens a connection then. Needs a 'stack'.")
    var recover = false

    /// The option as it was typed.
    var words: [String] { recover ? ["--recover"] : [] }
}

/// What to do after a snapshot failed.
enum ErrorReaction: String, ExpressibleByArgument, CaseIterable {
    case `continue`, stop
}

/// What may be deleted.
struct DeletionOptions: ParsableArguments {
    @Flag(name: .customLong("prune"), help: "Delete recorded snapshots that the manifest no longer lists. Without it they are kept.")
    var prune = false

    /// The option as it was typed.
    var words: [String] { prune ? ["--prune"] : [] }
}

/// The limits on deletion.
struct DeletionLimitOptions: ParsableArguments {
    @Option(name: .customLong("max-deletes"), help: ArgumentHelp("Refuse the run as a whole when it would delete more.", valueName: "n"))
    var maxDeletes = 5

    @Option(
        name: .customLong("max-delete-percent"),
        help: ArgumentHelp("Refuse the run when it would delete more of ten or more records.", valueName: "percent"))
    var maxPercent = 30

    var limits: DeletionGuard { DeletionGuard(maxDeletes: maxDeletes, maxPercent: maxPercent) }

    /// The options, where they differ from what holds without them.
    var words: [String] {
        limits == DeletionGuard() ? [] : ["--max-deletes \(maxDeletes)", "--max-delete-percent \(maxPercent)"]
    }

    func validate() throws {
        if maxDeletes < 0 { throw ValidationError("--max-deletes takes 0 or more") }
        if !(0...100).contains(maxPercent) { throw ValidationError("--max-delete-percent takes 0 to 100") }
    }
}

/// A length of time as a person writes it: `90s`, `30m`, `1h30m`, `250ms`.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    /// Some months are enough for everything that can be waited for.
    private static let longest: Duration = .seconds(9_000_000)

    init?(argument: String) {
        guard let duration = try? DurationText.read(argument == "0" ? "0s" : argument, finest: .milliseconds), duration <= Self.longest
        else { return nil }
        self.duration = duration
    }

    var description: String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0 else { return "\(seconds)s" }
        return seconds > 0 ? "\(seconds)s\(milliseconds)ms" : "\(milliseconds)ms"
    }
    var defaultValueDescription: String { description }
}

import SnapkeepCore
import SnapkeepRendering

/// The words after the program's name, as a person has typed them: put into those that the commands know where nothing else can be meant,
/// and refused with the nearest ones otherwise. What is left is the argument parser's.
struct TypedWords: Hashable {
    /// The words for the argument parser.
    var words: [String]

    /// - Parameters:
    ///   - typed: without the program's name.
    ///   - commands: the names of all commands.
    ///   - subcommands: of the commands that do nothing but by them.
    ///   - isSavedPlan: whether a file is one, whatever its name.
    /// - Throws: what is wrong and what was probably meant.
    init(
        _ typed: [String], commands: [String], subcommands: [String: [String]] = [:], isSavedPlan: (String) -> Bool = { _ in false }
    ) throws(Mistake) {
        words = typed.prefix { $0 != "--" }.map(Self.translated) + typed.drop { $0 != "--" }
        guard let first = words.first else { return }
        if first == "-V" || first == "version" {
            words[0] = "--version"
            return
        }
        let isHelp = first == "help"
        if isHelp, words.count == 1 { return }
        let command = isHelp ? words[1] : first
        guard !command.hasPrefix("-") else { return }
        guard commands.contains(command) else { throw .unknownCommand(command, nearest: Self.nearest(command, commands)) }
        if let names = subcommands[command], let second = words.dropFirst(isHelp ? 2 : 1).first, !second.hasPrefix("-"),
            !names.contains(second)
        {
            let nearest = NearMiss.suggestion(for: second, among: names).map { "snapkeep \(command) \($0)" }
            throw .unknownCommand("\(command) \(second)", of: command, nearest: nearest)
        }
        if !isHelp, words.count > 1, Self.withoutOwnFile.contains(command), Self.isManifest(words[1]), !isSavedPlan(words[1]) {
            words.insert("-f", at: 1)
        }
        try checkValues()
    }

    /// A mistake in the words themselves.
    enum Mistake: Error, Hashable {
        case unknownCommand(String, of: String? = nil, nearest: String?)
        case negative(option: String, value: String)
        case twice(option: String, first: String, second: String)
        case noUnit(option: String, value: String)

        var diagnostic: Diagnostic {
            switch self {
            case .unknownCommand(let word, let command, let nearest):
                Diagnostic(
                    .error, code: "unknown-command", "there is no command '\(VisibleText.escaped(word))'",
                    help: (nearest.map { "did you mean '\($0)'? " } ?? "")
                        + "'snapkeep \(command.map { $0 + " " } ?? "")--help' lists the commands")
            case .negative(let option, let value):
                Diagnostic(
                    .error, code: "bad-number", "\(option) cannot be negative, found '\(VisibleText.escaped(value))'",
                    help: "give 0 or more where 0 has a meaning, else 1 or more; nothing was done")
            case .twice(let option, let first, let second):
                Diagnostic(
                    .error, code: "option-twice",
                    "\(option) is given twice: '\(VisibleText.escaped(first))' and '\(VisibleText.escaped(second))'",
                    help: "leave one of them out")
            case .noUnit(let option, let value):
                Diagnostic(
                    .error, code: "bad-time", "\(option) needs a unit, found '\(value)'",
                    help: "write '\(value)s' for seconds or '\(value)m' for minutes")
            }
        }
    }

    /// Words of those who come from another tool, for the same thing.
    static func translated(_ word: String) -> String {
        let name = word.prefix { $0 != "=" }
        let ours: String? =
            switch name {
            case "-detailed-exitcode", "--detailed-exitcode": "--exit-code"
            case "--os-cloud": "--cloud"
            case "-auto-approve", "-y", "--yes": "--auto-approve"
            default: nil
            }
        return ours.map { $0 + word.dropFirst(name.count) } ?? word
    }

    /// Commands in which a manifest's name can mean nothing but the manifest.
    private static let withoutOwnFile = ["validate", "fmt", "plan", "apply", "status", "report", "recover", "history"]

    /// A manifest where a command takes none without `-f`: a saved plan or a key does not end like this.
    private static func isManifest(_ word: String) -> Bool {
        !word.hasPrefix("-") && (word.hasSuffix(".yaml") || word.hasSuffix(".yml"))
    }

    private static func nearest(_ word: String, _ commands: [String]) -> String? {
        if let slip = NearMiss.suggestion(for: word, among: commands) { return "snapkeep \(slip)" }
        return switch word.lowercased() {
        case "list", "ls", "show-all", "get", "describe", "state": "snapkeep status"
        case "create", "up", "run", "deploy", "sync": "snapkeep apply"
        case "diff", "preview", "dry-run", "check": "snapkeep plan"
        case "refresh": "snapkeep plan --refresh"
        case "lint": "snapkeep validate"
        case "format", "prettify", "tidy": "snapkeep fmt"
        case "html", "dashboard": "snapkeep report"
        case "adopt": "snapkeep import"
        case "move", "mv": "snapkeep rename"
        case "new": "snapkeep init"
        case "log", "logs": "snapkeep history"
        case "login", "configure", "config": "snapkeep doctor"
        // After taking the snapshot out of the manifest.
        case "delete", "destroy", "remove", "rm", "prune": "snapkeep apply --prune"
        default: nil
        }
    }

    /// Options of which one value counts: the argument parser would take the last in silence.
    private static let single = [
        "--cloud", "--state", "--endpoint", "--project-id", "--out", "--format", "--parallelism", "--settle-time", "--lock-timeout",
        "--log-level", "--owner", "--on-error", "--max-deletes", "--max-delete-percent", "--max-list-rows", "--clock", "--sandbox-clock",
        "--snapshots-per-volume", "--sandbox-snapshots-per-volume",
    ]

    private static let numbers = [
        "--parallelism", "--max-deletes", "--max-delete-percent", "--max-list-rows", "--snapshots-per-volume",
        "--sandbox-snapshots-per-volume",
    ]

    private static let times = [
        "--settle-time", "--lock-timeout", "--create-delay", "--delete-delay", "--latency", "--token-lifetime", "--sandbox-create-delay",
        "--sandbox-delete-delay", "--sandbox-latency",
    ]

    private func checkValues() throws(Mistake) {
        var given: [String: String] = [:]
        let options = words.prefix { $0 != "--" }
        for (index, word) in options.enumerated() {
            let name = String(word.prefix { $0 != "=" })
            guard Self.single.contains(name) || Self.times.contains(name) else { continue }
            let value =
                word.count > name.count ? String(word.dropFirst(name.count + 1)) : index + 1 < options.count ? options[index + 1] : ""
            if Self.numbers.contains(name) || Self.times.contains(name), value.first == "-", value.count > 1,
                value.dropFirst().allSatisfy({ $0.isNumber || $0 == "." })
            {
                throw .negative(option: name, value: value)
            }
            if Self.times.contains(name), value != "0", !value.isEmpty, value.allSatisfy(\.isNumber) {
                throw .noUnit(option: name, value: value)
            }
            if let first = given[name], first != value { throw .twice(option: name, first: first, second: value) }
            given[name] = value
        }
    }
}

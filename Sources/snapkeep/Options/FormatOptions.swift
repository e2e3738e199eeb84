import ArgumentParser
import SnapkeepRendering

/// In which form a command tells its result.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}

/// How a plan is shown.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json, markdown
    case gitlabTerraform = "gitlab-terraform"
}

/// The form of what a command tells on stdout. One group for all commands, so that asking for JSON is the same everywhere.
struct FormatOptions: ParsableArguments {
    @Option(name: .customLong("format"), help: "What stdout gets: text, or json for programs. Default: text.")
    var format: OutputFormat?

    @Flag(name: .customLong("json"), help: "The same as --format json.")
    var json = false

    var isJSON: Bool { json || format == .json }

    /// The form that was asked for, as it was typed.
    var given: String? { json ? "--json" : format.map { "--format \($0.rawValue)" } }

    /// - Parameter document: the format of the document that a program gets.
    func form(_ document: String) -> ReplyForm { isJSON ? .document(format: document) : .text }

    func validate() throws { try checkFormat(json: json, other: format == .json ? nil : format?.rawValue) }
}

/// The same for plans, which a code host can show, too.
struct PlanFormatOptions: ParsableArguments {
    @Option(
        name: .customLong("format"),
        help: ArgumentHelp(
            "What stdout gets: text, json (the document that --out saves), markdown for a comment on a change, or gitlab-terraform, the three "
                + "numbers of GitLab's merge request widget. Default: text."))
    var format: PlanFormat?

    @Option(
        name: .customLong("max-bytes"),
        help: ArgumentHelp(
            "The most bytes of the Markdown; deletions and replacements are never cut. Default: \(PlanMarkdownRenderer.defaultLimit).",
            valueName: "n"))
    var maxBytes: Int?

    @Flag(name: .customLong("json"), help: "The same as --format json.")
    var json = false

    var choice: PlanFormat { json ? .json : format ?? .text }

    /// The form that was asked for, as it was typed.
    var given: String? { json ? "--json" : format.map { "--format \($0.rawValue)" } }

    var form: ReplyForm { choice == .json ? .document(format: "snapkeep.plan") : .text }

    func validate() throws {
        try checkFormat(json: json, other: format == .json ? nil : format?.rawValue)
        guard let maxBytes else { return }
        if choice != .markdown { throw ValidationError("--max-bytes is for --format markdown: add that, or leave it out") }
        if maxBytes < PlanMarkdownRenderer.smallestLimit {
            throw ValidationError("--max-bytes takes \(PlanMarkdownRenderer.smallestLimit) or more")
        }
    }
}

/// In which form findings are told.
struct FindingsOptions: ParsableArguments {
    @Option(
        name: .customLong("diagnostics"),
        help: ArgumentHelp(
            "How findings are told: text or github (annotations of a workflow), on stderr; json, sarif or gitlab (code quality), one document, "
                + "on stdout in the place of everything else. Default: text."))
    var format: FindingsFormat?

    /// - Parameter manifest: the files that the manifest is read from, as they were typed.
    func output(_ manifest: ManifestOptions) -> FindingsOutput { FindingsOutput(format ?? .text, manifest: manifest.files) }

    /// Of a command that tells its findings as they come: as lines, not as a document.
    func checkLines() throws {
        guard let format, format.isDocument else { return }
        throw ValidationError(
            "--diagnostics \(format.rawValue) is for 'validate' and 'plan': apply takes text or github, and programs read --format json")
    }

    /// Two documents for one output are a slip.
    ///
    /// - Parameter givenFormat: whether a form of the result was asked for.
    func check(besides givenFormat: String?) throws {
        guard let format, format.isDocument, let givenFormat else { return }
        throw ValidationError(
            "--diagnostics \(format.rawValue) and \(givenFormat) both want standard output: leave one of them out")
    }
}

extension FindingsFormat: ExpressibleByArgument {}

/// How a standing is shown.
enum StatusFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json, openmetrics
}

/// The same for `status`, which a monitoring system can read, too.
struct StatusFormatOptions: ParsableArguments {
    @Option(
        name: .customLong("format"),
        help: "What stdout gets: text, json for programs, or openmetrics for a textfile collector. Default: text.")
    var format: StatusFormat?

    @Flag(name: .customLong("json"), help: "The same as --format json.")
    var json = false

    var choice: StatusFormat { json ? .json : format ?? .text }

    var form: ReplyForm { choice == .json ? .document(format: "snapkeep.status") : .text }

    func validate() throws { try checkFormat(json: json, other: format == .json ? nil : format?.rawValue) }
}

/// Two forms at once are a slip, and a program must not get the wrong one.
private func checkFormat(json: Bool, other: String?) throws {
    guard json, let other else { return }
    throw ValidationError("--json and --format \(other) contradict each other: leave one of them out")
}

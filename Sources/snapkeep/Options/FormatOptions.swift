import ArgumentParser

/// In which form a command tells its result.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}

/// How a plan is shown.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json, markdown
}

/// The form of what a command tells on stdout. One group for all commands, so that asking for JSON is the same everywhere.
struct FormatOptions: ParsableArguments {
    @Option(name: .customLong("format"), help: "What stdout gets: text, or json for programs. Default: text.")
    var format: OutputFormat?

    @Flag(name: .customLong("json"), help: "The same as --format json.")
    var json = false

    var isJSON: Bool { json || format == .json }

    /// - Parameter document: the format of the document that a program gets.
    func form(_ document: String) -> ReplyForm { isJSON ? .document(format: document) : .text }

    func validate() throws { try checkFormat(json: json, other: format == .json ? nil : format?.rawValue) }
}

/// The same for plans, which a code host can show, too.
struct PlanFormatOptions: ParsableArguments {
    @Option(
        name: .customLong("format"),
        help: "What stdout gets: text, json (the document that --out saves) or markdown. Default: text.")
    var format: PlanFormat?

    @Flag(name: .customLong("json"), help: "The same as --format json.")
    var json = false

    var choice: PlanFormat { json ? .json : format ?? .text }

    var form: ReplyForm { choice == .json ? .document(format: "snapkeep.plan") : .text }

    func validate() throws { try checkFormat(json: json, other: format == .json ? nil : format?.rawValue) }
}

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

import ArgumentParser
import SnapkeepCore
import SnapkeepRendering

/// The end of a run before its command began, or of one whose answer is the argument parser's: help, the version, words that make no sense.
struct EndBeforeTheStart {
    /// The words that count, without the program's name.
    let words: [String]
    /// As they were typed: some were put into other words.
    private let typed: [String]
    private let environment: ProcessEnvironment
    private let console: Console

    /// - Parameter typed: the same words as they were typed, where some were put into others.
    init(words: [String], typed: [String]? = nil) {
        self.words = words
        self.typed = typed ?? words
        environment = .current()
        console = Console(colour: .auto, environment: environment)
    }

    /// Ends the run by what the argument parser, or a command, has thrown.
    ///
    /// - Returns: the exit code; `nil` where everything was told and the error holds it.
    func end(by error: any Error) -> ExitStatus? {
        if error is ExitCode { return nil }
        switch Snapkeep.exitCode(for: error) {
        case .success:
            let text = Snapkeep.fullMessage(for: error, columns: HelpText.unbroken)
            // A script for a shell, or the version, is to be as it is.
            return show((HelpText.isHelp(text) ? HelpText.filled(HelpText.withGroups(text), width: helpWidth) : text) + "\n")
        case .validationFailure: return refuse(Self.wrongUse(Snapkeep.message(for: error), words, typed: typed))
        default: return nil
        }
    }

    /// Ends a run whose words make no sense. A program that reads JSON gets an answer, too.
    func refuse(_ diagnostic: Diagnostic) -> ExitStatus {
        if asksForJSON { answer(PlacedDiagnostic(diagnostic, sources: [])) }
        console.writeError(DiagnosticRenderer.render([diagnostic], sources: [], style: console.findingStyle))
        return .usage
    }

    private func show(_ text: String) -> ExitStatus {
        do {
            try console.write(text)
            return .done
        } catch {
            let diagnostics = (error as? Failure)?.diagnostics ?? []
            console.writeError(DiagnosticRenderer.render(diagnostics, sources: [], style: console.findingStyle))
            return .error
        }
    }

    /// As the argument parser has it: a person's own wish counts more than the terminal.
    private var helpWidth: Int { environment["COLUMNS"].flatMap { Int($0) } ?? console.width(.output) }

    private func answer(_ placed: PlacedDiagnostic) {
        if words.first == "apply" {
            let now = SystemTime.now()
            _ = console.writeResult(
                JSONProgress.line(for: placed, at: now) + "\n" + JSONProgress.line(forEnd: .usage, at: now) + "\n")
        } else {
            _ = console.writeResult(JSONDocument().ended(format: Reply.failureFormat, diagnostics: [placed], .usage))
        }
    }

    private var asksForJSON: Bool {
        let options = Array(words.prefix { $0 != "--" })
        return options.contains("--json") || options.contains("--format=json") || options.contains("--diagnostics=json")
            || zip(options, options.dropFirst()).contains { ["--format", "--diagnostics"].contains($0) && $1 == "json" }
    }

    /// The argument parser lists values, and what else it may be, in lines of their own, which it indents; a second sentence begins a line. A line end
    /// that was typed is followed by no blank, or else does no harm as a comma.
    private static func onOneLine(_ message: String) -> String {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false)[...]
        var text = String(lines.popFirst() ?? "")
        for line in lines {
            let words = line.drop { $0 == " " }
            guard words.count < line.count else {
                text += (text.hasSuffix(".") ? " " : "\n") + line
                continue
            }
            text += (text.hasSuffix(":") ? " " : ", ") + (words.hasPrefix("- ") ? words.dropFirst(2) : words)
        }
        return text
    }

    /// The argument parser's words as a finding like all others.
    ///
    /// - Parameter typed: the words as they were typed, where some were put into others.
    static func wrongUse(_ message: String, _ words: [String], typed: [String] = []) -> Diagnostic {
        var message = onOneLine(message)
        let isAskedInVain = message.lowercased().hasPrefix("unknown option '--auto-approve")
        for word in typed.prefix(while: { $0 != "--" }) where TypedWords.translated(word) != word {
            message = message.replacing("'\(TypedWords.translated(word))'", with: "'\(word)'")
        }
        if let first = message.first, message.dropFirst().first?.isUppercase != true {
            message = first.lowercased() + message.dropFirst()
        }
        if message.hasSuffix("."), !message.dropLast().contains(". ") { message.removeLast() }
        let command = commandNames(words).map { $0 + " " }.joined()
        return Diagnostic(
            .error, code: "wrong-use", VisibleText.escaped(message),
            help: (isAskedInVain && !command.isEmpty ? "leave it out, 'snapkeep \(command.dropLast())' asks nothing; " : "")
                + "'snapkeep \(command)--help' lists what can be given; nothing was done")
    }

    /// The words in front that name a command, and one below it.
    private static func commandNames(_ words: [String]) -> [String] {
        var names: [String] = []
        var configuration = Snapkeep.configuration
        for word in words.prefix(2) {
            guard let next = configuration.subcommands.first(where: { $0.configuration.commandName == word }) else { break }
            names.append(word)
            configuration = next.configuration
        }
        return names
    }
}

import ArgumentParser
import SnapkeepCore

/// The end of a run whose words make no sense, for a program that reads JSON: people read it on stderr, as ever.
enum WrongUse {
    /// Writes the answer where the words ask for JSON.
    ///
    /// - Parameter words: without the program's name.
    static func answer(_ diagnostic: Diagnostic, to words: [String], on console: Console) {
        guard asksForJSON(words) else { return }
        let placed = PlacedDiagnostic(diagnostic, sources: [])
        if words.first == "apply" {
            let now = SystemTime.now()
            _ = console.writeResult(
                JSONProgress.line(for: placed, at: now) + "\n" + JSONProgress.line(forEnd: .usage, at: now) + "\n")
        } else {
            _ = console.writeResult(JSONDocument().ended(format: Reply.failureFormat, diagnostics: [placed], .usage))
        }
    }

    /// The same for what the argument parser says; what is no wrong use was told already.
    static func answer(_ error: any Error, to words: [String], on console: Console) {
        guard !(error is ExitCode), Snapkeep.exitCode(for: error) == .validationFailure else { return }
        let diagnostic = Diagnostic(
            .error, code: "wrong-use", VisibleText.escaped(Snapkeep.message(for: error)),
            help: "'snapkeep \(words.first.map(VisibleText.escaped) ?? "") --help' lists what can be given; nothing was done")
        answer(diagnostic, to: words, on: console)
    }

    private static func asksForJSON(_ words: [String]) -> Bool {
        let options = Array(words.prefix { $0 != "--" })
        return options.contains("--json") || options.contains("--format=json")
            || zip(options, options.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    }
}

import SnapkeepCore

extension String {
    /// The same text with commands that can be typed as they stand: where it says 'snapkeep recover', in straight quotes or in backticks, the
    /// options are added that lead to the same manifest, state and cloud, as far as that command takes them.
    ///
    /// - Parameter words: these options, as they were typed; one for each element, with its value.
    package func leading(to words: [String]) -> String {
        guard !words.isEmpty else { return self }
        // A word in quotes is one of the command's, as `quotedForShell` writes it where there is no quote in it. What is to be typed elsewhere is not
        // about this run's files.
        return replacing(
            /(['`])snapkeep (plan|apply|status|recover|history|import|rename|forget|unlock|doctor|sandbox reset|report|state (?:list|show|pull|push))((?: (?:[A-Za-z0-9_.,:\/=\[\]@%+-]+|'[^'`\n]+'))*)\1(?! there)/
        ) { match in
            let (whole, quote, command, arguments) = match.output
            // A saved plan knows where it belongs.
            if command == "apply", !arguments.isEmpty, !arguments.hasPrefix(" --") { return String(whole) }
            // Nothing else is needed to find a state that is named.
            if Self.isWithoutCloud(command), arguments.contains(" --state ") { return String(whole) }
            let missing = words.filter { Self.takes($0, command) && !Self.names(whole, $0) }.map { " " + VisibleText.escaped($0) }
            return String(whole.dropLast()) + missing.joined() + String(quote)
        }
    }

    /// Commands that work on a state alone.
    private static let withoutCloud = ["state ", "forget", "history", "unlock"]

    private static func isWithoutCloud(_ command: Substring) -> Bool { withoutCloud.contains { command.hasPrefix($0) } }

    /// Whether a command has the option already, be it with another value: a state that it names is the one that it is about.
    private static func names(_ command: Substring, _ word: String) -> Bool {
        command.contains(word) || word.hasPrefix("--state ") && command.contains(" --state ")
    }

    /// Whether a command takes an option: not all of them need a cloud, and one knows no manifest.
    private static func takes(_ word: String, _ command: Substring) -> Bool {
        let isOfFiles = ["-f ", "--allow-empty", "--state "].contains { word.hasPrefix($0) }
        if isWithoutCloud(command) { return isOfFiles || word == "--sandbox" }
        return switch command {
        case "sandbox reset": isOfFiles
        case "doctor": !isOfFiles
        default: true
        }
    }
}

import SnapkeepCore
import SnapkeepRendering

extension Diagnostic {
    /// The same finding with commands that can be typed as they stand: where it says 'snapkeep recover', the options are added that lead to
    /// the same manifest, state and cloud, as far as that command takes them.
    func leading(to words: [String]) -> Diagnostic {
        guard !words.isEmpty, let help else { return self }
        var result = self
        // A quote inside would not be told from those around a command; and what is to be typed elsewhere is not about this run's files.
        result.help = help.replacing(
            /'snapkeep (plan|apply|status|recover|history|import|rename|forget|unlock|doctor|sandbox reset)((?: [A-Za-z0-9_.:\/=-]+)*)'(?! there)/
        ) { match in
            let (whole, command, arguments) = match.output
            // A saved plan knows where it belongs.
            if command == "apply", !arguments.isEmpty, !arguments.hasPrefix(" --") { return String(whole) }
            let missing = words.filter { Self.takes($0, command) && !whole.contains($0) }.map { " " + VisibleText.escaped($0) }
            return whole.dropLast() + missing.joined() + "'"
        }
        return result
    }

    /// Whether a command takes an option: not all of them need a cloud, and one knows no manifest.
    private static func takes(_ word: String, _ command: Substring) -> Bool {
        let isOfFiles = ["-f ", "--allow-empty", "--state "].contains { word.hasPrefix($0) }
        return switch command {
        case "forget", "history", "unlock": isOfFiles || word == "--sandbox"
        case "sandbox reset": isOfFiles
        case "doctor": !isOfFiles
        default: true
        }
    }
}

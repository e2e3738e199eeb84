import SnapkeepCore
import SnapkeepRendering

extension Diagnostic {
    /// The same finding with commands that can be typed as they stand (`String.leading`).
    func leading(to words: [String]) -> Diagnostic {
        guard !words.isEmpty, let help else { return self }
        var result = self
        result.help = help.leading(to: words)
        return result
    }
}

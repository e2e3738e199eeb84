import SnapkeepCore

extension Diagnostic {
    /// The same finding with commands that can be typed as they stand: where it says 'snapkeep recover', the options are added that lead to
    /// the same manifest, state and cloud.
    func leading(to words: [String]) -> Diagnostic {
        guard !words.isEmpty, let help else { return self }
        var result = self
        let options = VisibleText.escaped(words.joined(separator: " "))
        result.help = help.replacing(/'snapkeep (?:recover|apply|status|plan|plan --refresh)'/) { "\($0.output.dropLast()) \(options)'" }
        return result
    }
}

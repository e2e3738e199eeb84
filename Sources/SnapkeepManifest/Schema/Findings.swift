import SnapkeepCore

/// Collects diagnostics in bounded memory. Errors and warnings are kept apart, so that a flood of warnings never hides an error.
///
/// A class, so that whoever reads may describe a mistake from what it is reading; a flood is counted without being worded.
final class Findings {
    private var errors: [Diagnostic] = []
    private var warnings: [Diagnostic] = []
    private var seen: Set<Diagnostic> = []
    private var omittedErrors = 0
    private var omittedWarnings = 0
    private var comparisons = 0
    private let shown: Int
    // More are kept than shown: some are found late, at the end of a document, and belong in front.
    private let kept: Int

    init(limit: Int) {
        shown = limit
        kept = limit * 10
    }

    var hasErrors: Bool { !errors.isEmpty }

    /// Adds an error once: an alias repeats the mistakes of its anchor.
    func error(_ diagnostic: @autoclosure () -> Diagnostic) {
        guard errors.count < kept else {
            omittedErrors += 1
            return
        }
        let diagnostic = diagnostic()
        if seen.insert(diagnostic).inserted { errors.append(diagnostic) }
    }

    func warning(_ diagnostic: @autoclosure () -> Diagnostic) {
        guard warnings.count < kept else {
            omittedWarnings += 1
            return
        }
        let diagnostic = diagnostic()
        if seen.insert(diagnostic).inserted { warnings.append(diagnostic) }
    }

    /// What was probably meant by a word of the user's own. A hostile file may hold many words and many candidates, so that the
    /// comparisons of one run are limited.
    func suggestion(for word: String, among candidates: some Collection<String>) -> String? {
        guard comparisons + candidates.count <= 200_000 else { return nil }
        comparisons += candidates.count
        return NearMiss.suggestion(for: word, among: candidates.sorted())
    }

    /// Takes back what was said of a place.
    func withdrawErrors(at range: SourceRange) { errors.removeAll { $0.range == range } }

    /// All that is to be told, in source order: errors before warnings where not all can be; the rest as a count.
    func report() -> (diagnostics: [Diagnostic], omittedErrors: Int, omittedWarnings: Int) {
        let sortedErrors = errors.inSourceOrder()
        let sortedWarnings = warnings.inSourceOrder()
        let errorsShown = sortedErrors.prefix(shown)
        let warningsShown = sortedWarnings.prefix(shown - errorsShown.count)
        let moreErrors = omittedErrors + sortedErrors.count - errorsShown.count
        let moreWarnings = omittedWarnings + sortedWarnings.count - warningsShown.count
        var all = (Array(errorsShown) + warningsShown).inSourceOrder()
        if moreErrors + moreWarnings > 0 { all.append(.moreDiagnostics(errors: moreErrors, warnings: moreWarnings)) }
        return (all, moreErrors, moreWarnings)
    }
}

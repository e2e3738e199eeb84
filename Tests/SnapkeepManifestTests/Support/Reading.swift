import SnapkeepCore
import SnapkeepRendering
import Testing

@testable import SnapkeepManifest

/// Two volume ids for fixtures.
let ordersID = "5aa119a8-d25b-45a7-8d1b-88e127885635"
let billingID = "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55"

func read(_ texts: String..., limits: ManifestLimits = .standard) -> ManifestReading {
    read(texts.enumerated().map { SourceFile(name: "\($0.offset + 1).yaml", bytes: Array($0.element.utf8)) }, limits: limits)
}

func read(_ sources: [SourceFile], limits: ManifestLimits = .standard) -> ManifestReading { ManifestReader.read(sources, limits: limits) }

/// The text that a user sees, with the summary line.
func rendered(_ diagnostics: [Diagnostic], _ sources: [SourceFile]) -> String {
    DiagnosticRenderer.render(diagnostics, sources: sources, style: DiagnosticStyle(colour: false))
        + DiagnosticRenderer.summary(errors: diagnostics.errorCount, warnings: diagnostics.warningCount) + "\n"
}

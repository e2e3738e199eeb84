import Crypto
import SnapkeepCore
import SnapkeepRendering

/// In which form the findings of a command are told, with what of the machine that form depends on.
struct FindingsOutput: Sendable {
    var format = FindingsFormat.text
    /// The file that a finding without one is shown at.
    var manifest = InputFiles.defaultManifest
    private var folder = RepositoryFolder("/", root: nil)

    /// Text for people.
    init() {}

    /// - Parameter manifest: the files that the manifest is read from, as they were typed.
    init(_ format: FindingsFormat, manifest: [String], environment: ProcessEnvironment = .current()) {
        self.format = format
        self.manifest = manifest.first { $0 != "-" } ?? InputFiles.defaultManifest
        // The root of what was checked out, as the runners of GitHub and GitLab tell it.
        folder = RepositoryFolder(
            SystemFolder.current ?? "/", root: environment.first(of: ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])?.value)
    }

    /// The lines that annotate a change.
    func annotations(_ findings: [PlacedDiagnostic], omitted: (errors: Int, warnings: Int), onlyErrors: Bool) -> String {
        var all = annotated(findings, omitted)
        if onlyErrors {
            all.findings.removeAll { !$0.diagnostic.isToldInQuiet }
            all.omitted.warnings = 0
        }
        return GitHubAnnotations.render(all)
    }

    /// The document of a format that is one.
    func document(
        _ format: FindingsFormat, _ findings: [PlacedDiagnostic], omitted: (errors: Int, warnings: Int), _ status: ExitStatus
    ) -> [UInt8] {
        switch format {
        case .sarif: SARIFLog.render(annotated(findings, omitted), program: Snapkeep.version, digest: Self.digest)
        case .gitlab: CodeQualityReport.render(annotated(findings, omitted), digest: Self.digest)
        case .text, .json, .github: JSONDocument().ended(format: Self.format, diagnostics: findings, status)
        }
    }

    /// The `format` of the document of findings.
    private static let format = "snapkeep.diagnostics"

    private func annotated(_ findings: [PlacedDiagnostic], _ omitted: (errors: Int, warnings: Int)) -> AnnotatedFindings {
        AnnotatedFindings(findings, omitted: omitted, folder: folder, manifest: manifest)
    }

    private static func digest(of text: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(text.utf8))) }
}

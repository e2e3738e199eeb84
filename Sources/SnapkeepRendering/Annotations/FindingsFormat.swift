package import SnapkeepCore

/// In which form findings are told.
package enum FindingsFormat: String, CaseIterable, Sendable {
    /// For people: excerpts and remedies.
    case text
    /// A document of ours.
    case json
    /// SARIF 2.1.0, as code scanning takes it.
    case sarif
    /// Commands by which a step of GitHub Actions annotates the lines of a change.
    case github
    /// The report of code quality that GitLab shows in a merge request.
    case gitlab

    /// Whether it is one document, for a file. What is none is made of lines, which go where findings for people go.
    package var isDocument: Bool {
        switch self {
        case .text, .github: false
        case .json, .sarif, .gitlab: true
        }
    }
}

/// Findings with what is needed to tell them to a code host.
package struct AnnotatedFindings: Sendable {
    /// In the order in which they were found.
    package var findings: [PlacedDiagnostic]
    /// Errors and warnings beyond those that are told.
    package var omitted: (errors: Int, warnings: Int)
    /// How the code host names files.
    package var folder: RepositoryFolder
    /// The file that a finding without one is shown at: the manifest.
    package var manifest: String

    /// Findings of their parts.
    package init(
        _ findings: [PlacedDiagnostic], omitted: (errors: Int, warnings: Int) = (0, 0), folder: RepositoryFolder, manifest: String
    ) {
        self.findings = findings
        self.omitted = omitted
        self.folder = folder
        self.manifest = manifest
    }
}

extension AnnotatedFindings {
    /// One finding, with the words of a code host's page: it has no excerpts and no room for notes of their own.
    struct Item {
        var finding: PlacedDiagnostic
        /// By the repository's root; `nil` where the finding is about no file of it.
        var path: String?
        /// The message; before it what the finding is about, where no file tells that.
        var message: String
    }

    var items: [Item] {
        findings.map { finding in
            let message = VisibleText.escaped(finding.message)
            switch finding.place {
            case .none: return Item(finding: finding, path: nil, message: message)
            case .named(let name): return Item(finding: finding, path: nil, message: "\(VisibleText.escaped(name)): \(message)")
            case .file(let name, let start, _):
                if let path = folder.path(of: name) { return Item(finding: finding, path: path, message: message) }
                return Item(
                    finding: finding, path: nil, message: "\(VisibleText.escaped(name)):\(start.line):\(start.column): \(message)")
            }
        }
    }

    /// The manifest by the repository's root.
    var manifestPath: String { folder.path(of: manifest) ?? manifest }

    /// A text for each finding that tells it from the others, and stays when lines move: of its code, file, key and message, and of how many equal
    /// ones are before it.
    var identities: [String] {
        var seen: [String: Int] = [:]
        return items.map { item in
            let text = [item.finding.code, item.path ?? "", item.finding.key?.text ?? "", item.message].joined(separator: "\n")
            seen[text, default: 0] += 1
            return "\(text)\n\(seen[text]!)"
        }
    }
}

extension PlacedDiagnostic {
    /// The words beside the message, a line each: notes with their places, and the remedy.
    var furtherLines: [String] {
        notes.map { note in
            let place =
                switch note.place {
                case .none: ""
                case .named(let name): "\(name): "
                case .file(let name, let start, _): "\(name):\(start.line):\(start.column): "
                }
            return VisibleText.escaped("note: \(place)\(note.message)")
        } + (help.map { [VisibleText.escaped("help: \($0)")] } ?? [])
    }
}

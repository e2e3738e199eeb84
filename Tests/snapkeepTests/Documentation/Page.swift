import Foundation

/// A page for users, as what a reader types and sees, in order.
struct Page {
    /// What a block of the page asks for.
    enum Step {
        /// The manifest is this from now on.
        case manifest(String)
        /// A command, and the lines that the page shows under it.
        case command(String, shown: [String])
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let name: String
    let steps: [Step]

    /// - Parameter path: from the top of the repository.
    init(_ path: String) throws {
        name = path
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        var steps: [Step] = []
        var block: (language: Substring, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("```") else {
                block?.lines.append(line)
                continue
            }
            if let (language, lines) = block { steps += Self.steps(language, lines) }
            block = block == nil ? (line.dropFirst(3), []) : nil
        }
        self.steps = steps
    }

    private static func steps(_ language: Substring, _ lines: [Substring]) -> [Step] {
        if language == "yaml" { return [.manifest(lines.joined(separator: "\n") + "\n")] }
        var steps: [Step] = []
        for line in lines {
            if line.hasPrefix("$ ") {
                steps.append(.command(String(line.dropFirst(2)), shown: []))
            } else if case .command(let command, let shown) = steps.last {
                steps[steps.count - 1] = .command(command, shown: shown + (line.isEmpty || line == "…" ? [] : [String(line)]))
            }
        }
        return steps
    }

    /// The places that the page's links name, without those in the web.
    func links() throws -> [String] {
        let text = try String(contentsOf: Self.root.appending(path: name), encoding: .utf8)
        return text.matches(of: /\]\(([^)#]+)[^)]*\)/).map { String($0.1) }.filter { !$0.contains("://") }
    }
}

import SnapkeepCore

/// The manifest as a file. Whatever the cloud's texts hold, each stays within its scalar or its comment.
extension GeneratedManifest {
    /// - Parameters:
    ///   - commandWords: what stands between `snapkeep import` and its pairs: options as they were typed.
    package func text(commandWords: [String]) -> String {
        var lines = ["# yaml-language-server: $schema=snapkeep.schema.json"]
        lines.append(Self.comment("Written by 'snapkeep generate' from project \(project): \(summary)."))
        for words in leftOut.words { lines.append(Self.comment("Left out: \(words).")) }
        if items.contains(where: { $0.id != nil }) {
            lines.append("# An 'id:' names what exists: 'snapkeep apply' stamps it and records it, and makes nothing for its line.")
        }
        if items.contains(where: { $0.id == nil }) {
            lines.append("# Lines without one: import them before the first apply, by the commands at the end; it would make them anew.")
        }
        lines += [
            "version: 1", "",
            "# The owner written into the cloud, by which a snapshot is found again. Choose it before the first apply; it cannot change later.",
            "# stack: my-team", "", "# A guard: refuse to run against any other project.",
            "project_id: \(YAMLScalar.text(project.text))", "",
        ]
        if !aliases.isEmpty {
            lines.append("volumes:")
            for (alias, id) in aliases { lines.append("  \(YAMLScalar.text(alias)): \(id)") }
            lines.append("")
        }
        lines.append("snapshots:")
        // As 'snapkeep fmt' lays a list out.
        for (number, item) in items.enumerated() { lines += (number == 0 ? [] : [""]) + Self.lines(of: item) }
        let commands = importCommands(words: commandWords)
        if !commands.isEmpty { lines += ["", "# To import the lines without an 'id:':"] + commands.map(Self.comment) }
        return lines.map { $0 + "\n" }.joined()
    }

    /// `12 snapshots of 3 volumes`.
    package var summary: String { "\(Quantities.count(items.count, "snapshot")) of \(Quantities.count(volumeCount, "volume"))" }

    /// The commands that adopt what a line cannot name by `id:`, a few pairs each, as one types them.
    package func importCommands(words: [String]) -> [String] {
        let items = items.filter { $0.id == nil }
        return stride(from: 0, to: items.count, by: Self.pairsPerCommand).map { start in
            let pairs = items[start..<min(start + Self.pairsPerCommand, items.count)]
            // A key or an id that begins like an option must not be taken for one.
            let end = pairs.contains { $0.key.text.hasPrefix("-") || $0.observed.id.text.hasPrefix("-") } ? ["--"] : []
            let all = ["snapkeep import"] + words + end + pairs.flatMap { [$0.key.text.quotedForShell, $0.observed.id.text] }
            return all.joined(separator: " ")
        }
    }

    private static let pairsPerCommand = 20

    private static func lines(of item: Item) -> [String] {
        let observed = item.observed
        var facts = item.id == nil ? [observed.id.text] : []
        if let created = observed.createdAt { facts.append("\(Quantities.minute(created)) UTC") }
        if let size = observed.size { facts.append(Quantities.size(gibibytes: size)) }
        if observed.status != .available { facts.append(observed.status.description) }
        var lines = ((facts.isEmpty ? [] : [facts.joined(separator: ", ")]) + item.remarks).map { "  " + comment($0) }
        lines.append("  - key: \(YAMLScalar.text(item.key.text))")
        lines.append("    name: \(YAMLScalar.text(item.name.text))")
        switch item.volume {
        case .alias(let alias, _): lines.append("    volume: \(YAMLScalar.text(alias))")
        case .id(let id): lines.append("    volume_id: \(id)")
        }
        if let id = item.id { lines.append("    id: \(id)") }
        if let description = item.description { lines.append("    description: \(YAMLScalar.text(description.text))") }
        if !item.metadata.isEmpty {
            lines.append("    metadata:")
            for entry in item.metadata.entries { lines.append("      \(YAMLScalar.text(entry.key)): \(YAMLScalar.text(entry.value))") }
        }
        return lines
    }

    /// One comment line, whatever the text holds.
    private static func comment(_ text: String) -> String { "# \(VisibleText.escaped(text))" }
}

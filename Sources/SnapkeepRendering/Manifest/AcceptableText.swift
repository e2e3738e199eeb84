import SnapkeepCore

/// Texts of the cloud, brought to what a manifest takes. Where the cloud's own text will do, it is the text itself.
enum AcceptableText {
    /// The name, and whether it is the cloud's.
    static func name(_ text: String?, else substitute: String) -> (name: SnapshotName, isSame: Bool) {
        if let text, let name = try? SnapshotName(text) { return (name, true) }
        let cleaned = cleaned(text ?? "", maxBytes: SnapshotName.maxBytes, basicPlaneOnly: false)
        if let name = try? SnapshotName(cleaned) { return (name, false) }
        return (try! SnapshotName(substitute), false)
    }

    /// The description, and whether it is the cloud's.
    static func description(_ text: String?) -> (description: SnapshotDescription?, isSame: Bool) {
        guard let text, !text.isEmpty else { return (nil, true) }
        if let description = try? SnapshotDescription(text) { return (description, true) }
        return (try? SnapshotDescription(cleaned(text, maxBytes: SnapshotDescription.maxBytes, basicPlaneOnly: true)), false)
    }

    /// The entries that a line may declare, and the keys of the others.
    static func metadata(_ metadata: Metadata) -> (declared: Metadata, others: [String]) {
        var declared: [Metadata.Entry] = []
        var others: [String] = []
        for entry in metadata.entries where !entry.key.hasPrefix(Metadata.serverPrefix) {
            if (try? Metadata.checkKey(entry.key)) != nil, (try? Metadata.checkValue(entry.value)) != nil {
                declared.append(entry)
            } else {
                others.append(entry.key)
            }
        }
        return (Metadata(declared), others)
    }

    /// Without blanks at its ends, control characters and line breaks, cut to a length.
    private static func cleaned(_ text: String, maxBytes: Int, basicPlaneOnly: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            if isControl || scalar.value == 0x2028 || scalar.value == 0x2029 {
                // A line break of two characters, or several, are one blank.
                if result.last != " " { result.append(" ") }
            } else {
                result.append(basicPlaneOnly && scalar.value > 0xFFFF ? "?" : scalar)
            }
        }
        var cut = ""
        for character in String(trimmed(result)) {
            if cut.utf8.count + character.utf8.count > maxBytes { break }
            cut.append(character)
        }
        return String(trimmed(cut.unicodeScalars))
    }

    private static func trimmed(_ scalars: String.UnicodeScalarView) -> Substring.UnicodeScalarView {
        var rest = scalars[...]
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return rest
    }
}

public import SnapkeepCore

/// Lays manifests out anew, and proves of each that it still says the same.
///
/// Comments, their order and that of all fields stay. Two blanks indent; what stands in brackets stays there where it fits into
/// `LayoutWriter.widest` columns, and is opened up into lines where it does not; a list is indented under its key; at most one blank line
/// stands anywhere, one stands between the entries of a list at the top that take several lines, and one around each field at the top that
/// does; a comment behind a line stays in its column where it can.
public enum ManifestFormatter {
    /// What became of a text.
    public enum Outcome: Sendable, Hashable {
        /// The text as it should be, which may be the same.
        case formatted([UInt8])
        /// Why it is left as it is, in source order.
        case refused([Diagnostic])
    }

    /// Lays one file out. A second time gives the same bytes.
    ///
    /// - Parameters:
    ///   - number: the source's place among those of the run, for the findings.
    public static func format(_ source: SourceFile, number: Int = 0, limits: ManifestLimits = .standard) -> Outcome {
        let before = ManifestReader.read([source], limits: limits)
        let refused = before.diagnostics.filter { $0.severity == .error && syntaxCodes.contains($0.code) }
        if !refused.isEmpty { return .refused(refused.map { $0.moved(to: number) }) }
        let text = FormatSource(source.bytes)
        if let offset = text.foreignBreak {
            let place = text.bytes.withUnsafeBufferPointer { SourceCheck.place(ofByte: offset, in: $0) }
            return .refused([.unformattable("a line break that few editors show as one stands here", at: place.range(source: number))])
        }
        var comments: [[UInt8]] = []
        let formatted: [UInt8]
        do throws(FormatRefusal) { formatted = try lay(text, &comments) } catch {
            return .refused([.unformattable(error.reason, at: error.place.range(source: number))])
        }
        let after = SourceFile(name: source.name, bytes: formatted)
        guard isSame(text.bytes, formatted), hasComments(comments, formatted),
            before.saysTheSame(as: ManifestReader.read([after], limits: limits))
        else { return .refused([.unprovenFormat(source.name)]) }
        return .formatted(formatted)
    }

    /// Mistakes that leave nothing certain to be laid out; all others are for `validate`.
    private static let syntaxCodes: Set<String> = [
        "yaml-syntax", "out-of-memory", "file-too-large", "not-utf8", "control-character", "unsupported-tag", "unknown-anchor",
        "recursive-alias",
        "tag-too-long", "too-deep", "expansion-too-large",
    ]

    private static func lay(_ text: FormatSource, _ comments: inout [[UInt8]]) throws(FormatRefusal) -> [UInt8] {
        let bytes = text.bytes
        let result: Result<([UInt8], [[UInt8]]), FormatRefusal> = bytes.withUnsafeBufferPointer { buffer in
            var writer = LayoutWriter(text, buffer)
            do throws(FormatRefusal) { return .success((try writer.write(), writer.comments)) } catch { return .failure(error) }
        }
        let (formatted, found) = try result.get()
        comments = found
        return formatted
    }

    // MARK: The proof

    /// Whether both texts are the same to whoever reads YAML, whatever brackets and indents they use.
    private static func isSame(_ before: [UInt8], _ after: [UInt8]) -> Bool {
        before.withUnsafeBufferPointer { before in
            after.withUnsafeBufferPointer { after in
                var left = YAMLParser(before)
                var right = YAMLParser(after)
                while true {
                    guard left.advance(), right.advance(), left.says(right) else { return false }
                    if left.current.kind == .streamEnd { return true }
                }
            }
        }
    }

    /// Whether the formatted text has these comments, in whatever order.
    private static func hasComments(_ comments: [[UInt8]], _ formatted: [UInt8]) -> Bool {
        var found: [[UInt8]] = []
        guard (try? lay(FormatSource(formatted), &found)) != nil else { return false }
        func sorted(_ comments: [[UInt8]]) -> [[UInt8]] { comments.sorted { $0.lexicographicallyPrecedes($1) } }
        return sorted(comments) == sorted(found)
    }
}

extension YAMLParser {
    /// Whether the current events of both mean the same.
    fileprivate func says(_ other: borrowing YAMLParser) -> Bool {
        let (left, right) = (current, other.current)
        guard left.kind == right.kind, left.style == right.style, left.text.isSame(as: right.text) else { return false }
        let (mine, others) = (properties, other.properties)
        func text(_ bytes: UnsafePointer<UInt8>?) -> String? { bytes.map { String(cString: $0) } }
        return text(mine.anchor) == text(others.anchor) && text(mine.tag) == text(others.tag)
    }
}

extension ManifestReading {
    /// Whether both say the same, and have the same wrong with them.
    fileprivate func saysTheSame(as other: ManifestReading) -> Bool {
        manifest == other.manifest && volumeAliases == other.volumeAliases && omittedErrors == other.omittedErrors
            && diagnostics.map(\.code).sorted() == other.diagnostics.map(\.code).sorted()
    }
}

extension Diagnostic {
    /// The same finding in another place among the sources.
    fileprivate func moved(to source: Int) -> Diagnostic {
        func moved(_ subject: Subject) -> Subject {
            guard case .range(var range) = subject else { return subject }
            range.source = source
            return .range(range)
        }
        var finding = self
        finding.subject = moved(subject)
        for index in finding.notes.indices { finding.notes[index].subject = moved(finding.notes[index].subject) }
        return finding
    }

    /// Something that no layout keeps.
    static func unformattable(_ reason: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "cannot-format", "\(reason): the file is left as it is", at: .range(range),
            help: "write it in the plain form that 'snapkeep init' shows, then run it again")
    }

    /// The formatted text failed the proof: a mistake of ours, which costs nothing but the layout.
    static func unprovenFormat(_ name: String) -> Diagnostic {
        Diagnostic(
            .error, code: "format-unproven", "laid out anew, the file would not say the same: it is left as it is", at: .named(name),
            help: "report this together with the file")
    }
}

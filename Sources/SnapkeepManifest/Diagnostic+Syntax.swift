import SnapkeepCore

// Messages about the text itself: encoding, anchors, tags, limits. Syntax errors proper are worded by `SyntaxExplainer`.
extension Diagnostic {
    static func fileTooLarge(bytes: Int, limit: Int, name: String) -> Diagnostic {
        Diagnostic(
            .error, code: "file-too-large", "the file has \(bytes) bytes, over the limit of \(limit)", at: .named(name),
            help: "split it into several files; they form one manifest")
    }

    static func notUTF8(byte: UInt8, at range: SourceRange) -> Diagnostic {
        let digits = String(byte, radix: 16, uppercase: true)
        return Diagnostic(
            .error, code: "not-utf8",
            "the text is not UTF-8: it has the byte 0x\(byte < 16 ? "0" : "")\(digits) where a character is expected",
            at: .range(range), help: "save the file as UTF-8")
    }

    static func otherEncoding(_ name: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(.error, code: "not-utf8", "the text is \(name), expected UTF-8", at: .range(range), help: "save the file as UTF-8")
    }

    static func controlCharacter(_ value: UInt32, at range: SourceRange) -> Diagnostic {
        if value == 0xFEFF {
            return Diagnostic(
                .error, code: "control-character", "a byte order mark stands in the middle of the text", at: .range(range),
                help: "remove it; it comes from joining files")
        }
        let digits = String(value, radix: 16, uppercase: true)
        return Diagnostic(
            .error, code: "control-character",
            "the text has the control character U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)", at: .range(range),
            help: "remove it")
    }

    static func unsupportedTag(_ tag: String, at range: SourceRange) -> Diagnostic {
        let standard = "tag:yaml.org,2002:"
        let shown = tag.hasPrefix(standard) ? "!!" + tag.dropFirst(standard.count) : tag
        return Diagnostic(
            .error, code: "unsupported-tag", "tag \(shown.quoted) is not supported; the field decides what a value means",
            at: .range(range),
            help: "remove the tag")
    }

    static func unknownAnchor(_ name: String, at range: SourceRange, suggestion: String?) -> Diagnostic {
        Diagnostic(
            .error, code: "unknown-anchor", "alias \("*\(name)".quoted) names no anchor of this document", at: .range(range),
            help: suggestion.map { "did you mean '*\($0)'?" }
                ?? "mark the node to repeat with '&\(name)', further up; quote a text that starts with '*'")
    }

    static func recursiveAlias(_ name: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "recursive-alias", "alias \("*\(name)".quoted) stands inside the node that it repeats", at: .range(range),
            help: "move the alias out of that node")
    }

    static func tagTooLong(limit: Int, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "tag-too-long", "the tag is longer than \(limit) bytes", at: .range(range),
            help: "remove the tag, and the %TAG line that declares its prefix")
    }

    static func tooDeep(limit: Int, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "too-deep", "mappings and lists are nested more than \(limit) deep", at: .range(range),
            help: "a manifest needs no more than four levels")
    }

    static func expansionTooLarge(limit: Int, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "expansion-too-large", "aliases repeat this and other nodes beyond the limit of \(limit) events",
            at: .range(range),
            help: "write the repeated parts out, or put them under 'defaults:'")
    }
}

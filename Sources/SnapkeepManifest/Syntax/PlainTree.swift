public import SnapkeepCore

/// A YAML or JSON file as a tree of mappings, lists and texts, for files whose meaning is not ours to check: unknown keys may stand in
/// it. Anchors, aliases and merges are resolved, and the limits on depth and expansion are those of a manifest.
public struct PlainTree: Hashable, Sendable {
    /// What stands at a place.
    public enum Content: Hashable, Sendable {
        /// `~`, `null`, or nothing.
        case null
        /// A scalar as it is written; what it means is decided by whoever asks for it.
        case text(String)
        case mapping([Member])
        case list([PlainTree])
    }

    /// A key of a mapping and its value.
    public struct Member: Hashable, Sendable {
        public let key: String
        public let value: PlainTree
    }

    public let content: Content
    public let position: SourcePosition

    /// Reads the first document of a file.
    ///
    /// - Throws: `PlainTreeProblem` for the first mistake. It never quotes the file, which may hold passwords (P8).
    public static func read(_ source: SourceFile) throws(PlainTreeProblem) -> PlainTree {
        var limits = ManifestLimits.standard
        limits.fileBytes = 4 << 20
        let findings = Findings(limit: limits.diagnostics)
        var tree: PlainTree?
        if SourceCheck.passes(source, number: 0, limits: limits, findings) {
            source.bytes.withUnsafeBufferPointer { bytes in
                var events = EventReader(bytes, source: 0, limits: limits, findings: findings)
                tree = try? document(&events)
            }
        }
        if let first = findings.report().diagnostics.first(where: { $0.severity == .error }) { throw PlainTreeProblem(first) }
        return tree ?? PlainTree(content: .null, position: SourcePosition(line: 1, column: 1))
    }

    /// The value of a key; `nil` for one that is not there, and where this is no mapping.
    public subscript(key: String) -> PlainTree? {
        if case .mapping(let members) = content { members.first { $0.key == key }?.value } else { nil }
    }

    /// The text that stands here.
    public var text: String? { if case .text(let text) = content { text } else { nil } }

    /// The members of the mapping that stands here, else none.
    public var members: [Member] { if case .mapping(let members) = content { members } else { [] } }

    /// The elements of the list that stands here, else none.
    public var elements: [PlainTree] { if case .list(let elements) = content { elements } else { [] } }

    // MARK: Building

    private static func document(_ events: inout EventReader) throws(Stop) -> PlainTree? {
        while true {
            let event = try events.next()
            switch event.kind {
            case .documentStart: return try node(events.next(), &events)
            case .streamEnd: return nil
            default: continue
            }
        }
    }

    private static func node(_ first: Event, _ events: inout EventReader) throws(Stop) -> PlainTree {
        let position = SourcePosition(line: Int(first.place.line), column: Int(first.place.column))
        switch first.kind {
        case .scalar: return PlainTree(content: first.isNull ? .null : .text(first.string), position: position)
        case .mappingStart: return PlainTree(content: .mapping(try members(&events)), position: position)
        case .sequenceStart:
            var elements: [PlainTree] = []
            while true {
                let event = try events.next()
                if event.kind == .sequenceEnd { break }
                elements.append(try node(event, &events))
            }
            return PlainTree(content: .list(elements), position: position)
        default: return PlainTree(content: .null, position: position)
        }
    }

    private static func members(_ events: inout EventReader) throws(Stop) -> [Member] {
        var members: [Member] = []
        var known: Set<String> = []
        var walk = MappingWalk()
        while let key = try events.nextKey(&walk) {
            // The text is gone with the next step.
            let (name, place) = (key.string, key.place)
            let value = try node(events.next(), &events)
            if known.insert(name).inserted {
                members.append(Member(key: name, value: value))
            } else if !walk.isMerging {
                events.findings.error(.duplicateKey(name, first: events.range(place), at: events.range(place)))
            }
        }
        return members
    }
}

/// Why a file is no tree.
public struct PlainTreeProblem: Error, Hashable, Sendable {
    /// One clause without anything of the file.
    public let message: String
    /// `nil` for a mistake of the file as a whole.
    public let position: SourcePosition?

    // The words for a manifest's mistakes quote what they are about, so only their kind is taken over.
    init(_ diagnostic: Diagnostic) {
        message =
            switch diagnostic.code {
            case "file-too-large": "the file is too large"
            case "not-utf8": "the text is not UTF-8"
            case "control-character": "a control character stands here"
            case "unsupported-tag": "a tag that is not supported stands here"
            case "unknown-anchor": "an alias stands here that names no anchor"
            case "recursive-alias": "an alias stands inside the node that it repeats"
            case "too-deep": "mappings and lists are nested too deep"
            case "expansion-too-large": "aliases repeat too much"
            case "duplicate-key": "a key stands twice in one mapping"
            case "key-not-text": "a key must be a text"
            case "bad-merge": "'<<' takes a mapping or a list of mappings"
            default: "the text is not YAML from here on"
            }
        position = diagnostic.range?.start
    }
}

import SnapkeepCore

/// Reading of a file ended before its end; the reason is among the findings.
struct Stop: Error {}

/// Pulls events from libyaml one by one, follows aliases, and enforces the limits on depth and expansion.
struct EventReader: ~Copyable {
    private var parser: YAMLParser
    private let bytes: UnsafeBufferPointer<UInt8>
    let source: Int
    private let limits: ManifestLimits
    let findings: Findings

    private var depth = 0
    private var expanded = 0
    private var expansionLimit: Int?
    private var outline = Outline()
    /// The last scalar of several lines, and the line it ends on.
    private var lastLongScalar: (place: Place, end: UInt32)?
    /// The scalar that swallowed part of what follows it because of the syntax error that ended the reading: what was found wrong with
    /// it is that same error.
    private(set) var swallowing: Place?

    private var log = EventLog()
    private var anchors: [String: Anchor] = [:]
    private var recordings: [Recording] = []
    private var replays: [Replay] = []

    private enum Anchor {
        /// Its node is not read to its end: an alias to it would contain itself.
        case open
        case closed(Range<Int>)
    }

    private struct Recording {
        var anchor: String?
        var start: Int
        var depth: Int
    }

    private struct Replay {
        var position: Int
        var end: Int
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>, source: Int, limits: ManifestLimits, findings: Findings) {
        parser = YAMLParser(bytes)
        self.bytes = bytes
        self.source = source
        self.limits = limits
        self.findings = findings
    }

    func range(_ place: Place) -> SourceRange { place.range(source: source) }

    /// The part of the file that was read, from 0 to 1.
    var progress: Double { Double(parser.endIndex) / Double(max(1, bytes.count)) }

    // MARK: Stepping

    /// The next event with aliases followed.
    @inline(__always)
    mutating func next() throws(Stop) -> Event {
        let event = try nextUnfollowed()
        return event.kind == .alias ? try follow() : event
    }

    /// The next event; an alias stays one, and `aliasTarget` tells what it stands for.
    @inline(__always)
    mutating func nextUnfollowed() throws(Stop) -> Event {
        replays.isEmpty ? try nextLive() : try nextReplayed()
    }

    /// What the alias that was read last stands for.
    private(set) var aliasTarget: Range<Int> = 0..<0

    /// Passes over a node whose first event was read.
    mutating func skip(_ first: Event) throws(Stop) {
        guard first.kind == .mappingStart || first.kind == .sequenceStart else { return }
        let outside = depth - 1
        while depth > outside { _ = try nextUnfollowed() }
    }

    @inline(__always)
    private mutating func nextLive() throws(Stop) -> Event {
        if !parser.advance() { throw reportSyntaxProblem() }
        let event = parser.current
        switch event.kind {
        case .scalar:
            if event.place.length == Place.toEndOfLine { lastLongScalar = (event.place, parser.endLine) }
            return try withProperties(event)
        case .mappingStart, .sequenceStart:
            depth += 1
            outline.open(event.place)
            if depth > limits.depth { throw reportDepth(at: event.place) }
            return try withProperties(event)
        case .mappingEnd, .sequenceEnd: close(event)
        case .alias: return lookUpAlias(event.place)
        case .documentStart: anchors.removeAll()
        case .documentEnd, .streamEnd, .refused: break
        }
        return event
    }

    @inline(__always)
    private mutating func close(_ event: Event) {
        depth -= 1
        outline.close()
        if !recordings.isEmpty {
            log.append(event)
            closeRecordings()
        }
    }

    // MARK: Anchors and tags

    /// The first event of a node, with its tag applied and its anchor noted.
    @inline(__always)
    private mutating func withProperties(_ event: Event) throws(Stop) -> Event {
        let (anchor, tag) = parser.properties
        return anchor == nil && tag == nil && recordings.isEmpty ? event : try decorated(event, anchor: anchor, tag: tag)
    }

    /// The slow path of a node with an anchor or a tag, or inside an anchored one.
    @inline(never)
    private mutating func decorated(
        _ event: Event, anchor: UnsafePointer<UInt8>?, tag: UnsafePointer<UInt8>?
    ) throws(Stop) -> Event {
        var event = event
        if let tag { try apply(tag, to: &event) }
        if let anchor {
            let name = String(cString: anchor)
            anchors[name] = .open
            startRecording(anchor: name, first: event)
        }
        if !recordings.isEmpty { log.append(event) }
        if event.kind == .scalar { closeRecordings() }
        return event
    }

    private mutating func startRecording(anchor: String?, first: Event) {
        recordings.append(Recording(anchor: anchor, start: log.count, depth: first.kind == .scalar ? depth : depth - 1))
    }

    private mutating func closeRecordings() {
        while let last = recordings.last, last.depth == depth {
            if let anchor = last.anchor { anchors[anchor] = .closed(last.start..<log.count) }
            recordings.removeLast()
        }
    }

    /// The few tags that say what is known anyway are passed over; all others would ask for types that a manifest does not have.
    private mutating func apply(_ bytes: UnsafePointer<UInt8>, to event: inout Event) throws(Stop) {
        let place = event.kind == .scalar ? event.place : event.place.head
        // A short node may have a tag of any length, and reading on would cost as much for each.
        var length = 0
        while bytes[length] != 0 {
            length += 1
            if length > limits.tagBytes {
                findings.error(.tagTooLong(limit: limits.tagBytes, at: range(place)))
                throw Stop()
            }
        }
        let tag = String(cString: bytes)
        switch (tag, event.kind) {
        case ("tag:yaml.org,2002:str", .scalar), ("!", .scalar): event.style = .tagged
        case ("tag:yaml.org,2002:map", .mappingStart), ("tag:yaml.org,2002:seq", .sequenceStart), ("!", _): break
        default: findings.error(.unsupportedTag(tag, at: range(place)))
        }
    }

    private mutating func lookUpAlias(_ place: Place) -> Event {
        let name = String(cString: parser.properties.anchor!)
        switch anchors[name] {
        case .closed(let target):
            aliasTarget = target
            if !recordings.isEmpty { log.append(aliasOf: target, place: place) }
            return Event(.alias, place: place)
        case .open: findings.error(.recursiveAlias(name, at: range(place)))
        case nil:
            findings.error(.unknownAnchor(name, at: range(place), suggestion: findings.suggestion(for: name, among: anchors.keys)))
        }
        if !recordings.isEmpty { log.append(Event(.refused, place: place)) }
        return Event(.refused, place: place)
    }

    // MARK: Replay

    private mutating func nextReplayed() throws(Stop) -> Event {
        while let last = replays.last, last.position == last.end { replays.removeLast() }
        guard let replay = replays.last else { return try nextLive() }
        replays[replays.count - 1].position += 1
        let event = log.event(at: replay.position)
        try countExpansion(at: event.place)
        switch event.kind {
        case .mappingStart, .sequenceStart:
            depth += 1
            if depth > limits.depth { throw reportDepth(at: event.place) }
        case .mappingEnd, .sequenceEnd: depth -= 1
        case .alias: aliasTarget = log.target(at: replay.position)
        default: break
        }
        return event
    }

    /// Steps into what the last alias stands for.
    @inline(never)
    private mutating func follow() throws(Stop) -> Event {
        replay(aliasTarget)
        let event = try nextReplayed()
        return event.kind == .alias ? try follow() : event
    }

    /// Makes the next events those of a recorded node.
    mutating func replay(_ range: Range<Int>) {
        // A replay that has nothing left is dropped first, so that the stack never grows with the length of a list of aliases.
        while let last = replays.last, last.position == last.end { replays.removeLast() }
        replays.append(Replay(position: range.lowerBound, end: range.upperBound))
    }

    private mutating func countExpansion(at place: Place) throws(Stop) {
        expanded += 1
        guard expanded > limits.expansionAllowance else { return }
        let limit =
            expansionLimit ?? limits.expansionAllowance + limits.expansionFactor * YAMLParser.countEvents(bytes)
        expansionLimit = limit
        if expanded > limit {
            findings.error(.expansionTooLarge(limit: limit, at: range(place)))
            throw Stop()
        }
    }

    // MARK: Merges

    /// Reads the value of `<<`: the recorded mappings it names, in order; `nil` when it is something else (and was read over).
    mutating func mergeSources() throws(Stop) -> [Range<Int>]? {
        let first = try nextUnfollowed()
        switch first.kind {
        case .mappingStart: return [try record(first)]
        case .alias: return mappings(in: aliasTarget)
        case .sequenceStart:
            var sources: [Range<Int>]? = []
            while true {
                let element = try nextUnfollowed()
                switch element.kind {
                case .sequenceEnd: return sources
                case .mappingStart:
                    let range = try record(element)
                    sources?.append(range)
                case .alias:
                    if let more = mappings(in: aliasTarget), more.count == 1 { sources?.append(more[0]) } else { sources = nil }
                case .refused: break
                default:
                    try skip(element)
                    sources = nil
                }
            }
        case .refused: return []
        default: return nil
        }
    }

    /// A recorded mapping by itself, or the mappings of a recorded list.
    private func mappings(in target: Range<Int>) -> [Range<Int>]? {
        switch log.entries[target.lowerBound].kind {
        case .mappingStart: return [target]
        case .alias: return mappings(in: log.target(at: target.lowerBound))
        case .sequenceStart:
            var result: [Range<Int>] = []
            var position = target.lowerBound + 1
            while log.entries[position].kind != .sequenceEnd {
                let end = log.endOfNode(at: position)
                let element = log.entries[position].kind == .alias ? log.target(at: position) : position..<end
                guard log.entries[element.lowerBound].kind == .mappingStart else { return nil }
                result.append(element)
                position = end
            }
            return result
        default: return nil
        }
    }

    /// Keeps the mapping whose first event was read, and passes over it.
    private mutating func record(_ first: Event) throws(Stop) -> Range<Int> {
        if let replay = replays.last {
            let start = replay.position - 1
            try skip(first)
            return start..<log.endOfNode(at: start)
        }
        let start: Int
        if recordings.isEmpty {
            start = log.count
            startRecording(anchor: nil, first: first)
            log.append(first)
        } else {
            // The enclosing recording has it already.
            start = log.count - 1
        }
        try skip(first)
        return start..<log.endOfNode(at: start)
    }

    // MARK: Faults

    @inline(never)
    private mutating func reportDepth(at place: Place) -> Stop {
        findings.error(.tooDeep(limit: limits.depth, at: range(place.head)))
        return Stop()
    }

    @inline(never)
    private mutating func reportSyntaxProblem() -> Stop {
        let problem = parser.problem
        if case .syntax(_, let place, _, _) = problem, let scalar = lastLongScalar, place.line <= scalar.end + 1 {
            swallowing = scalar.place
            findings.withdrawErrors(at: range(scalar.place))
        }
        findings.error(SyntaxExplainer(bytes: bytes, source: source, outline: outline).explain(problem))
        return Stop()
    }
}

/// The events of anchored nodes, kept for the aliases that repeat them. Nothing is kept for a file without anchors, and no event
/// is kept twice: an alias inside an anchored node stays an alias.
struct EventLog: ~Copyable {
    struct Entry {
        var kind: Event.Kind
        var style: Event.Style
        var place: Place
        /// Where the text starts; for an alias where the target starts.
        var offset: UInt32
        /// How long the text is; for an alias where the target ends.
        var length: UInt32
    }

    private(set) var entries: [Entry] = []
    private var texts = TextArena()

    init() {}

    var count: Int { entries.count }

    mutating func append(_ event: Event) {
        var offset = texts.count
        if let start = event.text.baseAddress, event.text.count > 0 { offset = texts.append(start, count: event.text.count) }
        entries.append(
            Entry(
                kind: event.kind, style: event.style, place: event.place, offset: UInt32(truncatingIfNeeded: offset),
                length: UInt32(truncatingIfNeeded: event.text.count)))
    }

    mutating func append(aliasOf target: Range<Int>, place: Place) {
        entries.append(
            Entry(
                kind: .alias, style: .plain, place: place, offset: UInt32(truncatingIfNeeded: target.lowerBound),
                length: UInt32(truncatingIfNeeded: target.upperBound)))
    }

    func event(at index: Int) -> Event {
        let entry = entries[index]
        guard entry.kind == .scalar, let start = texts.pointer(at: Int(entry.offset)) else {
            return Event(entry.kind, style: entry.style, place: entry.place)
        }
        return Event(
            .scalar, style: entry.style, place: entry.place,
            text: UnsafeBufferPointer(start: start, count: Int(entry.length)))
    }

    func target(at index: Int) -> Range<Int> { Int(entries[index].offset)..<Int(entries[index].length) }

    /// The index after the node that starts at `index`.
    func endOfNode(at index: Int) -> Int {
        var depth = 0
        var position = index
        repeat {
            switch entries[position].kind {
            case .mappingStart, .sequenceStart: depth += 1
            case .mappingEnd, .sequenceEnd: depth -= 1
            default: break
            }
            position += 1
        } while depth > 0
        return position
    }
}

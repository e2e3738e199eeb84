/// Some hundred events in a row with all that they point at, to be handed from one thread to another.
///
/// Used by one thread at a time: by the one that fills it, then by the one that reads it.
final class EventBatch {
    private struct Entry {
        var kind: Event.Kind
        var style: Event.Style
        var place: Place
        var endLine: UInt32
        var endIndex: UInt32
        /// Where its texts start and end in `texts`.
        var text: Range32
        var anchor: Range32
        var tag: Range32
    }

    private struct Range32 {
        var start: UInt32
        var count: UInt32
        static let none = Range32(start: .max, count: 0)
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    /// Bytes of text from which on it is full: one event may go beyond, no two.
    private let textLimit: Int
    private(set) var count = 0
    private var texts = TextStore()
    /// Whether no other batch follows.
    var isLast = false
    /// What stopped libyaml behind the last event.
    var problem: SyntaxProblem?

    init(capacity: Int, textLimit: Int) {
        self.capacity = capacity
        self.textLimit = textLimit
        entries = .allocate(capacity: capacity)
    }

    deinit { entries.deallocate() }

    var isFull: Bool { count == capacity || texts.count >= textLimit }

    func removeAll() {
        count = 0
        texts.removeAll()
        isLast = false
        problem = nil
    }

    @inline(__always)
    func append(_ event: RawEvent) {
        let text = store(event.text.baseAddress, event.text.count)
        let anchor = store(cString: event.anchor)
        let tag = store(cString: event.tag)
        (entries + count).initialize(
            to: Entry(
                kind: event.kind, style: event.style, place: event.place, endLine: event.endLine, endIndex: event.endIndex, text: text,
                anchor: anchor, tag: tag))
        count += 1
    }

    @inline(__always)
    subscript(index: Int) -> RawEvent {
        let entry = entries[index]
        var event = RawEvent(entry.kind, style: entry.style, place: entry.place, endLine: entry.endLine, endIndex: entry.endIndex)
        event.text = UnsafeBufferPointer(start: start(of: entry.text), count: Int(entry.text.count))
        event.anchor = start(of: entry.anchor)
        event.tag = start(of: entry.tag)
        return event
    }

    @inline(__always)
    private func start(of range: Range32) -> UnsafeMutablePointer<UInt8>? {
        range.start == .max ? nil : texts.pointer(at: Int(range.start))
    }

    @inline(__always)
    private func store(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Range32 {
        guard let bytes else { return .none }
        return Range32(start: UInt32(texts.append(bytes, count: count)), count: UInt32(count))
    }

    @inline(__always)
    private func store(cString: UnsafeMutablePointer<UInt8>?) -> Range32 {
        guard let cString else { return .none }
        var length = 0
        while cString[length] != 0 { length += 1 }
        return store(cString, length + 1)
    }
}

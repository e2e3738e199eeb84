import SnapkeepCore

/// Text under construction as UTF-8 bytes: rows of a large plan are appended without making a string for each.
struct TextBuffer {
    private(set) var bytes: [UInt8] = []

    /// An empty buffer with room for `capacity` bytes.
    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Appends text of ours, which needs no escaping.
    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Appends text of a person or of the cloud, escaped.
    ///
    /// - Returns: its width in columns.
    @discardableResult
    mutating func append(visible text: String) -> Int {
        if appendPlain(text) { return text.utf8.count }
        let escaped = VisibleText.escaped(text)
        append(escaped)
        return TextWidth.columns(escaped)
    }

    /// Appends text of a person or of the cloud, escaped and in double quotes.
    ///
    /// - Returns: its width in columns.
    @discardableResult
    mutating func append(quoted text: String) -> Int {
        let start = bytes.count
        bytes.append(0x22)
        let isPlain = text.utf8.withContiguousStorageIfAvailable { source in
            guard source.allSatisfy({ $0 &- 0x20 < 0x5F && $0 != 0x22 && $0 != 0x5C }) else { return false }
            bytes.append(contentsOf: source)
            return true
        }
        if isPlain == true {
            bytes.append(0x22)
            return bytes.count - start
        }
        bytes.removeLast()
        let quoted = VisibleText.quoted(text)
        append(quoted)
        return TextWidth.columns(quoted)
    }

    /// Appends an id in its short form.
    ///
    /// - Returns: its width in columns.
    @discardableResult
    mutating func append(_ id: String, shortened: ShortIDs) -> Int {
        // The ids that come here are UUIDs, hence ASCII.
        guard !shortened.isWhole(id) else { return append(visible: id) }
        bytes.append(contentsOf: id.utf8.prefix(shortened.length))
        append("…")
        return shortened.length + 1
    }

    mutating func spaces(_ count: Int) {
        if count > 0 { bytes.append(contentsOf: repeatElement(0x20, count: count)) }
    }

    mutating func newline() { bytes.append(0x0A) }

    /// The text so far.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    private mutating func appendPlain(_ text: String) -> Bool {
        let done = text.utf8.withContiguousStorageIfAvailable { source in
            guard source.allSatisfy({ $0 &- 0x20 < 0x5F }) else { return false }
            bytes.append(contentsOf: source)
            return true
        }
        return done ?? false
    }
}

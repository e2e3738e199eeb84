import SnapkeepCore

/// A page under construction. What is ours is appended as it is; what comes from a person, a file or the cloud only through `text` and
/// `prose`, which let nothing in it become markup.
struct HTMLBuffer {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Appends markup of ours.
    mutating func raw(_ markup: String) { bytes.append(contentsOf: markup.utf8) }

    /// Appends text as text: control characters as escapes that can be seen, and whatever HTML would read as entities.
    mutating func text(_ text: String) { appendEntities(of: VisibleText.escaped(text)) }

    /// Appends a sentence in which backticks enclose what is to be typed; it is escaped as `text` escapes.
    mutating func prose(_ sentence: String) {
        let parts = VisibleText.escaped(sentence).split(separator: "`", omittingEmptySubsequences: false)
        // With an odd number of backticks the last one is one of a name's.
        let paired = parts.count.isMultiple(of: 2) ? parts.count - 1 : parts.count
        for (index, part) in parts.enumerated() {
            let isCode = index % 2 == 1 && index < paired
            if isCode { raw("<code>") } else if index == paired { raw("`") }
            appendEntities(of: part)
            if isCode { raw("</code>") }
        }
    }

    private mutating func appendEntities(of text: some StringProtocol) {
        for byte in text.utf8 {
            switch byte {
            case 0x26: raw("&amp;")
            case 0x3C: raw("&lt;")
            case 0x3E: raw("&gt;")
            case 0x22: raw("&quot;")
            case 0x27: raw("&#39;")
            default: bytes.append(byte)
            }
        }
    }
}

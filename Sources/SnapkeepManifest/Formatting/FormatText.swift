/// The formatted text under construction, line by line. A line is ended only when the next one begins, so that a comment can still be put
/// behind it.
struct FormatText {
    private(set) var bytes: [UInt8] = []
    /// Of the last line, in code points.
    private(set) var width = 0
    /// Whether the last line ends with a comment: nothing can stand behind it.
    private var endsInComment = false
    private var indent = 0
    /// Whether the last line is of a text to which the blank lines behind it belong.
    private var keepsBlanks = false

    /// Begins a line.
    mutating func startLine(indent: Int, afterBlank: Bool = false) {
        if !bytes.isEmpty { bytes.append(contentsOf: afterBlank && !keepsBlanks ? [0x0A, 0x0A] : [0x0A]) }
        bytes.append(contentsOf: repeatElement(0x20, count: indent))
        width = indent
        (self.indent, endsInComment, keepsBlanks) = (indent, false, false)
    }

    /// Writes a comment on a line of its own.
    mutating func appendLine(comment: [UInt8], indent: Int, afterBlank: Bool = false) {
        startLine(indent: indent, afterBlank: afterBlank)
        append(comment)
        endsInComment = true
    }

    mutating func append(_ more: some Sequence<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: more)
        width += FormatSource.width(bytes[start...])
    }

    mutating func append(_ text: String) { append(text.utf8) }

    /// Puts a comment behind what the line holds: in the column that it had, or as far behind it as it takes to stand apart.
    mutating func append(trailing comment: [UInt8], column: Int) {
        if endsInComment { return appendLine(comment: comment, indent: indent) }
        let place = max(column, width + 2)
        bytes.append(contentsOf: repeatElement(0x20, count: place - width))
        width = place
        append(comment)
        endsInComment = true
    }

    /// A line that is kept as it is: of a text in several lines.
    mutating func appendLine(_ line: some Sequence<UInt8>, indent: Int) {
        bytes.append(0x0A)
        width = 0
        let line = Array(line)
        if line.isEmpty { return }
        bytes.append(contentsOf: repeatElement(0x20, count: indent))
        width = indent
        append(line)
    }

    /// Says that the text that was just written ends with its own blank lines.
    mutating func keepBlanks() { keepsBlanks = true }

    /// The whole, its last line ended.
    var finished: [UInt8] { bytes.isEmpty ? [] : bytes + [0x0A] }
}

import SnapkeepCore

/// Why a text cannot be laid out anew without losing something.
struct FormatRefusal: Error {
    var reason: String
    /// Code points from 0.
    var place: Place
}

/// Lays a manifest out anew: steps through libyaml's events, copies what each token says as it is written, and decides only on what stands
/// between them. libyaml drops comments; they are found in the gaps between the tokens.
struct LayoutWriter: ~Copyable {
    /// A mapping or a list that is open, with the column of its entries before and after.
    private struct Level {
        var old: Int
        var new: Int
    }

    /// What a node is written behind.
    private enum Position {
        case root, key, dash
    }

    /// Lines that get longer are opened up, where they hold brackets.
    static let widest = 120

    private var parser: YAMLParser
    private var source: FormatSource
    private var text = FormatText()
    /// The byte behind the last token.
    private var position = 0
    private var levels: [Level] = []
    /// The levels that the last line was in: a comment behind it may belong to any of them.
    private var lastLevels: [Level] = []
    /// Whether the next entry stands on the line that was begun, behind a dash.
    private var isCompact = false
    /// The comments in their order, to see that none was lost.
    private(set) var comments: [[UInt8]] = []

    /// - Parameter bytes: those of `source`, for as long as this value lives.
    init(_ source: FormatSource, _ bytes: UnsafeBufferPointer<UInt8>) {
        parser = YAMLParser(bytes)
        self.source = source
    }

    /// The laid out text.
    ///
    /// - Throws: `FormatRefusal` for what cannot be kept.
    mutating func write() throws(FormatRefusal) -> [UInt8] {
        var documents = 0
        while true {
            try advance()
            switch parser.current.kind {
            case .documentStart:
                try beginDocument(isFirst: documents == 0)
                documents += 1
            case .documentEnd:
                levels = []
                if !parser.isImplicit {
                    let start = source.byte(of: parser.startIndex)
                    writeComments(source.gap(position..<start))
                    position = source.byte(of: parser.endIndex)
                }
            case .streamEnd:
                levels = []
                writeComments(source.gap(position..<source.bytes.count))
                return text.finished
            default:
                levels = []
                try write(readValue(width: 0), .root, parent: -2)
            }
        }
    }

    private mutating func advance() throws(FormatRefusal) {
        if !parser.advance() { throw FormatRefusal(reason: "the text is no YAML from here on", place: parser.current.place.head) }
    }

    private func refusal(_ reason: String) -> FormatRefusal { FormatRefusal(reason: reason, place: parser.current.place.head) }

    private mutating func beginDocument(isFirst: Bool) throws(FormatRefusal) {
        let start = source.byte(of: parser.startIndex)
        if parser.isImplicit, isFirst { return }
        if !parser.isImplicit, start < source.bytes.count, source.bytes[start] == 0x25 {
            throw refusal("a directive stands in front of the document")
        }
        let gap = source.gap(position..<(parser.isImplicit ? position : start))
        writeComments(gap)
        text.startLine(indent: 0, afterBlank: gap.last!.breaks > 1 && !text.bytes.isEmpty)
        text.append("---")
        lastLevels = []
        position = parser.isImplicit ? position : source.byte(of: parser.endIndex)
    }

    // MARK: Comments

    private mutating func note(_ comment: [UInt8]) { comments.append(comment) }

    /// The column for a comment of its own line: that of the innermost mapping or list it can belong to.
    private func indent(of column: Int) -> Int {
        if let here = levels.last, here.old == column { return here.new }
        var best: Level?
        for level in lastLevels + levels.suffix(1) where level.old <= column && level.old >= best?.old ?? 0 { best = level }
        return best?.new ?? 0
    }

    /// Writes the comments of a gap.
    ///
    /// - Parameters:
    ///   - isFirst: whether the token behind it is the first one of a mapping or a list: no blank line stands there.
    ///   - wantsBlank: whether a blank line is to stand before that token and its own comments.
    /// - Returns: whether a blank line is to stand right before the token.
    @discardableResult
    private mutating func writeComments(_ gap: [GapPiece], isFirst: Bool = false, wantsBlank: Bool = false) -> Bool {
        var lines: [(comment: [UInt8], indent: Int, isAfterBlank: Bool)] = []
        var breaks = 0
        for piece in gap {
            breaks += piece.breaks
            guard case .comment(let comment, let column) = piece.kind else { continue }
            note(comment)
            if breaks == 0, !text.bytes.isEmpty {
                text.append(trailing: comment, column: column)
            } else {
                lines.append((comment, indent(of: column), breaks > 1))
            }
            breaks = 0
        }
        var isAfterBlank = breaks > 1
        if isFirst, lines.isEmpty { isAfterBlank = false }
        if isFirst, !lines.isEmpty { lines[0].isAfterBlank = false }
        if wantsBlank {
            // A comment that is further in belongs to what stands above it.
            let target = levels.last?.new ?? 0
            let own = (lines.lastIndex { $0.indent > target } ?? -1) + 1
            if !isAfterBlank, !lines[own...].contains(where: \.isAfterBlank) {
                if own < lines.count { lines[own].isAfterBlank = true } else { isAfterBlank = true }
            }
        }
        for line in lines {
            text.appendLine(comment: line.comment, indent: line.indent, afterBlank: line.isAfterBlank && !text.bytes.isEmpty)
            isCompact = false
        }
        return isAfterBlank && !text.bytes.isEmpty
    }

    // MARK: Nodes

    /// Anchor and tag of the current event, and the gap between them and the node itself.
    private mutating func takeProperties() -> (text: [UInt8], gap: [GapPiece]) {
        let (anchor, tag) = parser.properties
        position = source.byte(of: parser.startIndex)
        if parser.current.kind == .alias || anchor == nil && (tag == nil || !hasTagSign) { return ([], []) }
        var taken: [UInt8] = []
        var gap: [GapPiece] = []
        let bytes = source.bytes
        while position < bytes.count, bytes[position] == 0x26 || bytes[position] == 0x21 {
            let start = position
            while position < bytes.count, !Self.endsProperty(bytes[position]) { position += 1 }
            if !taken.isEmpty { taken.append(0x20) }
            taken += bytes[start..<position]
            // What follows may be the node, or the next property; comments in between are the node's.
            var next = position
            var isComment = false
            while next < bytes.count {
                if bytes[next] == 0x0A { isComment = false }
                if bytes[next] == 0x23, bytes[next - 1] == 0x20 || bytes[next - 1] == 0x0A || bytes[next - 1] == 0x09 { isComment = true }
                if !isComment, bytes[next] != 0x20, bytes[next] != 0x09, bytes[next] != 0x0A { break }
                next += 1
            }
            // Of a mapping in lines, the first key is another event, with properties of its own.
            if parser.current.kind == .mappingStart || parser.current.kind == .sequenceStart, !parser.isFlow,
                source.bytes[position..<next].contains(0x0A)
            {
                break
            }
            let between = source.gap(position..<next)
            gap = Array(gap.dropLast()) + between
            position = next
        }
        return (taken, gap)
    }

    private var hasTagSign: Bool { position < source.bytes.count && (source.bytes[position] == 0x21 || source.bytes[position] == 0x26) }

    private static func endsProperty(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x2C, 0x5D, 0x7D].contains(byte) }

    /// Goes to where a text is written: behind what stands on the line, or, where a comment forbids that, on a line of its own.
    private mutating func writeInline(_ start: [UInt8], gap: [GapPiece], _ place: Position, parent: Int) {
        let hasComments = gap.contains(where: \.isComment)
        if hasComments {
            levels.append(Level(old: parent + 2, new: max(0, parent + 2)))
            writeComments(gap, isFirst: true)
            levels.removeLast()
            text.startLine(indent: max(0, parent + 2))
            text.append(start)
            isAtStart = start.isEmpty
        } else if place == .root {
            writeRootLine()
            text.append(start)
            isAtStart = start.isEmpty
        } else {
            if !start.isEmpty {
                text.append(" ")
                text.append(start)
            }
            isAtStart = false
        }
        isCompact = false
    }

    /// Whether a blank line stands between the comments above a mapping or a list and its first entry.
    private var isFirstAfterBlank = false

    /// Whether nothing stands on the line yet that a blank would have to part from what comes.
    private var isAtStart = false

    private mutating func writeRootLine() {
        if !text.bytes.isEmpty || text.width > 0 { text.startLine(indent: 0) }
    }

    // MARK: Scalars

    /// A scalar or an alias as it is written.
    private struct WrittenScalar {
        var properties: [UInt8]
        var gap: [GapPiece]
        /// Line by line; of a text behind `|` or `>` without its indent.
        var lines: [ArraySlice<UInt8>]
        var isBlock = false
        /// What stands behind `|` or `>` on its line.
        var header: [GapPiece] = []
    }

    private mutating func takeScalar(parent: Int) throws(FormatRefusal) -> WrittenScalar {
        let end = source.byte(of: parser.endIndex)
        var (properties, gap) = takeProperties()
        // Nothing is written behind the properties: what stands there belongs to the next token.
        if position > end { (position, gap) = (end, []) }
        let bytes = source.bytes
        var written = WrittenScalar(properties: properties, gap: gap, lines: [])
        if parser.current.style == .block {
            written.isBlock = true
            try takeBlockScalar(to: end, &written)
            return written
        }
        var last = end
        while last > position, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x0A || bytes[last - 1] == 0x09 { last -= 1 }
        for (number, line) in bytes[position..<last].split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            var line = number == 0 ? line : line.drop { $0 == 0x20 || $0 == 0x09 }
            // In quotes a blank at the end may be an escaped one.
            if parser.current.style == .plain {
                while let end = line.last, end == 0x20 || end == 0x09 { line = line.dropLast() }
            }
            written.lines.append(line)
        }
        position = last
        return written
    }

    private mutating func takeBlockScalar(to end: Int, _ written: inout WrittenScalar) throws(FormatRefusal) {
        let bytes = source.bytes
        var header = position
        while header < bytes.count, ![0x20, 0x09, 0x0A].contains(bytes[header]) { header += 1 }
        let signs = bytes[position..<header]
        var lineEnd = header
        while lineEnd < bytes.count, bytes[lineEnd] != 0x0A { lineEnd += 1 }
        written.header = source.gap(header..<lineEnd)
        let digit = signs.first { (0x31...0x39).contains($0) }.map { Int($0) - 0x30 }
        var body = lineEnd + 1 < end ? bytes[(lineEnd + 1)..<end].split(separator: 0x0A, omittingEmptySubsequences: false) : []
        // What libyaml has read of the line behind the last one is its indent.
        if let last = body.last, last.allSatisfy({ $0 == 0x20 }) { body.removeLast() }
        let first = body.first { line in !line.allSatisfy { $0 == 0x20 } }
        let leading = first?.prefix { $0 == 0x20 }.count ?? 0
        let indent: Int
        if let digit { indent = (levels.last?.old ?? 0) + digit } else { indent = leading }
        let keepsEnd = signs.contains(0x2B)
        if !keepsEnd { while let last = body.last, last.allSatisfy({ $0 == 0x20 }) { body.removeLast() } }
        // The sign in front says how far in the text begins, which is two from now on.
        written.lines = [ArraySlice(signs.map { (0x31...0x39).contains($0) ? 0x32 : $0 })]
        for line in body {
            guard line.prefix(indent).allSatisfy({ $0 == 0x20 }) else {
                throw refusal("a line of this text stands further out than its first one")
            }
            written.lines.append(line.dropFirst(indent))
        }
        // The blank lines behind it are a gap like any other.
        var behind = lineEnd
        if let last = body.last { behind = last.endIndex }
        position = min(behind, bytes.count)
    }

    private mutating func writeScalar(_ written: WrittenScalar, parent: Int) {
        guard let first = written.lines.first else { return }
        if !first.isEmpty {
            if !isAtStart { text.append(" ") }
            text.append(first)
        }
        isAtStart = false
        let indent = max(0, parent) + 2
        for piece in written.header {
            guard case .comment(let comment, let column) = piece.kind else { continue }
            note(comment)
            text.append(trailing: comment, column: column)
        }
        for line in written.lines.dropFirst() { text.appendLine(line, indent: indent) }
        if written.isBlock, first.contains(0x2B) { text.keepBlanks() }
    }

    // MARK: Blocks

    /// What stands behind a key or a dash.
    private struct Value {
        var gap: [GapPiece]
        /// What stands in brackets, read as a whole.
        var flow: FlowNode?
        /// Whether it takes lines of its own.
        var isBlock: Bool
    }

    /// Looks at the current event's node, and reads it where it stands in brackets.
    ///
    /// - Parameter width: that of the line so far.
    private mutating func readValue(width: Int) throws(FormatRefusal) -> Value {
        let start = source.byte(of: parser.startIndex)
        let gap = position <= start ? source.gap(position..<start).filter(\.isNoIndicator) : []
        guard parser.current.kind == .mappingStart || parser.current.kind == .sequenceStart else {
            return Value(gap: gap, flow: nil, isBlock: false)
        }
        if !parser.isFlow { return Value(gap: gap, flow: nil, isBlock: true) }
        let node = try readFlow(gap)
        return Value(gap: [], flow: node, isBlock: !fits(node, width))
    }

    private func fits(_ node: FlowNode, _ width: Int) -> Bool {
        if node.needsLines { return false }
        return node.children.isEmpty || width + 1 + FormatSource.width(node.inline) <= Self.widest
    }

    private mutating func write(_ value: Value, _ place: Position, parent: Int) throws(FormatRefusal) {
        if let flow = value.flow { return writeFlow(flow, place, parent: parent) }
        if value.isBlock { return try writeBlock(place, parent: parent, gap: value.gap) }
        let written = try takeScalar(parent: parent)
        writeInline(written.properties, gap: value.gap + written.gap, place, parent: parent)
        writeScalar(written, parent: parent)
    }

    /// Writes a mapping or a list that stands in lines, entry by entry.
    private mutating func writeBlock(_ place: Position, parent: Int, gap: [GapPiece]) throws(FormatRefusal) {
        let isMapping = parser.current.kind == .mappingStart
        let (properties, more) = takeProperties()
        let isOnLine = place == .dash && properties.isEmpty && !gap.contains(where: \.isComment)
        if !properties.isEmpty {
            if place == .root { writeRootLine() } else { text.append(" ") }
            text.append(properties)
        }
        let new = max(0, parent + 2)
        // Where its entries stand is known once the first one is read: that of a list is its dash.
        let old = properties.isEmpty ? source.column(of: source.byte(of: parser.startIndex)) : entryColumn()
        levels.append(Level(old: old, new: new))
        isCompact = isOnLine
        let head = gap + more
        if head.contains(where: \.isComment) {
            isFirstAfterBlank = writeComments(head, isFirst: true)
            isCompact = false
        }
        if isMapping { try writeMapping(isRoot: place == .root) } else { try writeSequence() }
        levels.removeLast()
    }

    /// The column of the first entry behind an anchor.
    private func entryColumn() -> Int {
        var index = position
        let bytes = source.bytes
        var isComment = false
        while index < bytes.count {
            if bytes[index] == 0x0A { isComment = false } else if bytes[index] == 0x23 { isComment = true }
            if !isComment, bytes[index] != 0x20, bytes[index] != 0x0A, bytes[index] != 0x09 { break }
            index += 1
        }
        return source.column(of: index)
    }

    private mutating func writeMapping(isRoot: Bool) throws(FormatRefusal) {
        let indent = levels.last!.new
        var wasBlock = false
        var isFirst = true
        while true {
            try advance()
            if parser.current.kind == .mappingEnd { return }
            guard parser.current.kind == .scalar || parser.current.kind == .alias else { throw refusal("a key is no text") }
            let start = source.byte(of: parser.startIndex)
            let gap = source.gap(position..<start).filter(\.isNoIndicator)
            let isAlias = parser.current.kind == .alias
            let key = try takeScalar(parent: indent)
            guard key.lines.count == 1, !key.lines[0].isEmpty, !key.isBlock, !key.gap.contains(where: \.isComment) else {
                throw refusal("this key takes more than a line, or none")
            }
            let behind = position
            try advance()
            position = behind
            let name = key.properties + (key.properties.isEmpty ? [] : [0x20]) + key.lines[0] + (isAlias ? [0x20, 0x3A] : [0x3A])
            let value = try readValue(width: indent + FormatSource.width(name))
            writeEntryStart(gap, isFirst: isFirst, wantsBlank: isRoot && !isFirst && (wasBlock || value.isBlock))
            text.append(name)
            lastLevels = levels
            try write(value, .key, parent: indent)
            (wasBlock, isFirst) = (value.isBlock, false)
        }
    }

    private mutating func writeSequence() throws(FormatRefusal) {
        let indent = levels.last!.new
        var wasBlock = false
        var isFirst = true
        while true {
            try advance()
            if parser.current.kind == .sequenceEnd { return }
            let start = source.byte(of: parser.startIndex)
            let gap = source.gap(position..<start)
            let dash = gap.firstIndex { if case .indicator(0x2D) = $0.kind { true } else { false } }
            guard let dash else { throw refusal("an entry of this list has no dash") }
            var before = Array(gap[..<dash])
            before.append(GapPiece(kind: .end, breaks: gap[dash].breaks))
            position = skip(to: start, behindDash: before.count(where: { !$0.isNoIndicator }))
            let value = try readValue(width: indent + 1)
            writeEntryStart(before, isFirst: isFirst, wantsBlank: levels.count == 2 && !isFirst && (wasBlock || value.isBlock))
            text.append("-")
            lastLevels = levels
            try write(value, .dash, parent: indent)
            (wasBlock, isFirst) = (value.isBlock, false)
        }
    }

    /// The byte behind the dash of an entry that begins at `start`.
    private func skip(to start: Int, behindDash others: Int) -> Int {
        var (index, left, isComment) = (position, others, false)
        while index < start {
            let byte = source.bytes[index]
            if byte == 0x0A { isComment = false } else if byte == 0x23 { isComment = true }
            if !isComment, ![0x20, 0x09, 0x0A].contains(byte) {
                if byte == 0x2D, left == 0 { return index + 1 }
                left -= 1
            }
            index += 1
        }
        return start
    }

    private mutating func writeEntryStart(_ gap: [GapPiece], isFirst: Bool, wantsBlank: Bool) {
        let isAfterBlank = writeComments(gap, isFirst: isFirst, wantsBlank: wantsBlank) || isFirst && isFirstAfterBlank
        isFirstAfterBlank = false
        if isCompact {
            text.append(" ")
            isCompact = false
        } else if !text.bytes.isEmpty {
            text.startLine(indent: levels.last!.new, afterBlank: isAfterBlank)
        }
    }

    // MARK: Brackets

    private mutating func readFlow(_ outer: [GapPiece]) throws(FormatRefusal) -> FlowNode {
        let isMapping = parser.current.kind == .mappingStart
        let end = source.byte(of: parser.endIndex)
        let (properties, gap) = takeProperties()
        let node = FlowNode(isMapping ? .mapping : .sequence, properties: properties)
        for piece in outer + gap {
            if case .comment(let comment, let column) = piece.kind {
                note(comment)
                node.head.append(.init(text: comment, column: piece.breaks == 0 ? column : 0))
            }
        }
        // Of a pair without braces the event is as empty as its beginning.
        position = max(position, isMapping && position < source.bytes.count && source.bytes[position] != 0x7B ? position : end)
        while true {
            try advance()
            let start = source.byte(of: parser.startIndex)
            let kind = parser.current.kind
            if kind == .mappingEnd || kind == .sequenceEnd {
                attach(source.gap(position..<max(position, start)), to: node, next: nil)
                position = max(position, source.byte(of: parser.endIndex))
                return node
            }
            let pieces = source.gap(position..<max(position, start))
            if node.children.count.isMultiple(of: 2), isMapping, kind != .scalar, kind != .alias { throw refusal("a key is no text") }
            let child: FlowNode
            if kind == .mappingStart || kind == .sequenceStart {
                child = try readFlow([])
            } else {
                let isAlias = kind == .alias
                let written = try takeScalar(parent: 0)
                child = FlowNode(.text(Array(written.lines.joined(separator: [0x0A]))), properties: written.properties)
                child.isAlias = isAlias
                for piece in written.gap {
                    if case .comment(let comment, let column) = piece.kind {
                        note(comment); child.leading.append(.init(text: comment, column: column))
                    }
                }
            }
            if isMapping, node.children.count.isMultiple(of: 2), child.inline.isEmpty { throw refusal("a key is empty") }
            attach(pieces, to: node, next: child)
            node.children.append(child)
        }
    }

    /// Gives the comments of a gap to what stands before or behind it.
    private mutating func attach(_ gap: [GapPiece], to node: FlowNode, next: FlowNode?) {
        var breaks = 0
        var found: [FlowNode.Comment] = []
        for piece in gap {
            breaks += piece.breaks
            guard case .comment(let text, let column) = piece.kind else { continue }
            note(text)
            let comment = FlowNode.Comment(text: text, column: column)
            if breaks > 0 {
                found.append(comment)
            } else if let last = node.children.last {
                last.trailing.append(comment)
            } else {
                node.head.append(comment)
            }
        }
        if let next { next.leading = found + next.leading } else { node.tail += found }
    }

    /// Writes what stands in brackets: in them where a line takes it, else in lines.
    private mutating func writeFlow(_ node: FlowNode, _ place: Position, parent: Int) {
        if fits(node, text.width) {
            if place == .root { writeRootLine() } else { text.append(" ") }
            text.append(node.inline)
            isCompact = false
            return
        }
        if !node.properties.isEmpty {
            if place == .root { writeRootLine() } else { text.append(" ") }
            text.append(node.properties)
        }
        let indent = max(0, parent + 2)
        levels.append(Level(old: indent, new: indent))
        lastLevels = levels
        isCompact = place == .dash && node.properties.isEmpty && node.head.isEmpty
        for (number, comment) in node.head.enumerated() {
            if number == 0, comment.column > 0, !text.bytes.isEmpty {
                text.append(trailing: comment.text, column: comment.column)
            } else {
                writeLine(comment, indent)
            }
        }
        if node.children.isEmpty {
            // Nothing is there to be put into lines but comments.
            for comment in node.tail { writeLine(comment, indent) }
            text.startLine(indent: indent)
            text.append(node.bare)
            levels.removeLast()
            isCompact = false
            return
        }
        writeEntries(of: node, indent)
        levels.removeLast()
        isCompact = false
    }

    private mutating func writeLine(_ comment: FlowNode.Comment, _ indent: Int, afterBlank: Bool = false) {
        text.appendLine(comment: comment.text, indent: indent, afterBlank: afterBlank)
        isCompact = false
    }

    private mutating func writeEntries(of node: FlowNode, _ indent: Int) {
        let isMapping = if case .mapping = node.kind { true } else { false }
        // As for what stood in lines from the beginning.
        let isParted = levels.count == (isMapping ? 1 : 2)
        var wasBlock = false
        // Comments that found no place behind their line.
        var carried: [FlowNode.Comment] = []
        for index in stride(from: 0, to: node.children.count, by: isMapping ? 2 : 1) {
            let value = node.children[isMapping ? index + 1 : index]
            var name: [UInt8] = [0x2D]
            if isMapping {
                let key = node.children[index]
                name = key.inline + (key.isAlias ? [0x20, 0x3A] : [0x3A])
                carried += key.leading + key.trailing
            }
            carried += value.leading
            let isBlock = value.isCollection && !fits(value, indent + FormatSource.width(name))
            var isAfterBlank = isParted && index > 0 && (wasBlock || isBlock)
            for comment in carried {
                writeLine(comment, indent, afterBlank: isAfterBlank)
                isAfterBlank = false
            }
            if isCompact {
                text.append(" ")
                isCompact = false
            } else if !text.bytes.isEmpty {
                text.startLine(indent: indent, afterBlank: isAfterBlank)
            }
            lastLevels = levels
            text.append(name)
            carried = writeFlowValue(value, isMapping ? .key : .dash, indent, isBlock: isBlock)
            wasBlock = isBlock
        }
        for comment in carried + node.tail { writeLine(comment, indent) }
    }

    /// - Returns: the comments that have no place behind its line.
    private mutating func writeFlowValue(
        _ value: FlowNode, _ place: Position, _ indent: Int, isBlock: Bool
    ) -> [FlowNode.Comment] {
        if case .text(let written) = value.kind {
            if !value.properties.isEmpty { text.append([0x20] + value.properties) }
            for (number, line) in written.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
                if number > 0 { text.appendLine(line, indent: indent + 2) } else if !line.isEmpty { text.append([0x20] + line) }
            }
        } else {
            writeFlow(value, place, parent: indent)
            if isBlock { return value.trailing }
        }
        guard let first = value.trailing.first else { return [] }
        text.append(trailing: first.text, column: 0)
        return Array(value.trailing.dropFirst())
    }
}

extension GapPiece {
    var isComment: Bool { if case .comment = kind { true } else { false } }

    fileprivate var isNoIndicator: Bool { if case .indicator = kind { false } else { true } }
}

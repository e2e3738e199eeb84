/// A mapping or a list in brackets, or something in it: read as a whole, because only the whole shows whether it fits into a line.
final class FlowNode {
    enum Kind {
        /// The scalar as it is written, or the alias.
        case text([UInt8])
        /// Keys and values by turns.
        case mapping
        case sequence
    }

    struct Comment {
        var text: [UInt8]
        var column: Int
    }

    var kind: Kind
    /// Anchor and tag.
    var properties: [UInt8]
    var isAlias = false
    var children: [FlowNode] = []
    /// On lines of their own before it.
    var leading: [Comment] = []
    /// On the line on which it ends.
    var trailing: [Comment] = []
    /// Behind the opening bracket.
    var head: [Comment] = []
    /// Before the closing bracket.
    var tail: [Comment] = []

    init(_ kind: Kind, properties: [UInt8]) {
        self.kind = kind
        self.properties = properties
    }

    var isCollection: Bool { if case .text = kind { false } else { true } }

    /// Whether it is, or holds, anything that needs lines of its own.
    var needsLines: Bool {
        if !head.isEmpty || !tail.isEmpty { return true }
        if case .text(let text) = kind { return text.contains(0x0A) }
        return children.contains { $0.needsLines || !$0.leading.isEmpty || !$0.trailing.isEmpty }
    }

    /// The brackets alone.
    var bare: [UInt8] { if case .mapping = kind { [0x7B, 0x7D] } else { [0x5B, 0x5D] } }

    /// The node in one line.
    var inline: [UInt8] {
        var line = properties
        if !line.isEmpty { line.append(0x20) }
        switch kind {
        case .text(let text):
            if text.isEmpty { return properties }
            return line + text
        case .sequence:
            line.append(0x5B)
            for (index, child) in children.enumerated() { line += (index == 0 ? [] : [0x2C, 0x20]) + child.inline }
            return line + [0x5D]
        case .mapping:
            line.append(0x7B)
            for index in stride(from: 0, to: children.count, by: 2) {
                if index > 0 { line += [0x2C, 0x20] }
                let (key, value) = (children[index], children[index + 1].inline)
                line += key.inline
                if value.isEmpty { continue }
                // An alias takes the colon for a part of its name.
                line += key.isAlias ? [0x20, 0x3A, 0x20] : [0x3A, 0x20]
                line += value
            }
            return line + [0x7D]
        }
    }
}

import CLibYAML
import SnapkeepCore

/// A stretch of the current source in twelve bytes; ranges proper are made only where a message needs one.
struct Place: Hashable, Sendable {
    /// From 1; 0 stands for "nowhere".
    var line: UInt32
    /// In code points, from 1.
    var column: UInt32
    /// In code points; `toEndOfLine` where the stretch goes on below.
    var length: UInt32

    static let none = Place(line: 0, column: 0, length: 0)
    static let toEndOfLine = UInt32.max

    var isNone: Bool { line == 0 }

    /// The first character alone.
    var head: Place { Place(line: line, column: column, length: 1) }

    func range(source: Int) -> SourceRange {
        let start = SourcePosition(line: Int(line), column: Int(column))
        // Where the stretch goes on below, the rest of the line and its break are what is known of it.
        let end =
            length == Self.toEndOfLine
            ? SourcePosition(line: Int(line) + 1, column: 1) : SourcePosition(line: Int(line), column: Int(column) + Int(length))
        return SourceRange(source: source, start: start, end: end)
    }
}

extension Place {
    /// The one spot where libyaml's marks, code points from 0, become positions from 1.
    init(from start: yaml_mark_t, to end: yaml_mark_t) {
        line = UInt32(truncatingIfNeeded: start.line) &+ 1
        column = UInt32(truncatingIfNeeded: start.column) &+ 1
        length = start.line == end.line ? UInt32(truncatingIfNeeded: end.column &- start.column) : Self.toEndOfLine
    }

    init(at mark: yaml_mark_t) {
        self.init(line: UInt32(truncatingIfNeeded: mark.line) &+ 1, column: UInt32(truncatingIfNeeded: mark.column) &+ 1, length: 1)
    }
}

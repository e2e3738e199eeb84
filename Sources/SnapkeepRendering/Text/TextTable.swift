import SnapkeepCore

/// The one layout of all tables: it knows the width, and no line of it is wider (24 columns or more given).
///
/// Where all fits, every cell is whole. Where it does not, long names are cut in the middle, ids shortened, and columns left out by their
/// worth, until the rows fit. Below `narrowest` columns, and for a row that cannot be made to fit, a row is a block: its first cell in a line,
/// the others under it. Without a width (a pipe, a file) nothing is cut and nothing broken.
struct TextTable: Hashable, Sendable {
    struct Column: Hashable, Sendable {
        /// How a column gives way.
        package enum Kind: Hashable, Sendable {
            /// Not at all: a status, a number, an address.
            case text
            /// Cut in the middle, down to some columns.
            case name(atLeast: Int)
            /// Whole, or its first eight characters.
            case id
            /// Broken between words, beside the other columns or under them. A line break in it begins a new paragraph. Only the last column.
            case prose
        }

        var head = ""
        var kind = Kind.text
        /// Numbers stand at the right edge of their column.
        var isNumber = false
        /// The column of the least worth is left out first; `nil`: never.
        var worth: Int?
        /// What a cell needs before it where no head stands above it.
        var label = ""
    }

    package struct Row: Hashable, Sendable {
        /// One column wide, or empty.
        var sign = ""
        /// One for each column, escaped.
        var cells: [String]
        var role: TextStyle.Role?
        /// The cell that alone has the role's colour; `nil`: the whole row.
        var painted: Int?
    }

    /// Below this many columns rows are blocks.
    static let narrowest = 60
    /// Prose stands beside the other columns where it has this many.
    private static let proseRoom = 24
    /// Text of up to this many columns is not taken for a stray long one.
    private static let ordinary = 40

    var columns: [Column]
    /// Blanks before each line.
    var indent = 0
    var gap = 3
    /// How many cells stand in the first line of a block; its key is the last of them.
    var leading = 1

    /// The table's lines, each ended.
    static func render(
        _ columns: [Column], _ rows: [Row], indent: Int = 0, gap: Int = 3, leading: Int = 1, width: Int?, style: TextStyle
    ) -> String {
        let table = TextTable(columns: columns, indent: indent, gap: gap, leading: leading)
        return table.lines(rows, width: width, style: style).map { $0 + "\n" }.joined()
    }

    /// The head, where a column has one, and the rows, from top to bottom.
    func lines(_ rows: [Row], width: Int?, style: TextStyle) -> [String] {
        if rows.isEmpty { return [] }
        let hasHead = columns.contains { !$0.head.isEmpty }
        let signWidth = rows.contains { !$0.sign.isEmpty } ? 2 : 0
        let width = width.map { max(WordWrap.narrowest, $0) }
        guard let layout = layout(rows, signWidth, width) else { return rows.flatMap { block($0, signWidth, width ?? .max, style) } }
        var heads = columns.map(\.head)
        // Prose that stands under its row has no head.
        if let width, columns.last?.kind == .prose, layout.proseStart + TextWidth.columns(heads.last!) > width {
            heads[heads.count - 1] = ""
        }
        let head = hasHead ? line(Row(cells: heads, role: .keep), layout, style) ?? [] : []
        return head + rows.flatMap { line($0, layout, style) ?? block($0, signWidth, width ?? .max, style) }
    }

    // MARK: Widths

    private struct Layout {
        /// `nil`: left out, or prose.
        var widths: [Int?]
        var signWidth: Int
        var width: Int?
        /// Columns that nothing needs: a stray long text may take them in its own row.
        var spare = 0
        /// Where prose begins.
        var proseStart = 0
    }

    private func layout(_ rows: [Row], _ signWidth: Int, _ width: Int?) -> Layout? {
        if let width, width < Self.narrowest { return nil }
        let natural: [Int] = columns.indices.map { ordinaryWidth(of: $0, rows, isCut: width != nil) }
        var layout = Layout(
            widths: columns.indices.map { columns[$0].kind == .prose ? nil : natural[$0] }, signWidth: signWidth, width: width)
        func total() -> Int { indent + signWidth + layout.widths.reduce(-gap) { $0 + ($1.map { $0 + gap } ?? 0) } }
        if let width {
            func narrow(_ limit: (Column.Kind) -> Int?) {
                for index in columns.indices {
                    guard let now = layout.widths[index], let limit = limit(columns[index].kind) else { continue }
                    layout.widths[index] = min(now, max(limit, TextWidth.columns(columns[index].head)))
                }
            }
            if total() > width { narrow { if case .name(let least) = $0 { max(least, width / 4) } else { nil } } }
            if total() > width { narrow { $0 == .id ? 9 : nil } }
            let leaving = columns.indices.filter { columns[$0].worth != nil }.sorted { columns[$0].worth! < columns[$1].worth! }
            for index in leaving where total() > width { layout.widths[index] = nil }
            if total() > width { narrow { if case .name(let least) = $0 { least } else { nil } } }
            layout.spare = width - total()
            if layout.spare < 0 { return nil }
            // Names first: an id can be asked for by its key.
            for index in columns.indices {
                guard let now = layout.widths[index], case .name = columns[index].kind else { continue }
                layout.widths[index] = min(natural[index], now + layout.spare)
                layout.spare -= layout.widths[index]! - now
            }
            for index in columns.indices where columns[index].kind == .id {
                guard let now = layout.widths[index], natural[index] - now <= layout.spare else { continue }
                layout.widths[index] = natural[index]
                layout.spare -= natural[index] - now
            }
            // What is left, and is not enough for prose, shows more of stray long names.
            let kept = columns.last?.kind == .prose && layout.spare >= gap + Self.proseRoom ? gap + Self.proseRoom : 0
            for index in columns.indices {
                guard let now = layout.widths[index], case .name = columns[index].kind, layout.spare > kept, now < width / 4 else {
                    continue
                }
                let widest = rows.reduce(now) { max($0, TextWidth.columns($1.cells[index])) }
                layout.widths[index] = min(widest, width / 4, now + layout.spare - kept)
                layout.spare -= layout.widths[index]! - now
            }
        }
        layout.proseStart = total() + gap
        return layout
    }

    /// The width of a column without its stray long cells, which would push all others to the right.
    private func ordinaryWidth(of column: Int, _ rows: [Row], isCut: Bool) -> Int {
        let head = TextWidth.columns(columns[column].head)
        if columns[column].kind == .prose { return 0 }
        let widths = rows.map { TextWidth.columns($0.cells[column]) }
        let widest = widths.max() ?? 0
        if widest <= Self.ordinary { return max(head, widest) }
        let filled = widths.filter { $0 > 0 }.sorted()
        let limit = max(Self.ordinary, 2 * filled[(filled.count - 1) / 2])
        // Beside short names a long one is cut, and not down to nothing.
        let least = if isCut, case .name(let least) = columns[column].kind { least } else { 0 }
        return max(head, least, filled.last { $0 <= limit } ?? limit)
    }

    // MARK: Rows

    /// The lines of a row; `nil` where its cells cannot be made to fit.
    private func line(_ row: Row, _ layout: Layout, _ style: TextStyle) -> [String]? {
        var text = blanks(indent) + (layout.signWidth == 0 ? "" : TextWidth.padded(row.sign, to: layout.signWidth))
        var used = indent + layout.signWidth
        var spare = layout.spare
        // Blanks are only written before something.
        var pending = 0
        for (index, cell) in row.cells.enumerated() {
            guard let width = layout.widths[index] else { continue }
            let shown = layout.width == nil ? cell : shortened(cell, columns[index].kind, to: width)
            let taken = TextWidth.columns(shown)
            if taken > width {
                if layout.width != nil, taken > width + spare { return nil }
                spare -= taken - width
            }
            let before = columns[index].isNumber ? max(0, width - taken) : 0
            if taken > 0 {
                text += blanks(pending + before) + (row.painted == index ? row.role.map { style.paint(shown, $0) } ?? shown : shown)
                used += pending + before + taken
                pending = max(0, width - taken - before) + gap
            } else {
                pending += width + gap
            }
        }
        var lines = [text]
        if columns.last?.kind == .prose, let prose = row.cells.last, !prose.isEmpty {
            append(prose, to: &lines, used: used, pending: pending, layout)
        }
        while lines[0].hasSuffix(" ") { lines[0].removeLast() }
        guard row.painted == nil, let role = row.role else { return lines }
        return lines.map { style.paint($0, role) }
    }

    /// Writes prose beside the other cells where there is room for it, else under them.
    private func append(_ prose: String, to lines: inout [String], used: Int, pending: Int, _ layout: Layout) {
        let paragraphs = prose.split(separator: "\n").map { String($0) }
        let start = used + pending
        guard let width = layout.width else {
            lines[0] += blanks(pending) + paragraphs[0]
            lines += paragraphs.dropFirst().map { blanks(layout.proseStart) + $0 }
            return
        }
        if paragraphs.allSatisfy({ start + TextWidth.columns($0) <= width })
            || start == layout.proseStart && width - start >= Self.proseRoom
        {
            let wrapped = paragraphs.flatMap { self.wrapped($0, at: start, width) }
            lines[0] += blanks(pending) + wrapped[0].drop { $0 == " " }
            lines += wrapped.dropFirst()
        } else {
            lines += paragraphs.flatMap { self.wrapped($0, at: indent + layout.signWidth + 4, width) }
        }
    }

    private func wrapped(_ text: String, at start: Int, _ width: Int) -> [String] {
        let text = TextFlow.wrapped(text, width: width, indent: start, from: start, breaksWords: true)
        return (blanks(start) + text).split(separator: "\n").map { String($0) }
    }

    /// A row as a block: its key in a line, the others under it.
    private func block(_ row: Row, _ signWidth: Int, _ width: Int, _ style: TextStyle) -> [String] {
        let start = indent + signWidth
        let sign = signWidth == 0 ? "" : TextWidth.padded(row.sign, to: signWidth)
        var lines = [blanks(indent) + sign]
        var used = start
        for (index, cell) in row.cells.prefix(leading).enumerated() {
            if index > 0 { lines[0] += "  " }
            let shown = TextWidth.middle(cell, to: max(1, width - used))
            lines[0] += painted(shown, index, row, style)
            used += TextWidth.columns(shown) + 2
        }
        while lines[0].hasSuffix(" ") { lines[0].removeLast() }
        let margin = start + 2
        let room = width - margin
        var parts: [String] = []
        for (index, cell) in row.cells.enumerated().dropFirst(leading) where !cell.isEmpty && columns[index].kind != .prose {
            let label = columns[index].label.isEmpty ? "" : columns[index].label + " "
            // Text that does not give way is broken below, with all its characters.
            let shown = columns[index].kind == .text ? cell : shortened(cell, columns[index].kind, to: room - label.count)
            parts.append(label + painted(shown, index, row, style))
        }
        for line in TextFlow.lines(of: parts, by: " · ", width: room) { lines += wrapped(line, at: margin, width) }
        if columns.last?.kind == .prose {
            for paragraph in row.cells.last!.split(separator: "\n") { lines += wrapped(String(paragraph), at: margin, width) }
        }
        guard row.painted == nil, let role = row.role else { return lines }
        return lines.map { style.paint($0, role) }
    }

    private func painted(_ text: String, _ index: Int, _ row: Row, _ style: TextStyle) -> String {
        row.painted == index ? row.role.map { style.paint(text, $0) } ?? text : text
    }

    private func shortened(_ cell: String, _ kind: Column.Kind, to width: Int) -> String {
        switch kind {
        case .text, .prose: cell
        case .name: TextWidth.middle(cell, to: width)
        case .id: TextWidth.columns(cell) <= width ? cell : TextWidth.middle(Quantities.shortID(cell), to: width)
        }
    }

    private func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}

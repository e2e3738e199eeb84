/// Whether a pattern fits the whole of a text: a star stands for any part of it. Goes back to the last star only, so the time is at most the
/// product of both lengths.
///
/// - Parameter one: what stands for any one element; `nil` where nothing does.
package func globFits<Element: Equatable>(_ pattern: [Element], _ text: [Element], star: Element, one: Element?) -> Bool {
    var (position, place) = (0, 0)
    var last: (place: Int, position: Int)?
    while position < text.count {
        if place < pattern.count, pattern[place] == star {
            last = (place, position)
            place += 1
        } else if place < pattern.count, pattern[place] == one || pattern[place] == text[position] {
            place += 1
            position += 1
        } else if let former = last {
            last = (former.place, former.position + 1)
            (place, position) = (former.place + 1, former.position + 1)
        } else {
            return false
        }
    }
    return pattern[place...].allSatisfy { $0 == star }
}

/// A pattern in which `*` stands for any text and `?` for one character.
public struct GlobPattern: Hashable, Sendable {
    /// As it was written.
    public let text: String
    private let pattern: [Character]

    /// Every text is a pattern.
    public init(_ text: String) {
        self.text = text
        pattern = Array(text)
    }

    /// Whether the whole text fits.
    public func matches(_ text: String) -> Bool { globFits(pattern, Array(text), star: "*", one: "?") }
}

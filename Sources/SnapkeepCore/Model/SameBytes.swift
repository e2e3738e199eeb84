extension String {
    /// Whether two texts are the same bytes, as servers compare them. `==` would also take `e` with an accent for the one character that
    /// looks the same.
    public func hasSameBytes(as other: String) -> Bool { self == other && utf8.elementsEqual(other.utf8) }
}

extension String? {
    /// The same where either may be missing.
    public func hasSameBytes(as other: String?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let left?, let right?): left.hasSameBytes(as: right)
        case (nil, _), (_, nil): false
        }
    }
}

/// A text that is equal to no other spelling of itself: as a key it stands for its bytes.
public struct ExactText: Hashable, Sendable {
    public let text: String

    /// A text, as it is spelled.
    public init(_ text: String) { self.text = text }

    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// Of the bytes, too: all spellings of a text have one hash of `String`'s, and a file could be made of nothing else.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

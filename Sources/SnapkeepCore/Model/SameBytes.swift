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

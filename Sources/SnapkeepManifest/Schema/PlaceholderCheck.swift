import SnapkeepCore

/// The braces in the name of a rotation's snapshots.
enum PlaceholderCheck {
    enum Problem {
        case unknown(String)
        /// A brace that nothing closes.
        case open
    }

    /// The first brace that does not hold what can be filled in.
    static func problem(in name: String) -> Problem? {
        var rest = name[...]
        while let open = rest.firstIndex(of: "{") {
            let inside = rest[rest.index(after: open)...]
            guard let close = inside.firstIndex(of: "}") else { return .open }
            let word = inside[..<close]
            if !SnapshotTemplate.placeholders.contains(String(word)) { return .unknown(String(word)) }
            rest = inside[inside.index(after: close)...]
        }
        return nil
    }
}

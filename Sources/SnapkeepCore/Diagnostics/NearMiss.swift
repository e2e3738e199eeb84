/// Finds what was probably meant by a mistyped word.
public enum NearMiss {
    /// The candidate at the smallest edit distance, at most 2 and less than half of the longer word; the first of equals.
    ///
    /// Of short names two slips are most of the name: 'ovh' is not a slip for 'otc'.
    public static func suggestion(for word: String, among candidates: [String]) -> String? {
        let typed = Array(word.lowercased().unicodeScalars)
        var best: (distance: Int, candidate: String)?
        for candidate in candidates {
            let wanted = Array(candidate.lowercased().unicodeScalars)
            // Cheap refusal first: a hostile file may hold very long keys.
            guard abs(typed.count - wanted.count) <= 2 else { continue }
            let distance = editDistance(typed, wanted)
            if distance <= 2, 2 * distance < max(typed.count, wanted.count), distance < best?.distance ?? .max {
                best = (distance, candidate)
            }
        }
        return best?.candidate
    }

    /// Insertions, deletions, substitutions and swaps of neighbours, each counted once.
    static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for i in 0..<left.count {
            var current = [i + 1]
            current.reserveCapacity(right.count + 1)
            for j in 0..<right.count {
                var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
                current.append(cost)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}

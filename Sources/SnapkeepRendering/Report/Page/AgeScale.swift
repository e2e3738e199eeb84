import Glibc
import SnapkeepCore

/// Where on a line an age stands: by its logarithm, for what a rotation keeps lies the closer together the younger it is. Seven days, four
/// weeks and twelve months then take about as much room each.
struct AgeScale: Hashable {
    /// Seconds.
    private let oldest: Double
    /// The age, in seconds, from which on the scale is close to logarithmic.
    private let bend: Double

    /// One mark on the scale, with its words.
    struct Tick: Hashable {
        var words: String
        /// From 0, the oldest, to 1, now.
        var position: Double
    }

    /// A scale up to an age.
    init(oldest age: Duration) {
        oldest = max(3600, Self.seconds(age))
        bend = oldest > 3 * 86_400 ? 86_400 : 3600
    }

    /// From 0, the oldest, to 1, now; what is older or still to come stands at the ends.
    func position(of age: Duration) -> Double {
        let seconds = min(max(0, Self.seconds(age)), oldest)
        return 1 - log2(1 + seconds / bend) / log2(1 + oldest / bend)
    }

    /// The round ages on the scale, youngest first, as many as have room.
    var ticks: [Tick] {
        var ticks: [Tick] = []
        for (words, seconds) in Self.roundAges where seconds < oldest {
            let place = position(of: .seconds(seconds))
            // The words of each take about so much of the narrowest line.
            if (ticks.last?.position ?? 1) - place >= 0.085, place >= 0.03 { ticks.append(Tick(words: words, position: place)) }
        }
        return ticks
    }

    private static let roundAges: [(String, Double)] = [
        ("1 h", 3600), ("6 h", 6 * 3600), ("1 d", 86_400), ("3 d", 3 * 86_400), ("1 w", 7 * 86_400), ("2 w", 14 * 86_400),
        ("1 mo", 30 * 86_400), ("3 mo", 91 * 86_400), ("1 y", 365 * 86_400), ("2 y", 730 * 86_400), ("5 y", 1826 * 86_400),
        ("10 y", 3652 * 86_400),
    ]

    private static func seconds(_ duration: Duration) -> Double { Double(duration.components.seconds) }
}

import Glibc

/// A generator whose whole sequence follows from its seed, on every machine (SplitMix64).
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True in so many of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { Int(next() % 100) < percent }
}

extension SeededRandom {
    /// The arguments of a property test: seeds in a row from `SNAPKEEP_TEST_SEED`, else from a number that is drawn and printed. A failure
    /// names its seed, and that one in the environment is the first of the next run.
    static func seeds(_ count: Int = 1) -> [UInt64] { (0..<UInt64(count)).map { first &+ $0 } }

    private static let first: UInt64 = {
        if let text = getenv("SNAPKEEP_TEST_SEED").map({ String(cString: $0) }) {
            guard let seed = UInt64(text) else { preconditionFailure("SNAPKEEP_TEST_SEED is no whole number: '\(text)'") }
            return seed
        }
        let seed = UInt64.random(in: 0..<1_000_000)
        print("SNAPKEEP_TEST_SEED=\(seed) \(#fileID.prefix { $0 != "/" })")
        return seed
    }()
}

/// The words of the machine-readable formats for why a snapshot is kept; people read them as well.
extension KeepReason {
    /// `daily 3`, `oldest weekly`, or a word.
    public var text: String {
        switch self {
        case .bucket(let bucket, let number): "\(bucket.rawValue) \(number)"
        case .oldest(let bucket): "oldest \(bucket.rawValue)"
        case .minGood: "min_good"
        case .held(let hold): hold.rawValue
        case .future: "future"
        case .unfinished: "unfinished"
        case .failed: "failed"
        case .ignored: "ignored"
        case .paused: "paused"
        case .clock: "clock"
        }
    }

    /// The reason of a text; `nil` for what is none.
    public init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, parts[0] == "oldest", let bucket = RetentionBucket(rawValue: parts[1]) {
            self = .oldest(bucket)
        } else if parts.count == 2, let bucket = RetentionBucket(rawValue: parts[0]), let number = Int(parts[1]), number > 0 {
            self = .bucket(bucket, number)
        } else if let hold = RetentionHold(rawValue: text) {
            self = .held(hold)
        } else if let word = [Self.minGood, .future, .unfinished, .failed, .ignored, .paused, .clock].first(where: { $0.text == text }) {
            self = word
        } else {
            return nil
        }
    }
}

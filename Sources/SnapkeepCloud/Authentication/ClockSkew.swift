import SnapkeepCore
import Synchronization

/// How far this machine's clock is from a service's, by the `Date` field of an answer, which counts whole seconds.
public struct ClockSkew: Hashable, Sendable {
    /// This machine's time less the service's: positive when this machine is ahead.
    public let offset: Duration

    /// `nil` when the answer tells no date.
    init?(_ answer: HTTPAnswer, now: Timestamp) {
        guard let text = answer.field("Date"), text.utf8.count < 64, let date = RetryAfter.httpDate(text[...]) else { return nil }
        offset = now.since(date)
    }

    /// How a clock stands.
    public enum Verdict: Hashable, Sendable {
        case fine
        /// More than a minute: times in reports are wrong by as much.
        case noticeable
        /// No signature made with it is accepted (CloudAPI#signatures).
        case tooFarForSignatures
    }

    /// What the difference means.
    public var verdict: Verdict {
        let distance = offset < .zero ? .zero - offset : offset
        return distance > RequestSigner.longestSkew ? .tooFarForSignatures : distance > .seconds(60) ? .noticeable : .fine
    }

    /// `this machine's clock is 16 min 40 s ahead of the service's`, to the second.
    public var words: String {
        let seconds = abs(offset.components.seconds)
        if seconds <= 1 { return "this machine's clock agrees with the service's" }
        let text = seconds < 60 ? "\(seconds) s" : seconds < 7200 ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds / 3600) h"
        return "this machine's clock is \(text) \(offset > .zero ? "ahead of" : "behind") the service's"
    }
}

extension Duration {
    /// `15 min`.
    var minutesText: String { "\(components.seconds / 60) min" }
}

/// What the last answer told of the service's clock; the copies of a client share it.
final class LastSkew: Sendable {
    private let held = Mutex<Duration?>(nil)

    /// This machine's time less the service's.
    var offset: Duration? { held.withLock { $0 } }

    func note(_ offset: Duration) { held.withLock { $0 = offset } }
}

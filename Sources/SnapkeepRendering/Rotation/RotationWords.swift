package import SnapkeepCore

/// The words for what rotations keep and let go, one place for all formats.
package enum RotationWords {
    /// `beyond daily 7; its week is kept by 2026-10-24`.
    ///
    /// - Parameter period: of the snapshot; of two of one period only one counts.
    static func words(_ reason: ExpiryReason, of period: PeriodKey?) -> String {
        switch reason {
        case .beyond(let surpassed):
            let beyond = surpassed.filter { $0.keeper == nil }.map { "\($0.bucket.rawValue) \($0.count)" }
            let instead = surpassed.compactMap { rule in
                rule.keeper.map { $0 == period ? "an older one of its period counts" : "its \(noun(rule.bucket)) is kept by \($0)" }
            }
            var told: Set<String> = []
            let parts = ((beyond.isEmpty ? [] : ["beyond " + beyond.joined(separator: ", ")]) + instead).filter { told.insert($0).inserted }
            return parts.isEmpty ? "no rule keeps it" : parts.joined(separator: "; ")
        case .tooOld(let age): return "older than \(Quantities.age(age))"
        case .failed: return "failed; its period is over or has a good one"
        case .begun: return "an earlier run began to delete it"
        }
    }

    /// `daily 3, weekly 1`, or why it stays although no rule keeps it.
    static func words(_ reasons: [KeepReason]) -> String {
        reasons.map { reason in
            switch reason {
            case .bucket, .oldest: reason.text
            case .minGood: "always kept (min_good)"
            case .held(.protected): "would expire; protected, kept"
            case .held(.inUse): "would expire; in use, kept"
            case .future: "its period is still to come"
            case .unfinished: "not finished"
            case .failed: "failed; kept until its period has a good one or is over"
            case .ignored: "not counted: lost, or without our stamp"
            case .paused: "would expire; the rotation is paused"
            case .clock: "would expire; not while the clock cannot be trusted"
            }
        }.joined(separator: ", ")
    }

    /// `daily 7, weekly 4; at least 1 good; the first of each; none older than 400 d`: what differs from the usual is said.
    static func words(_ rules: RetentionRules) -> String {
        var parts = [rules.counts.sorted { $0.key < $1.key }.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")]
        if rules.minGood != 1 { parts.append("min_good \(rules.minGood)") }
        if rules.prefer != .last { parts.append("prefer \(rules.prefer.rawValue)") }
        if let age = rules.maxAge { parts.append("max_age \(Quantities.age(age))") }
        return parts.joined(separator: "; ")
    }

    /// What an edit of a rotation means.
    static func words(_ edit: RotationEdit) -> String {
        let expires = edit.expires == 0 ? "expires nothing" : "expires \(edit.expires) more, bounded by --max-deletes"
        guard let former = edit.former else { return "new: keeps \(words(edit.rules)); \(expires)" }
        if former == edit.rules { return "keeps \(words(former)) as before, of another name or other volumes; \(expires)" }
        return "keep \(words(former)) → \(words(edit.rules)); \(expires)"
    }

    /// Why nothing expires.
    static func words(_ suspension: ExpirySuspension) -> String {
        switch suspension {
        case .clockWentBack(let lastRun):
            "Nothing expires: the clock stands before the last recorded run (\(Quantities.minute(lastRun)) UTC)."
        case .clockDiffers(let difference):
            "Nothing expires: this machine's clock is \(Quantities.duration(difference.magnitude)) "
                + "\(difference < .zero ? "behind" : "ahead of") the cloud's."
        }
    }

    /// `due since 02:00, may be begun until 08:00`; with the day where that is another one.
    static func words(due standing: RotationStanding) -> String {
        let (since, until) = (standing.dueSince, standing.deadline)
        let end = since.date == until.date ? until.minuteOfDay : day(until)
        return "due since \(day(since)), may be begun until \(end)"
    }

    /// `Sun 2026-10-25 02:00`.
    package static func day(_ time: ZonedTime) -> String {
        "\(time.weekday.word.capitalizedFirst) \(time.date) \(time.minuteOfDay)"
    }

    private static func noun(_ bucket: RetentionBucket) -> String {
        switch bucket {
        case .last: "period"
        case .hourly: "hour"
        case .daily: "day"
        case .weekly: "week"
        case .monthly: "month"
        case .yearly: "year"
        }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}

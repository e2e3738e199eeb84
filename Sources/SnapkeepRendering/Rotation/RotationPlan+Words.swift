import SnapkeepCore

extension RotationPlan {
    // 3 rotations on 12 volumes · as of Sun 2026-10-25 02:00 Europe/Berlin
    var titleWords: String {
        let rotations = Set(standings.map(\.rotation)).count
        let volumes = Set(standings.map(\.volume)).count
        let zones = Set(standings.map(\.zone))
        let zone = zones.count == 1 ? zones.first!.text : "UTC"
        return
            "\(Quantities.count(rotations, "rotation")) on \(Quantities.count(volumes, "volume")) · as of \(RotationWords.day(now)) \(zone)"
    }

    /// What the patterns pick, and as of when that is known.
    var matchWords: [String] {
        matches.map { match in
            let name = match.name.text
            guard let count = match.count, let asOf = match.asOf else {
                return "\(name) picks its volumes by a pattern: an apply, or a plan with --refresh, finds out which"
            }
            let when = asOf.instant == now.instant ? "now" : "as of \(RotationWords.day(asOf))"
            return "\(name) picks \(Quantities.count(count, "volume")) \(when)"
        }
    }

    /// What is left to another run; `nil` where there is nothing of the kind.
    var leftOutWords: String? {
        guard let leftOut, leftOut > 0 else { return nil }
        return "\(leftOut) due by the clock, left to another run."
    }

    /// How many snapshots stay.
    var keptCount: Int { standings.reduce(0) { $0 + $1.kept.count } }

    /// The first due time that is still to come; `nil` where all are paused.
    var nextDue: ZonedTime? {
        standings.filter { $0.demand != .paused }.map(\.nextDue).min { ($0.instant, $0.offset) < ($1.instant, $1.offset) }
    }

    /// Whether there is anything to tell beside the changes.
    var hasNews: Bool { !edits.isEmpty || suspension != nil || leftOutWords != nil || standings.contains(where: \.hasNews) }
}

extension RotationStanding {
    /// Whether it is told although nothing is done about it.
    var hasNews: Bool { demand == .missed || demand == .paused }
}

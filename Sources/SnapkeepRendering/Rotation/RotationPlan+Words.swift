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

    /// How many snapshots stay.
    var keptCount: Int { standings.reduce(0) { $0 + $1.kept.count } }

    /// The first due time that is still to come; `nil` where all are paused.
    var nextDue: ZonedTime? {
        standings.filter { $0.demand != .paused }.map(\.nextDue).min { ($0.instant, $0.offset) < ($1.instant, $1.offset) }
    }

    /// Whether there is anything to tell beside the changes.
    var hasNews: Bool { !edits.isEmpty || suspension != nil || standings.contains(where: \.hasNews) }
}

extension RotationStanding {
    /// Whether it is told although nothing is done about it.
    var hasNews: Bool { demand == .missed || demand == .paused }
}

extension Plan {
    /// What the clock brings, and what the manifest asks for: with an edit of a rotation goes what only the edit lets go.
    var parts: (byClock: [Change], byManifest: [Change]) {
        guard let rotations else { return ([], changes) }
        let names = Set(rotations.standings.map(\.rotation))
        var (byClock, byManifest): ([Change], [Change]) = ([], [])
        for change in changes {
            switch change {
            case .expire(_, let expiry) where expiry.isByEdit: byManifest.append(change)
            case .expire: byClock.append(change)
            case .create, .replace, .resume, .settle, .lost, .delete(_, .gone):
                let isOfRotation = names.own(change.key)
                if isOfRotation { byClock.append(change) } else { byManifest.append(change) }
            case .adopt, .update, .delete, .retain: byManifest.append(change)
            }
        }
        return (byClock, byManifest)
    }
}

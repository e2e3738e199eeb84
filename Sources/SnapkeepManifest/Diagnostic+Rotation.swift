import SnapkeepCore

// Every message about the fields of a rotation and of `limits`, in the order in which a reader meets them. Wording:
// Contributing#wording-of-findings.
extension Diagnostic {
    // MARK: Any field

    static func missingField(_ field: RotationField, of owner: String, at range: SourceRange) -> Diagnostic {
        let help =
            switch field {
            case .name: "add 'name: …': it stands in the key of each snapshot that the rotation makes"
            case .volumes: "add 'volumes: […]' with names that 'volumes' declares, or 'match:' to pick volumes by name and metadata"
            case .every: "add 'every: day', or hour, week or month"
            case .timezone: "add 'timezone: Europe/Berlin', or where else its days are counted; the machine's own zone is never taken"
            default: "add 'keep: {daily: 7, weekly: 4}', or what else shall stay"
            }
        return Diagnostic(
            .error, code: field == .name ? "missing-name" : "missing-field",
            field == .volumes ? "\(owner) has no volumes" : "\(owner) has no '\(field.rawValue)'", at: .range(range), help: help)
    }

    static func badNumber(
        _ field: String, found: Event, allowed: ClosedRange<Int>, isNumber: Bool, at range: SourceRange
    ) -> Diagnostic {
        let help =
            if !isNumber {
                "write digits alone, without a zero in front"
            } else if found.style != .plain {
                "write it without quotes"
            } else {
                found.string == "0" ? "write '\(allowed.lowerBound)' or more" : "write at most '\(allowed.upperBound)'"
            }
        return Diagnostic(
            .error, code: "bad-number",
            "'\(field)' must be a whole number from \(allowed.lowerBound) to \(allowed.upperBound), found \(found.words)",
            at: .range(range), help: help)
    }

    static func badDuration(_ field: String, hasUnit: Bool, found: Event, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-duration",
            hasUnit
                ? "'\(field)' must be a time such as 6h, found \(found.words)" : "'\(field)' needs a unit, found \(found.words)",
            at: .range(range),
            help: hasUnit
                ? "write weeks, days, hours and minutes without blanks: '90m', '1d12h' or '2w'"
                : "write '\(found.string)h' for hours or '\(found.string)d' for days")
    }

    static func zeroDuration(_ field: String, found: Event, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-duration", "'\(field)' must be longer than nothing, found \(found.words)", at: .range(range),
            help: "write a longer time, or leave the line out")
    }

    // MARK: Names

    static func badRotationName(_ field: String, _ text: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-rotation-name",
            "'\(field)' must be 1 to \(RotationName.maxLength) letters, digits, '.', '_' or '-' and begin with a letter or digit, "
                + "found \(text.quoted)",
            at: .range(range), help: "write a short name such as 'nightly'; it stands in the key of each snapshot")
    }

    static func rotationNameUsedTwice(_ name: String, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "duplicate-rotation", "rotation name \(name.quoted) is used twice: their snapshots would have the same keys",
            at: .range(range), notes: [.init("first used here", at: .range(first))],
            help: "rename one, or make one rotation of both")
    }

    static func keyOfRotation(_ key: String, rotation: String, declared: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "key-of-rotation", "the key \(key.quoted) belongs to rotation \(rotation.quoted)", at: .range(range),
            notes: [.init("the rotation stands here", at: .range(declared))],
            help: "remove the snapshot, which the rotation makes, or give it another 'key:'")
    }

    static func movedFromItself(_ name: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-move", "rotation \(name.quoted) is moved from itself", at: .range(range),
            help: "write the name that it had before, or remove 'moved:'")
    }

    static func movedFromDeclared(_ former: String, declared: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-move", "'moved' takes over from rotation \(former.quoted), which is still declared", at: .range(range),
            notes: [.init("it is declared here", at: .range(declared))], help: "remove that rotation, or 'moved:'")
    }

    static func movedTwice(_ former: String, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-move", "two rotations are moved from \(former.quoted)", at: .range(range),
            notes: [.init("the other stands here", at: .range(first))], help: "leave 'moved:' to the one that its snapshots shall go on as")
    }

    static func movedInCircle(_ names: [String], others: [SourceRange], at range: SourceRange) -> Diagnostic {
        let circle = (names.prefix(5) + [names.count > 5 ? "…" : names[0]]).map(\.quoted).joined(separator: " from ")
        return Diagnostic(
            .error, code: "bad-move", "rotations are moved in a circle: \(circle)",
            at: .range(range), notes: others.prefix(4).map { .init("and from here", at: .range($0)) },
            help: "rename one to a new name in a first apply, and to its last name in a second")
    }

    // MARK: Volumes

    static func volumesAndMatch(
        _ field: String, in owner: String, first: String, firstAt: SourceRange, at range: SourceRange
    ) -> Diagnostic {
        Diagnostic(
            .error, code: "two-volumes", "'\(field)' and '\(first)' both say which volumes \(owner) is about", at: .range(range),
            notes: [.init("the other stands here", at: .range(firstAt))], help: "remove one of the two, or make two rotations")
    }

    static func noVolumes(of owner: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "no-volumes", "\(owner) lists no volumes", at: .range(range),
            help: "list at least one, or remove the rotation; 'paused: true' only stops it")
    }

    static func emptyMatch(of owner: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "empty-match", "'match' of \(owner) has neither 'name' nor 'metadata'", at: .range(range),
            help: "write 'match: {name: \"*\"}' if all volumes are meant")
    }

    static func volumeTwice(_ text: String, in owner: String, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "volume-twice", "\(owner) lists volume \(text.quoted) twice", at: .range(range),
            notes: [.init("it stands here first", at: .range(first))], help: "remove one of the two; two names of one volume are one volume"
        )
    }

    static func unknownRotationVolume(_ text: String, suggestion: String?, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "unknown-volume", "volume \(text.quoted) is not declared", at: .range(range),
            help: suggestion.map { "did you mean '\($0)'?" } ?? "declare it under 'volumes:', or write the volume's id")
    }

    // MARK: Schedule

    static func badEvery(found: Event, at range: SourceRange) -> Diagnostic {
        let nearest =
            switch found.string.lowercased() {
            case "hourly", "hours", "1h", "60m": "hour"
            case "daily", "days", "1d", "24h": "day"
            case "weekly", "weeks", "1w", "7d": "week"
            case "monthly", "months": "month"
            case let word: NearMiss.suggestion(for: word, among: PeriodUnit.allCases.map(\.rawValue))
            }
        return Diagnostic(
            .error, code: "bad-every", "'every' must be hour, day, week or month, found \(found.words)", at: .range(range),
            help: nearest.map { "did you mean '\($0)'?" }
                ?? "write one of them; for other times make several rotations, or run a shorter one that keeps less")
    }

    static func badDueTime(every unit: PeriodUnit, found: String, at range: SourceRange) -> Diagnostic {
        let (rule, help) =
            switch unit {
            case .hour: ("a minute from 0 to 59", "write 'at: \":15\"' for a quarter past each hour")
            case .day: ("a time from 00:00 to 23:59", "write 'at: \"02:00\"'")
            case .week: ("a day and a time", "write 'at: \"sun 02:00\"' with one of mon, tue, wed, thu, fri, sat, sun")
            case .month: ("a day from 1 to 31 and a time", "write 'at: \"1 02:00\"'; 31 is the last day in shorter months, too")
            }
        return Diagnostic(
            .error, code: "bad-due-time", "with 'every: \(unit.rawValue)', 'at' must be \(rule), found \(found)", at: .range(range),
            help: help)
    }

    static func badZoneName(_ text: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-timezone", "'timezone' must be a name of the IANA database such as Europe/Berlin, found \(text.quoted)",
            at: .range(range), help: "write 'UTC' or a region and a city; offsets do not know daylight saving")
    }

    static func startWithinTooLong(
        _ duration: Duration, longest: Duration, every unit: PeriodUnit, at range: SourceRange
    ) -> Diagnostic {
        Diagnostic(
            .error, code: "start-within-too-long",
            "'start_within' is \(DurationText.written(duration)), but with 'every: \(unit.rawValue)' the next one may be due after "
                + "\(DurationText.written(longest))",
            at: .range(range),
            help: "write at most '\(DurationText.written(longest))', or leave the line out for half a \(unit.rawValue)")
    }

    // MARK: What is kept

    static func keepsNothing(_ owner: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "keeps-nothing", "'keep' of \(owner) keeps nothing", at: .range(range),
            help: "write a count over 0, such as '{daily: 7}'; to end a rotation remove it, its snapshots stay until '--prune'")
    }

    static func badPrefer(found: Event, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-prefer", "'prefer' must be last or first, found \(found.words)", at: .range(range),
            help: "write 'prefer: first' to keep the first of each day, week and so on, or leave the line out for the last")
    }

    // MARK: Names of snapshots

    static func badPlaceholder(_ problem: PlaceholderCheck.Problem, at range: SourceRange) -> Diagnostic {
        let known = SnapshotTemplate.placeholders
        switch problem {
        case .unknown(let word):
            return Diagnostic(
                .error, code: "unknown-placeholder", "unknown placeholder \("{\(word)}".quoted) in 'name'", at: .range(range),
                help: NearMiss.suggestion(for: word, among: known).map { "did you mean '{\($0)}'?" }
                    ?? "the placeholders known here are \(known.map { "{\($0)}" }.joined(separator: ", "))")
        case .open:
            return Diagnostic(
                .error, code: "unknown-placeholder", "'name' has a '{' that no '}' closes", at: .range(range),
                help: "close it; the placeholders known here are \(known.map { "{\($0)}" }.joined(separator: ", "))")
        }
    }

    static func nameWithoutPeriod(_ name: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .warning, code: "name-without-period", "all snapshots of a volume would be named \(name.quoted)", at: .range(range),
            help: "put '{period}' into the name; the cloud takes equal names, but nobody can tell them apart")
    }

    static func descriptionWithPlaceholder(at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .warning, code: "placeholder-not-filled", "'description' is taken as it is written: placeholders are filled in the name only",
            at: .range(range), help: "remove the braces, or put the placeholder into the name")
    }

    static func longFilledName(_ name: String, count: Int, advised: Int, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .warning, code: "long-text", "the name has \(count) characters as in \(name.quoted); some clouds take at most \(advised)",
            at: .range(range), help: "shorten it, or leave it if your cloud is known to take it")
    }

    static func rotationKeyTooLong(_ key: RotationKey, limit: Int, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "text-too-long",
            "the key \(key.text.quoted) is \(key.text.utf8.count) bytes long, over the limit of \(limit)", at: .range(range),
            help: "give the volume a shorter name under 'volumes:'")
    }

    static func emptyMoved(at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "empty-moved", "'moved' does not say from where", at: .range(range), help: "write 'moved: {from: old-name}'")
    }

    // MARK: Limits

    static func manySnapshots(of volume: VolumeReference, count: Int, limit: SnapshotLimit, at range: SourceRange) -> Diagnostic {
        let name =
            switch volume {
            case .id(let id): id.text
            case .alias(let alias, _), .named(let alias, _): alias
            }
        return overLimit(
            "\(count) snapshots of volume \(name.quoted)", limit, at: range, remedy: "remove what is not needed any more",
            otherwise: "; clouds without that limit take them all")
    }

    static func crowded(_ crowding: Crowding, limit: SnapshotLimit, at range: SourceRange) -> Diagnostic {
        let volume =
            switch crowding.volume {
            case .label(let label): "volume \(label.quoted)"
            case .matching: "each volume that matches"
            }
        let further = crowding.otherVolumes == 0 ? "" : ", and too many of \(crowding.otherVolumes) more"
        var parts = ["\(crowding.peak) of rotation \(crowding.rotation.quoted)"]
        switch crowding.otherRotations {
        case 0: break
        case 1: parts.append("\(crowding.otherPeaks) of another rotation")
        default: parts.append("\(crowding.otherPeaks) of \(crowding.otherRotations) other rotations")
        }
        if crowding.declared > 0 { parts.append("\(crowding.declared) declared") }
        return overLimit(
            "up to \(crowding.total) snapshots of \(volume)\(further) (\(parts.joined(separator: ", ")), and a new one before old ones go)",
            limit, at: range, remedy: "keep \(crowding.total - limit.count) fewer",
            otherwise: ", or say what the cloud allows: 'limits: {snapshots_per_volume: 256}'")
    }

    /// - Parameter otherwise: what is said where the manifest gives no limit.
    private static func overLimit(
        _ what: String, _ limit: SnapshotLimit, at range: SourceRange, remedy: String, otherwise: String
    ) -> Diagnostic {
        switch limit {
        case .given(let count, let place):
            Diagnostic(
                .error, code: "over-limit", "\(what), over the limit of \(count)", at: .range(range),
                notes: [.init("the limit stands here", at: .range(place))],
                help: "\(remedy), or raise 'snapshots_per_volume' if the cloud allows more")
        case .advised(let count):
            Diagnostic(
                .warning, code: "many-snapshots", "\(what); some clouds take at most \(count) per volume", at: .range(range),
                help: "\(remedy)\(otherwise)")
        }
    }
}

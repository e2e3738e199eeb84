import SnapkeepCore

enum RotationField: String, FieldSet {
    case name, volumes, match, every, at, timezone, start_within, keep, min_good, prefer, max_age, paused, snapshot, moved

    /// What a key that is no field was probably meant to be.
    static func suggestion(for key: String) -> Self? {
        switch key.lowercased() {
        // As others call it.
        case "schedule", "interval", "frequency", "cron", "period": .every
        case "retention", "prune": .keep
        case "tz", "zone": .timezone
        default: nearest(to: key)
        }
    }
}

extension RetentionBucket: FieldSet {
    /// What a key that is no count was probably meant to be.
    static func suggestion(for key: String) -> Self? {
        switch key.lowercased() {
        case "hour", "hours": .hourly
        case "day", "days": .daily
        case "week", "weeks": .weekly
        case "month", "months": .monthly
        case "year", "years": .yearly
        default: nearest(to: key)
        }
    }
}

enum MatchField: String, FieldSet {
    case name, metadata
}

/// The fields of a rotation's `snapshot:`.
enum TemplateField: String, FieldSet {
    case name, description, force, metadata, timeout
}

enum MovedField: String, FieldSet {
    case from
}

enum LimitsField: String, FieldSet {
    case snapshots_per_volume
}

import SnapkeepCore

// What is kept of a rotation's snapshots.
extension ManifestDecoder {
    mutating func readKeep(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard value.kind == .mappingStart else {
            rotation.isBad = true
            return try refuse(value, "'keep' takes a mapping of counts such as {daily: 7, weekly: 4}")
        }
        var counts: [RetentionBucket: Int] = [:]
        var isBad = false
        var fields = FieldWalk<RetentionBucket>()
        while let bucket = try nextField(&fields, in: "'keep'", suggestion: RetentionBucket.suggestion) {
            let count = try number(events.next(), of: bucket.rawValue, in: 0...RetentionRules.largestCount)
            if let count, count > 0 { counts[bucket] = count }
            if count == nil { isBad = true }
        }
        if isBad || fields.isBad {
            rotation.isBad = true
        } else if counts.isEmpty {
            events.findings.error(.keepsNothing(rotation.title, at: rotation.places.range(of: .keep)))
            rotation.isBad = true
        }
        rotation.rules.counts = counts
    }

    mutating func readMinGood(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard let count = try number(value, of: "min_good", in: 1...RetentionRules.largestCount) else { return rotation.isBad = true }
        rotation.rules.minGood = count
    }

    mutating func readPrefer(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard let text = try fullText(value, of: "prefer", expected: "last or first") else { return rotation.isBad = true }
        guard let choice = BucketChoice(rawValue: text.string) else {
            events.findings.error(.badPrefer(found: text, at: range(text.place)))
            return rotation.isBad = true
        }
        rotation.rules.prefer = choice
    }

    mutating func readMaxAge(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        rotation.rules.maxAge = try duration(value, of: "max_age")
        if rotation.rules.maxAge == nil { rotation.isBad = true }
    }

    /// `limits:`, what the cloud allows.
    mutating func readLimits(_ event: Event) throws(Stop) {
        if event.isNull { return }
        guard event.kind == .mappingStart else {
            return try refuse(event, "'limits' takes a mapping such as {snapshots_per_volume: 256}")
        }
        var fields = FieldWalk<LimitsField>()
        while let field = try nextField(&fields, in: "'limits'") {
            let value = try events.next()
            let place = range(value.place)
            guard let count = try number(value, of: field.rawValue, in: 1...RetentionRules.largestCount) else { continue }
            keep(count, as: field.rawValue, \.snapshotsPerVolume, at: place)
        }
    }
}

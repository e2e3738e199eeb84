import SnapkeepCore

// When a rotation makes its snapshots.
extension ManifestDecoder {
    mutating func readEvery(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard let text = try fullText(value, of: "every", expected: "hour, day, week or month") else { return rotation.isBad = true }
        rotation.places.every = text.place
        rotation.unit = PeriodUnit(rawValue: text.string)
        if rotation.unit == nil {
            events.findings.error(.badEvery(found: text, at: range(text.place)))
            rotation.isBad = true
        }
    }

    mutating func readAt(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard let text = try fullText(value, of: "at", expected: "a time such as \"02:00\"") else { return rotation.isBad = true }
        rotation.places.at = text.place
        rotation.at = (text.string, text.words)
    }

    /// Whether the zone exists only the machine's data can say.
    mutating func readTimezone(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard let text = try fullText(value, of: "timezone", expected: "the name of a time zone") else { return rotation.isBad = true }
        rotation.places.timezone = text.place
        rotation.zone = ZoneName(text.string)
        if rotation.zone == nil {
            events.findings.error(.badZoneName(text.string, at: range(text.place)))
            rotation.isBad = true
        }
    }

    mutating func readStartWithin(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        rotation.places.startWithin = value.place
        rotation.startWithin = try duration(value, of: "start_within")
        if rotation.startWithin == nil { rotation.isBad = true }
    }

    /// A length of time over zero; anything else is reported and passed over.
    mutating func duration(_ value: Event, of field: String) throws(Stop) -> Duration? {
        guard let text = try fullText(value, of: field, expected: "a time such as 6h") else { return nil }
        let place = range(text.place)
        do throws(DurationText.Problem) {
            let duration = try DurationText.read(text.string, finest: .seconds, coarsest: .weeks)
            if duration > .zero { return duration }
            events.findings.error(.zeroDuration(field, found: text, at: place))
        } catch {
            events.findings.error(.badDuration(field, hasUnit: error != .noUnit, found: text, at: place))
        }
        return nil
    }

    /// What depends on the period, which may stand below.
    mutating func finishSchedule(_ rotation: inout RotationDraft) {
        guard let unit = rotation.unit else { return }
        if let at = rotation.at {
            rotation.due = DueTimeText.read(at.text, unit: unit)
            if rotation.due == nil {
                events.findings.error(.badDueTime(every: unit, found: at.words, at: rotation.places.range(of: .at)))
                rotation.isBad = true
            }
        } else {
            rotation.due = DueTimeText.start(of: unit)
        }
        let longest = RotationSchedule.shortestPeriod(unit)
        if let startWithin = rotation.startWithin, startWithin > longest {
            events.findings.error(
                .startWithinTooLong(startWithin, longest: longest, every: unit, at: rotation.places.range(of: .startWithin)))
            rotation.isBad = true
        }
    }
}

import SnapkeepCore

/// Where a walk through one mapping of known fields stands: what it has met, and where.
struct FieldWalk<Field: FieldSet> {
    fileprivate var walk = MappingWalk()
    /// Where the key of each field stands, by the field's index.
    fileprivate var places = [Place](repeating: .none, count: Field.allCases.count)
    /// The fields that unknown keys were probably meant to be: one mistake, not also a missing field.
    fileprivate var meant: [Field] = []
    fileprivate(set) var firstPlace = Place.none
    /// Whether a key was unknown, or stood twice.
    fileprivate(set) var isBad = false

    var isMerging: Bool { walk.isMerging }

    /// Where the key of a field stands; `none` until it was met.
    func place(of field: Field) -> Place { places[field.index] }

    func has(_ field: Field) -> Bool { !place(of: field).isNone }

    /// Whether the field was met, or probably meant.
    func hasOrMeant(_ field: Field) -> Bool { has(field) || meant.contains(field) }
}

extension ManifestDecoder {
    /// The next field of a mapping whose start was read, or `nil` after its last; the field's value comes next. Keys that are no field, and
    /// those that stand twice, are reported and passed over.
    mutating func nextField<Field>(
        _ fields: inout FieldWalk<Field>, in owner: @autoclosure () -> String, suggestion: (String) -> Field? = Field.nearest
    ) throws(Stop) -> Field? {
        while let key = try events.nextKey(&fields.walk) {
            let place = key.place
            if let field = Field(key), fields.places[field.index].isNone {
                fields.places[field.index] = place
                if fields.firstPlace.isNone { fields.firstPlace = place }
                return field
            } else if let field = Field(key) {
                // A merge brings what the mapping has itself, and the first counts.
                if !fields.isMerging {
                    events.findings.error(.duplicateKey(field.rawValue, first: range(fields.place(of: field)), at: range(place)))
                    fields.isBad = true
                }
            } else {
                let nearest = suggestion(key.string)
                if let nearest { fields.meant.append(nearest) }
                events.findings.error(
                    .unknownKey(key.string, in: owner(), nearest: nearest?.rawValue, known: Field.names, at: range(place)))
                fields.isBad = true
            }
            try events.skip(events.next())
        }
        return nil
    }

    /// The text of a field that must have one; anything else is reported and passed over.
    mutating func fullText(_ value: Event, of field: String, expected: @autoclosure () -> String) throws(Stop) -> Event? {
        guard let text = try scalar(value, of: field, expected: expected()), !isMissing(text, field) else { return nil }
        return text
    }

    /// A whole number of a range; anything else is reported and passed over.
    mutating func number(_ value: Event, of field: String, in allowed: ClosedRange<Int>) throws(Stop) -> Int? {
        guard let text = try fullText(value, of: field, expected: "a whole number") else { return nil }
        // A zero in front means eight to some readers of YAML and nothing to others.
        let isDigits = text.text.allSatisfy { (0x30...0x39).contains($0) } && (text.text.count == 1 || text.text[0] != 0x30)
        if text.style == .plain, isDigits, let number = Int(text.string), allowed.contains(number) { return number }
        events.findings.error(.badNumber(field, found: text, allowed: allowed, isNumber: isDigits, at: range(text.place)))
        return nil
    }
}

extension JSONReader {
    /// Takes a volume's id.
    public mutating func volumeID() throws(JSONProblem) -> VolumeID {
        let text = try text()
        return try checked(VolumeID(text.makeString()), text, "the id of a volume, a UUID")
    }

    /// Takes a snapshot's id.
    public mutating func snapshotID() throws(JSONProblem) -> SnapshotID {
        let text = try text()
        return try checked(SnapshotID(text.makeString()), text, "the id of a snapshot")
    }

    /// Takes the id of an attempt.
    public mutating func attemptID() throws(JSONProblem) -> AttemptID {
        let text = try text()
        return try checked(AttemptID(text.makeString()), text, "the id of an attempt, a UUID")
    }

    /// Takes the id of a run.
    public mutating func runID() throws(JSONProblem) -> RunID {
        let text = try text()
        return try checked(RunID(text.makeString()), text, "the id of a run, a UUID")
    }

    /// Takes the id of a boot.
    public mutating func bootID() throws(JSONProblem) -> BootID {
        let text = try text()
        return try checked(BootID(text.makeString()), text, "the id of a boot")
    }

    /// Takes a lineage.
    public mutating func lineage() throws(JSONProblem) -> Lineage {
        let text = try text()
        return try checked(Lineage(text.makeString()), text, "a lineage, a UUID")
    }

    /// Takes the id of a plan.
    public mutating func planID() throws(JSONProblem) -> PlanID {
        let text = try text()
        return try checked(PlanID(text.makeString()), text, "the id of a plan, 64 hexadecimal digits")
    }

    /// Takes the id of a project.
    public mutating func projectID() throws(JSONProblem) -> ProjectID {
        let text = try text()
        return try checked(ProjectID(text.makeString()), text, "the id of a project")
    }

    /// Takes a snapshot's key.
    public mutating func snapshotKey() throws(JSONProblem) -> SnapshotKey {
        let text = try text()
        let string = try text.makeString()
        return try checked(try? SnapshotKey(string), text, "a key of 1 to 255 bytes without outer blanks")
    }

    /// Takes an instant.
    public mutating func timestamp() throws(JSONProblem) -> Timestamp {
        let text = try text()
        let timestamp = text.isASCII && !text.hasEscapes ? Timestamp(utf8: text.raw) : Timestamp(try text.makeString())
        return try checked(timestamp, text, "a time such as 2026-11-23T09:12:00.081642Z")
    }

    /// Takes a status, as the cloud words it.
    public mutating func status() throws(JSONProblem) -> SnapshotStatus {
        let text = try text()
        // Nearly all of them: spared the change of case.
        if text.isEqual(to: "available") { return .available }
        return SnapshotStatus(try text.makeString())
    }

    /// Takes a map of texts, sorted by key.
    public mutating func metadata() throws(JSONProblem) -> Metadata {
        try beginObject()
        var entries: [Metadata.Entry] = []
        while let key = try nextKey() {
            let name = try key.makeString()
            if let last = entries.last, last.key >= name {
                let rule = last.key == name ? "the key '\(name)' comes twice" : "metadata keys are sorted, '\(name)' comes too late"
                throw JSONProblem(.value, at: key.offset - 1, rule)
            }
            entries.append(Metadata.Entry(key: name, value: try string()))
        }
        return entries.isEmpty ? Metadata() : Metadata(entries)
    }

    /// Takes a whole number that is not negative, up to 2^53: larger ones are not exact for other readers of JSON, and counting on from the
    /// largest `Int` would trap.
    public mutating func count() throws(JSONProblem) -> Int {
        skipBlanks()
        let start = offset
        let value = try int()
        if value > 1 << 53 { throw JSONProblem(.value, at: start, "expected a number of at most 9007199254740992") }
        if value < 0 { throw JSONProblem(.value, at: start, "expected a number that is not negative") }
        return value
    }

    /// Takes one word of a closed list.
    public mutating func word<Word: RawRepresentable>(_: Word.Type = Word.self, _ what: String) throws(JSONProblem) -> Word
    where Word.RawValue == String {
        let text = try text()
        let string = try text.makeString()
        return try checked(Word(rawValue: string), text, what)
    }

    private func checked<Value>(_ value: Value?, _ text: JSONKey, _ expected: String) throws(JSONProblem) -> Value {
        guard let value else { throw JSONProblem(.value, at: text.offset - 1, "expected \(expected)") }
        return value
    }
}

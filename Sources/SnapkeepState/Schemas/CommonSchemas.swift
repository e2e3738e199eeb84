package import SnapkeepCore

/// The parts that several published schemas share: identities, instants, findings.
package enum CommonSchemas {
    /// The key of a snapshot.
    package static let key = JSONSchema.shared(keyPart)

    /// The cloud's id of a snapshot.
    package static let snapshotID = JSONSchema.shared(
        .init("snapshot_id", .text("The cloud's id of a snapshot, mostly a UUID.", pattern: "^[A-Za-z0-9_.-]{1,255}$")))

    /// The cloud's id of a volume.
    package static let volumeID = JSONSchema.shared(.init("volume_id", .text("The cloud's id of a volume.", pattern: uuid)))

    /// An instant in UTC.
    package static func instant(_ description: String) -> JSONSchema { .shared(utc, description) }

    /// An instant with the offset that clocks have there.
    package static func localTime(_ description: String) -> JSONSchema { .shared(local, description) }

    /// A period of a rotation.
    package static func period(_ description: String) -> JSONSchema { .shared(calendar, description) }

    /// Why a rotation keeps a snapshot.
    package static let reasons = JSONSchema.list(
        "Why it is kept, the finest rule first: each rule that counts it with its number from the newest, or another reason.",
        of: .shared(keepReason))

    /// What was found, of any severity.
    package static let diagnostics = JSONSchema.list("What was found: errors, warnings, notes.", of: .shared(finding))

    /// What the program ends with.
    package static let exitCode = JSONSchema.number("What the program ends with, as the table of exit codes tells.")

    /// The form of a UUID in lower case.
    package static let uuid = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    /// The form of a SHA-256.
    static let digest = "^[0-9a-f]{64}$"

    private static let utc = JSONSchema.Shared(
        "instant",
        .text("An instant in UTC, in microseconds.", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"))
    private static let local = JSONSchema.Shared(
        "local_time",
        .text(
            "An instant as clocks there show it, with their offset.",
            pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}$"))
    private static let calendar = JSONSchema.Shared(
        "period",
        .text(
            "A period by the calendar: an hour in UTC, a day, a week, or a month.",
            pattern: "^[0-9]{4}-([0-9]{2}(-[0-9]{2}(T[0-9]{2}Z)?)?|W[0-9]{2})$"))
    private static let keepReason: JSONSchema.Shared = {
        let buckets = RetentionBucket.allCases.map(\.rawValue).joined(separator: "|")
        let words = "min_good|protected|in_use|future|unfinished|failed|ignored|paused|clock"
        return JSONSchema.Shared(
            "keep_reason", .text("Why a snapshot is kept.", pattern: "^((\(buckets)) [1-9][0-9]*|oldest (\(buckets))|\(words))$"))
    }()

    /// The shape that findings have everywhere, as `PlacedDiagnostic.write` writes it.
    static let finding = JSONSchema.Shared(
        "finding",
        .object(
            "One finding: what, where, and what to do.", of: DiagnosticField.self,
            optional: [.key, .file, .line, .column, .endLine, .endColumn, .place, .notes, .help], findingMember
        ).needing(placeDependencies))

    /// A finding's members without a list around them, for what has more members.
    package static let findingMembers: [(name: String, schema: JSONSchema)] = DiagnosticField.allCases.map {
        ($0.rawValue, findingMember($0))
    }

    private static let placeDependencies: KeyValuePairs<String, [String]> = [
        "file": ["line", "column"], "line": ["file"], "column": ["file"], "end_line": ["file", "end_column"], "end_column": ["end_line"],
    ]

    private static func findingMember(_ field: DiagnosticField) -> JSONSchema {
        switch field {
        case .severity: .word("How bad it is.", Diagnostic.Severity.self)
        case .code: .text("A word that stays when the wording changes.", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$")
        case .message: .text("What is wrong, in one clause.")
        case .key: .shared(keyPart, "The snapshot that it is about, where one cause can meet many.")
        case .file: .text("The file that it is about, as it was named; <stdin> for standard input.")
        case .line: .number("The line, from 1.", from: 1)
        case .column: .number("The character in the line, from 1.", from: 1)
        case .endLine: .number("The line of the place after the last character.", from: 1)
        case .endColumn: .number("The character of the place after the last one.", from: 1)
        case .place: .text("What it is about, if that is no line of a file: a path, a request, an option.")
        case .notes:
            .list(
                "Other places that explain it.",
                of: .object(
                    "A place that explains a finding.", of: DiagnosticField.self,
                    optional: [.file, .line, .column, .endLine, .endColumn, .place], without: [.severity, .code, .key, .notes, .help],
                    findingMember
                ).needing(placeDependencies))
        case .help: .text("One thing to do.")
        }
    }

    private static let keyPart = JSONSchema.Shared(
        "key", .text("The identity of a snapshot in its manifest; of a rotation's, ROTATION/VOLUME@PERIOD."))
}

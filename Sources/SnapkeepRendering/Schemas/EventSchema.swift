import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// The schema of a line of `apply --json` (`JSONProgress`).
enum EventSchema {
    /// One line: each event has members of its own.
    static let line = JSONSchema.one(of: Event.allCases.map(schema), "One event of an apply.")

    private enum Event: String, CaseIterable {
        case planned, began, settled, started, accepted, progressed, finished
        case timedOut = "timed_out"
        case failed, throttled
        case lookingUp = "looking_up"
        case lookFailed = "look_failed"
        case duplicateFound = "duplicate_found"
        case stopping, error, warning, note, report, ended
    }

    private typealias Members = [(name: String, schema: JSONSchema)]

    private static func schema(of event: Event) -> JSONSchema {
        switch event {
        case .planned: line(event, "The plan, in numbers.", planned, optional: ["expire"])
        case .began: line(event, "The changes are begun.", [("changes", .number("How many there are."))])
        case .settled:
            line(
                event, "A creation of an earlier run was looked up.",
                [
                    key, ("attempt", .text("The random id of the decision to make it.", pattern: CommonSchemas.uuid)),
                    ("outcome", .word("What came of it.", ["found", "not_created", "unknown"])), id, fault,
                ], optional: ["id", "fault"])
        case .started: line(event, "A change is begun.", [key, activity])
        case .accepted: line(event, "The cloud has taken a creation, and given an id.", [key, id])
        case .progressed:
            line(
                event, "How far a snapshot is.", [key, status, ("percent", .number("How much of it is done, where the cloud tells."))],
                optional: ["percent"])
        case .finished: line(event, "A change is done.", [key, activity, id, size, took], optional: ["id", "size"])
        case .timedOut:
            line(event, "Nothing has failed; the next apply goes on waiting.", timedOutMembers)
        case .failed: line(event, "A change has failed.", failureMembers, optional: failureOptional)
        case .throttled:
            line(
                event, "The cloud asks for fewer requests.",
                [
                    ("wait_ms", .number("How long nothing is sent, in milliseconds.")),
                    ("parallelism", .number("How many requests are sent at once then.")),
                ])
        case .lookingUp: line(event, "An answer was lost: whether the cloud has acted is looked up.", [key, fault])
        case .lookFailed: line(event, "The look for what others have made did not succeed.", [fault])
        case .duplicateFound: line(event, "A second snapshot of a key was found; it is left alone.", [key, id])
        case .stopping:
            line(
                event, "The run was interrupted: what is under way is ended.", [("in_flight", .number("How many requests are under way."))])
        case .error, .warning, .note:
            line(
                event, "A finding.",
                CommonSchemas.findingMembers.map { $0.name == "severity" ? ("severity", .always(event.rawValue, "How bad it is.")) : $0 },
                optional: ["key", "file", "line", "column", "end_line", "end_column", "place", "notes", "help"])
        case .report:
            line(event, "The last line of a run that came to its changes, or had nothing to do.", report, optional: reportOptional)
        case .ended: line(event, "The last line of a run that came to no report.", [("exit_code", CommonSchemas.exitCode)])
        }
    }

    private static func line(_ event: Event, _ description: String, _ members: Members, optional: Set<String> = []) -> JSONSchema {
        .object(
            description, optional: optional,
            [
                ("format", .always(JSONProgress.format, "What the line is.")),
                ("version", .always(JSONProgress.version, "The version of the format.")),
                ("event", .always(event.rawValue, "What has happened.")), ("at", CommonSchemas.instant("When.")),
            ] + members)
    }

    private static let key = (name: "key", schema: CommonSchemas.key)
    private static let id = (name: "id", schema: CommonSchemas.snapshotID)
    private static let status = (name: "status", schema: JSONSchema.text("The cloud's word for how the snapshot stands."))
    private static let size = (name: "size", schema: JSONSchema.number("The size of its volume in GiB.", from: nil))
    private static let took = (name: "took_ms", schema: JSONSchema.number("How long it took, in milliseconds."))
    private static let activity = (name: "activity", schema: JSONSchema.word("What is done.", Activity.self))
    private static let fault = (name: "fault", schema: JSONSchema.shared(faultPart))

    private static let planned: Members =
        SummaryField.allCases.map { ($0.rawValue, .number("How many: \($0.rawValue).")) } + [
            ("unchanged", .number("How many need nothing."))
        ]

    private static let timedOutMembers: Members = [
        key, activity, id, status, ("waited_ms", .number("How long it was waited for, in milliseconds.")),
    ]

    private static let failureMembers: Members = [
        key, activity, ("cause", .word("Why.", CauseWord.self)), fault, id, status,
        ("guard", .shared(.init("guard", .text("The id of the snapshot that had to be good first, and is not.")))),
        ("obstacle", .text("Why it cannot be adopted.")), ("volume_name", .text("The name that not exactly one volume bears.")),
        ("matches", .list("The volumes that bear it.", of: CommonSchemas.volumeID)),
        ("path", .text("The file that could not be written.")), ("message", .text("What was the matter.")),
    ]
    private static let failureOptional: Set<String> = [
        "fault", "id", "status", "guard", "obstacle", "volume_name", "matches", "path", "message",
    ]

    private static let faultPart = JSONSchema.Shared(
        "fault",
        .object(
            "What the cloud answered, or why no answer came.", optional: ["refusal", "status", "code", "request_id", "retry_after_ms"],
            [
                ("kind", .word("What it means for going on.", FaultWord.self)), ("refusal", .word("What was refused.", RefusalWord.self)),
                ("request", .text("The request: its method and path.")), ("status", .number("The HTTP status of the answer.")),
                ("code", .text("The cloud's own code.")), ("message", .text("The cloud's own message.")),
                ("request_id", .text("By what the cloud's operators find the request.")),
                ("retry_after_ms", .number("How long to wait, as the cloud says, in milliseconds.")),
            ]))

    private static let found = JSONSchema.object("A snapshot.", [key, id])

    private static let report: Members =
        [
            ("exit_code", CommonSchemas.exitCode), took, ("serial", .number("The serial of the state after the run.")),
            ("stop", .word("Why the run ended before its end.", StopWord.self)),
        ]
        + [
            "created", "adopted", "updated", "replaced", "awaited", "deleted", "expired", "not_started", "still_creating", "still_deleting",
        ].map { ($0, .list("Those that were: \($0.replacing("_", with: " ")).", of: CommonSchemas.key)) }
        + [
            ("timed_out", .list("Waits whose time ran out.", of: .object("A wait.", timedOutMembers))),
            ("failed", .list("What has failed.", of: .object("A failure.", optional: failureOptional, failureMembers))),
            ("duplicates", .list("Second snapshots of a key, left alone.", of: CommonSchemas.snapshotID)),
            ("unlooked", .text("Why the last look, for what other runs have made, was not made.")),
            ("kept_in_use", .list("To expire, and something hangs on them: they stay.", of: found)),
            ("found_after_refusal", .list("Refused by the cloud, and made all the same.", of: found)),
            ("made_elsewhere", .list("Made by another run at the same time.", of: found)),
            (
                "not_recorded",
                .list(
                    "In the cloud, and in no file.", of: .object("A snapshot.", [key, id, ("volume_id", CommonSchemas.volumeID)]))
            ),
            fault, ("path", .text("The file that could not be written.")), ("message", .text("What was the matter.")),
        ]
    private static let reportOptional: Set<String> = [
        "serial", "stop", "expired", "unlooked", "kept_in_use", "found_after_refusal", "made_elsewhere", "fault", "path", "message",
    ]
}

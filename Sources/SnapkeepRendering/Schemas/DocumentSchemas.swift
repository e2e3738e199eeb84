import SnapkeepCore
import SnapkeepState

/// The schemas of the documents that `JSONDocument` writes.
enum DocumentSchemas {
    static let status = document(
        "How each declared snapshot stands in the cloud.", ["snapkeep.status"], optional: ["rotations", "next"],
        [
            (StatusField.asDeclared.rawValue, .flag("Whether everything is as it is declared.")),
            ("snapshots", .list("The declared ones in the manifest's order, then those that are only recorded.", of: row)),
            ("rotations", .list("How each rotation stands with each of its volumes.", of: .shared(RotationSchemas.standing))),
            ("next", .list("What to type next.", of: .text("A command."))),
        ])

    private static let row = JSONSchema.object(
        "How one snapshot stands.", of: StatusField.self,
        optional: [
            .asDeclared, .loss, .id, .volume, .volumeID, .size, .createdAt, .changedOutside, .notApplied, .superseded,
        ]
    ) { field in
        switch field {
        case .key: CommonSchemas.key
        case .declared: .flag("Whether the manifest lists it.")
        case .asDeclared: .flag("Of a declared one: whether it is in the cloud as it is declared.")
        case .status:
            .text("The cloud's word, or: lost, not_made, not_adopted, not_recorded, half_renamed, not_settled.")
        case .loss: .word("How it is lost.", LossReason.self)
        case .id: CommonSchemas.snapshotID
        case .volume: .text("What the manifest calls its volume.")
        case .volumeID: CommonSchemas.volumeID
        case .size: .number("The size of its volume in GiB.", from: nil)
        case .createdAt: CommonSchemas.instant("When the cloud made it.")
        case .changedOutside: .list("What others have changed.", of: .text("A field."))
        case .notApplied: .list("What the manifest has changed, and no apply has carried out.", of: .text("A field."))
        case .superseded: .flag("Whether another one has taken its place.")
        }
    }

    static let history = document(
        "The runs that worked on a state, oldest first.", ["snapkeep.history"],
        [
            ("state", .text("The place of the state: a path, or a URL without user and password.")),
            ("runs", .list("The runs.", of: HistorySchema.run)),
        ])

    static let simulation = document(
        "What the rotations would keep after some time.", ["snapkeep.simulation"], optional: ["cap"],
        SimulationField.allCases.map { ($0.rawValue, member($0)) })

    private static func member(_ field: SimulationField) -> JSONSchema {
        switch field {
        case .from: day("The first day.")
        case .until: day("The last day.")
        case .cap: cap
        case .rotations: .list("One for each rotation and volume.", of: simulated)
        case .volumes: .list("What comes together on each volume.", of: load)
        }
    }

    private static func day(_ description: String) -> JSONSchema { .text(description, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$") }

    private static let cap = JSONSchema.number("The most snapshots of one volume that the manifest says the cloud allows.", from: 1)
    private static let peak = JSONSchema.number("The most snapshots at once.")
    private static let peakAt = CommonSchemas.instant("When that is first.")

    private static let simulated = JSONSchema.object(
        "What a rotation makes of one volume.", of: SimulatedField.self, optional: [.volume, .cap]
    ) { field in
        switch field {
        case .name: .text("The name of the rotation.")
        case .volume: .text("What the keys call the volume; left out where a pattern picks them.")
        case .peak: peak
        case .peakAt: peakAt
        case .cap: cap
        case .kept:
            .list(
                "What is kept at the end, oldest first.",
                of: .object("A snapshot that is kept.", of: SimulatedKeptField.self, optional: [.reasons]) { field in
                    switch field {
                    case .period: CommonSchemas.period("Its period.")
                    case .reasons: CommonSchemas.reasons
                    }
                })
        }
    }

    private static let load = JSONSchema.object("What comes together on one volume.", of: LoadField.self, optional: [.volume]) { field in
        switch field {
        case .volume: .text("What the keys call the volume; left out where a pattern picks them.")
        case .rotations: .list("The rotations that make snapshots of it.", of: .text("A name."))
        case .others: .number("How many other snapshots are on it.")
        case .peak: peak
        case .peakAt: peakAt
        }
    }

    /// What `--diagnostics json` prints, and what a command prints that came to no result.
    static let diagnostics = document("What was found.", ["snapkeep.diagnostics", "snapkeep.failure"], [])

    private static func document(
        _ description: String, _ formats: [String], optional: Set<String> = [], _ members: [(String, JSONSchema)]
    ) -> JSONSchema {
        let format = "What the document is."
        return .object(
            description, optional: optional,
            [
                ("format", formats.count == 1 ? .always(formats[0], format) : .word(format, formats)),
                ("version", .always(JSONDocument.version, "The version of the format.")),
            ] + members + [("diagnostics", CommonSchemas.diagnostics), ("exit_code", CommonSchemas.exitCode)])
    }
}

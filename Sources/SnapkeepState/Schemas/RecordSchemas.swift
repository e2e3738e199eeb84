import SnapkeepCore

/// What the state's file says of a snapshot, where another document repeats it.
enum RecordSchemas {
    static let metadata = JSONSchema.texts("Metadata, without our stamp.")
    static let status = JSONSchema.text("The cloud's word for how the snapshot stands: available, creating, error, …")
    static let size = JSONSchema.number("The size of its volume in GiB.", from: nil)

    /// A record.
    static let record = JSONSchema.Shared(
        "record",
        .object(
            "What is recorded of a snapshot.", of: RecordField.self, optional: [.description, .size, .createdAt, .updatedAt, .attempt],
            without: [.sum], recordMember))

    private static func recordMember(_ field: RecordField) -> JSONSchema {
        switch field {
        case .key: CommonSchemas.key
        case .id: CommonSchemas.snapshotID
        case .volumeID: CommonSchemas.volumeID
        case .name: .text("The name that it has in the cloud.")
        case .description: .text("The description that it has in the cloud.")
        case .metadata: metadata
        case .status: status
        case .size: size
        case .createdAt: CommonSchemas.instant("When the cloud made it.")
        case .updatedAt: CommonSchemas.instant("When the cloud changed it last.")
        case .protect: .flag("Whether it is never deleted.")
        case .attempt: .text("The random id of the decision to make it; its stamp carries it.", pattern: CommonSchemas.uuid)
        case .sum: .text("A checksum, in files only.")
        }
    }

    /// A creation whose outcome is not known yet.
    static let intent = JSONSchema.Shared(
        "intent",
        .object(
            "A creation that was begun, and whose outcome is not known.", of: IntentField.self,
            optional: [.description, .bootID, .bootElapsed, .replaces, .adopts], without: [.sum], intentMember))

    private static func intentMember(_ field: IntentField) -> JSONSchema {
        switch field {
        case .attempt: .text("The random id of the decision to make it; its stamp carries it.", pattern: CommonSchemas.uuid)
        case .owner: .text("The owner in its stamp: the stack, or the state's lineage.")
        case .key: CommonSchemas.key
        case .volumeID: CommonSchemas.volumeID
        case .name: .text("The name that was asked for.")
        case .description: .text("The description that was asked for.")
        case .metadata: metadata
        case .protect: .flag("Whether it is never deleted.")
        case .startedAt: CommonSchemas.instant("When the request was about to be sent.")
        case .bootID: .text("Which start of the machine the next member counts from.")
        case .bootElapsed: .number("Microseconds from the machine's start to the request.")
        case .replaces: CommonSchemas.snapshotID
        case .adopts: CommonSchemas.snapshotID
        case .sum: .text("A checksum, in files only.")
        }
    }
}

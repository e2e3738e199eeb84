package import SnapkeepCore

/// The schema of a plan: of the file that `plan --out` saves, and of what `plan --format json` prints.
package enum PlanSchema {
    /// The whole document.
    package static let document = JSONSchema.object(
        "What an apply would do, and what that was computed from. Equal inputs give equal bytes.", of: PlanField.self,
        optional: [.exitCode, .sizeToCreate, .sizeToDelete, .state, .volumes, .changedOutside, .rotations], member)

    private static func size(_ words: String) -> JSONSchema {
        .object(
            words, optional: ["unknown"],
            [("gib", .number("GiB.")), ("unknown", .number("How many there are beside them, of no known size.", from: 1))])
    }

    private static func member(_ field: PlanField) -> JSONSchema {
        switch field {
        case .format: .always(PlanFile.format, "What the document is.")
        case .version: .always(PlanFile.version, "The version of the format.")
        case .id: .text("The SHA-256 of the plan's inputs and actions.", pattern: CommonSchemas.digest)
        case .exitCode: CommonSchemas.exitCode
        case .sizeToCreate:
            size("How much the snapshots come to that are made, where somebody has looked at their volumes. Not in the file of '--out'.")
        case .sizeToDelete:
            size(
                "How much the snapshots come to that are deleted, where a size is known: the sizes of their volumes. Not in the file of '--out'."
            )
        case .title: .text("What the manifest is called: snapshots.yaml, or its first file and how many more.")
        case .state: .text("The place of the state: a path, or a URL without user and password.")
        case .basis: basis
        case .options: options
        case .counts: counts
        case .summary: summary
        case .volumes:
            .list("What the manifest calls the volumes that the changes tell by their ids.", of: volume(without: [.name]))
        case .changedOutside: .list("What others have changed in the cloud; only a refreshed plan knows.", of: drift)
        case .rotations: RotationSchemas.plan
        case .diagnostics: CommonSchemas.diagnostics
        case .changes: .list("What is to be done, in the order in which it is carried out.", of: change)
        }
    }

    private static let basis = JSONSchema.object(
        "What the plan was computed from: an apply compares it with what it finds.", of: BasisField.self,
        optional: [.lineage, .owner, .endpoint, .projectID, .refreshed, .stateDigest, .reviewedDigest]
    ) { field in
        switch field {
        case .lineage:
            .text("The lineage of the state; of a saved plan without a state, the one that it is to get.", pattern: CommonSchemas.uuid)
        case .serial: .number("The serial of the state; 0 without one.")
        case .first: .flag("Whether there was no state.")
        case .owner: .text("The owner in the stamps: the stack, or the state's lineage.")
        case .endpoint: .text("The address of the cloud's block-storage service.")
        case .projectID: .text("The cloud's id of the project.")
        case .refreshed: .flag("Whether the cloud was looked at.")
        case .stateDigest: .text("The digest of the state's contents.")
        case .reviewedDigest: .text("The same without what routine runs of rotations change.")
        }
    }

    private static let options = JSONSchema.object(
        "What the plan was asked for.", of: OptionField.self, optional: [.recreate, .onlyChangedByManifest, .targets]
    ) { field in
        switch field {
        case .prune: .flag("Whether what is no longer listed is deleted.")
        case .recreate: .flag("Whether lost snapshots are made anew.")
        case .onlyChangedByManifest: .flag("Whether what is due by the clock is left to another run.")
        case .targets: .list("The patterns of keys that the plan is limited to.", of: .text("A pattern."))
        }
    }

    private static let counts = JSONSchema.object("Numbers of snapshots.", of: CountField.self, optional: [.leftOut]) { field in
        switch field {
        case .declared: .number("How many the manifest lists.")
        case .recorded: .number("How many the state records, superseded ones apart.")
        case .unchanged: .number("How many are recorded and need nothing.")
        case .leftOut: .number("How many changes there are beside the targets that the plan is limited to.")
        }
    }

    private static let summary = JSONSchema.object(
        "How many changes there are of each kind. A replacement that deletes its predecessor counts in 'delete', too.",
        of: SummaryField.self, optional: Set(SummaryField.allCases.filter(\.isLeftOutWhenZero))
    ) { field in
        switch field {
        case .create: .number("To create.")
        case .adopt: .number("To adopt: existing ones that are stamped and recorded. Left out where there are none.")
        case .update: .number("To update in place.")
        case .replace: .number("To replace by a new one.")
        case .resume: .number("To await: an earlier run has begun to create them.")
        case .settle: .number("To look up: whether an earlier run has created them is not known.")
        case .delete: .number("To delete, those that are replaced included.")
        case .expire: .number("To delete because a rotation does not keep them any more. Left out where there are none.")
        case .retain: .number("Kept although they are no longer listed.")
        case .lost: .number("Lost: recorded, and not in the cloud any more.")
        }
    }

    private static let drift = JSONSchema.object("What others have changed of one snapshot.", of: DriftField.self) { field in
        switch field {
        case .key: CommonSchemas.key
        case .id: CommonSchemas.snapshotID
        case .fields: .list("Its differences; 'from' is recorded, 'to' is in the cloud.", of: .shared(difference))
        }
    }

    /// One kind of change for each action.
    private static let change = JSONSchema.one(of: ActionName.allCases.map(change))

    private static func change(_ action: ActionName) -> JSONSchema {
        let fields = Set([ChangeField.action, .key, .source] + action.members)
        return .object(
            action.meaning, of: ChangeField.self, optional: fields.intersection(action.optional).union([.source]),
            without: Set(ChangeField.allCases).subtracting(fields)
        ) { member($0, of: action) }
    }

    private static func member(_ field: ChangeField, of action: ActionName) -> JSONSchema {
        switch field {
        case .action: .always(action.rawValue, "What is done.")
        case .key: CommonSchemas.key
        case .spec: .shared(spec)
        case .adopts: CommonSchemas.snapshotID
        case .recorded: .shared(RecordSchemas.record)
        case .intent: .shared(RecordSchemas.intent)
        case .fields: .list("What differs from the manifest.", of: .shared(difference))
        case .reason:
            switch action {
            case .replace:
                .word(
                    "Why it is replaced.",
                    ["volume", "failed", "being_deleted"] + LossReason.allCases.map { "lost_" + $0.rawValue })
            case .lost: .word("How it is lost.", LossReason.self)
            case .create, .adopt, .update, .resume, .settle, .delete, .expire, .retain: .word("Why it is kept.", RetentionReason.self)
            }
        case .volumeFrom: CommonSchemas.volumeID
        case .volumeTo: .shared(volume)
        case .prune: .flag("Whether the replaced snapshot is deleted.")
        case .origin: .word("Where the deletion comes from.", DeletionOrigin.self)
        case .expiry: RotationSchemas.expiry
        case .source: place
        }
    }

    /// What the manifest wants.
    private static let spec = JSONSchema.Shared(
        "spec",
        .object("What the manifest wants.", of: SpecField.self, optional: [.id, .description]) { field in
            switch field {
            case .key: CommonSchemas.key
            case .name: .text("The name in the cloud.")
            case .volume: .shared(volume)
            case .id: CommonSchemas.snapshotID
            case .description: .text("The description in the cloud.")
            case .metadata: RecordSchemas.metadata
            case .force: .flag("Whether a volume that is attached is snapshot as well.")
            case .protect: .flag("Whether it is never deleted.")
            case .timeout: .number("How many seconds it is waited for.")
            }
        })

    /// A volume as the manifest names it.
    static let volume = JSONSchema.Shared(
        "volume", .one(of: [volume(without: [.alias, .name]), volume(without: [.name]), volume(without: [.id])]))

    private static func volume(without absent: Set<VolumeField>) -> JSONSchema {
        .object("A volume.", of: VolumeField.self, without: absent) { field in
            switch field {
            case .alias: .text("What the manifest calls it.")
            case .id: CommonSchemas.volumeID
            case .name: .text("What the cloud calls it.")
            }
        }
    }

    private static let place = JSONSchema.object("Where the manifest lists it.", of: PlaceField.self) { field in
        switch field {
        case .file: .text("The file, as it was named.")
        case .line: .number("The line, from 1.", from: 1)
        case .column: .number("The character in the line, from 1.", from: 1)
        case .endLine: .number("The line of the place after the last character.", from: 1)
        case .endColumn: .number("The character of the place after the last one.", from: 1)
        }
    }

    private static let difference = JSONSchema.Shared(
        "difference",
        .one(of: [
            difference(["name", "description"], optional: [.from, .to], without: [.key], of: .text("The value; left out for none.")),
            difference(["metadata"], optional: [.from, .to], of: .text("The value; left out for none.")),
            difference(["protect"], without: [.key], of: .flag("The value.")),
        ]))

    private static func difference(
        _ names: [String], optional: Set<DifferenceField> = [], without absent: Set<DifferenceField> = [], of value: JSONSchema
    ) -> JSONSchema {
        .object("One difference.", of: DifferenceField.self, optional: optional, without: absent) { field in
            switch field {
            case .field: .word("What differs.", names)
            case .key: .text("The key of the metadata.")
            case .from, .to: value
            }
        }
    }
}

extension ActionName {
    fileprivate var meaning: String {
        switch self {
        case .create: "It is made."
        case .adopt: "One that exists is stamped and recorded."
        case .update: "It is changed in place."
        case .replace: "A new one is made; the old one goes only when the new one is available, and only where 'prune' says so."
        case .resume: "An earlier run has begun to create it: it is waited for."
        case .settle: "Whether an earlier run has created it is not known: it is looked up."
        case .delete: "It is deleted."
        case .expire: "It is deleted, because its rotation does not keep it any more."
        case .retain: "It is no longer listed, and stays: nothing is done."
        case .lost: "It is recorded, and not in the cloud any more: nothing is done."
        }
    }

    /// The members that may be left out.
    fileprivate var optional: Set<ChangeField> {
        switch self {
        case .adopt: [.fields]
        case .replace: [.volumeFrom, .volumeTo]
        case .settle, .lost: [.spec]
        case .create, .update, .resume, .delete, .expire, .retain: []
        }
    }
}

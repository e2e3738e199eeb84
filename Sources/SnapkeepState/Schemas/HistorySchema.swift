package import SnapkeepCore

/// A run, as the history's file and `snapkeep history --json` tell it.
package enum HistorySchema {
    /// One run.
    package static let run = JSONSchema.object("One run.", of: HistoryEntry.Field.self, optional: [.snapshots, .plan, .pipeline]) { field in
        switch field {
        case .at: CommonSchemas.instant("When it began.")
        case .run: .text("Its random id.", pattern: CommonSchemas.uuid)
        case .command: .text("The command: apply, import, rename, …")
        case .pid: .number("The number of its process.")
        case .host: .text("The machine.")
        case .user: .text("Who ran it.")
        case .pipeline: .text("The page of the pipeline's job that it was part of.")
        case .serialBefore: .number("The serial of the state before it.")
        case .serialAfter: .number("The serial of the state after it.")
        case .counts: counts
        case .snapshots: snapshots
        case .plan: .text("The id of the saved plan that it carried out.", pattern: CommonSchemas.digest)
        case .exitCode: .numberOrNull("What it ended with; null for a run that was killed.")
        case .ended: .word("How it ended: the line of a killed run was written by the next one.", ["exited", "killed"])
        }
    }

    private static let counts = JSONSchema.numbers(
        "How many snapshots it worked on, by what it did with them.", HistoryEntry.countFields.map(\.name),
        optional: Set(HistoryEntry.countFields.map(\.name).filter(HistoryEntry.isLeftOutWhenZero)))

    private static let snapshots = JSONSchema.object(
        "The snapshots that it worked on, by what it did with them.", of: RunWork.Kind.self, optional: Set(RunWork.Kind.allCases)
    ) { kind in
        .list(
            "Those that were \(kind.rawValue).",
            of: .object("A snapshot.", optional: ["key"], [("key", CommonSchemas.key), ("id", CommonSchemas.snapshotID)]))
    }
}

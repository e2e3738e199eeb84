package import SnapkeepCore
import SnapkeepState

extension JSONDocument {
    /// A list of records, each with the members of the state file.
    package mutating func records(_ name: String, _ records: [SnapshotRecord]) { list(name, records) { $1.members(of: $0) } }

    /// `open_intents`: each with those members of the state file that tell a person something.
    package mutating func intents(_ intents: [CreationIntent]) {
        list("open_intents", intents) { intent, object in
            var shown = intent
            shown.bootInstant = nil
            object.members(of: shown)
        }
    }
}

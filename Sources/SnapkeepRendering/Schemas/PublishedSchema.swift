import SnapkeepCore
import SnapkeepState

/// The JSON Schemas that `snapkeep schema` prints: of what programs write for us, and of what they read from us.
///
/// Each says what this version of the program writes, and nothing else: its objects are closed. Members may be added without another `version`
/// (<doc:JSON>), so whoever validates takes the schema of the program that he runs; its `$id` has both versions.
package enum PublishedSchema: String, CaseIterable, Sendable {
    case manifest, plan, events, status, history, simulation, diagnostics

    /// The schema as JSON.
    ///
    /// - Parameter program: the program's own version.
    package func text(program: String) -> String {
        switch self {
        case .manifest: ManifestSchema.text(id: id(program))
        case .plan: document(PlanSchema.document, "snapkeep plan", program)
        case .events: document(EventSchema.line, "snapkeep apply --json: one line", program)
        case .status: document(DocumentSchemas.status, "snapkeep status", program)
        case .history: document(DocumentSchemas.history, "snapkeep history", program)
        case .simulation: document(DocumentSchemas.simulation, "snapkeep simulate", program)
        case .diagnostics:
            document(DocumentSchemas.diagnostics, "snapkeep --diagnostics json, and each command that came to no result", program)
        }
    }

    private func document(_ schema: JSONSchema, _ title: String, _ program: String) -> String {
        String(decoding: schema.document(id: id(program), title: title), as: UTF8.self)
    }

    // urn:snapkeep:schema:plan:1:0.1.0
    private func id(_ program: String) -> String {
        let version =
            switch self {
            case .manifest: ManifestSchema.version
            case .plan: PlanFile.version
            case .events: JSONProgress.version
            case .status, .history, .simulation, .diagnostics: JSONDocument.version
            }
        return "urn:snapkeep:schema:\(rawValue):\(version):\(program)"
    }
}

import SnapkeepCore
import SnapkeepRendering
import Synchronization

/// In which form stdout gets what a command has to tell.
enum ReplyForm: Hashable, Sendable {
    /// For people; findings go to stderr.
    case text
    /// One JSON document of the given format, at the end.
    case document(format: String)
    /// What was found and nothing else, as one document, at the end.
    case findings(FindingsFormat)
    /// One JSON object a line, as things happen (`apply`).
    case events
}

/// What a run has told so far, for the document that a program gets at the end.
final class Reply: Sendable {
    private struct State {
        var members: JSONDocument?
        /// A document that is made elsewhere and stands for the whole.
        var whole: (@Sendable (ExitStatus) -> [UInt8])?
        var diagnostics: [PlacedDiagnostic] = []
        /// Findings beyond those.
        var omitted = (errors: 0, warnings: 0)
        var isEnded = false
        var areAnnotationsTold = false
    }

    private let state = Mutex(State())

    /// What was found so far.
    var diagnostics: [PlacedDiagnostic] { state.withLock { $0.diagnostics } }

    func add(_ diagnostics: [PlacedDiagnostic]) { state.withLock { $0.diagnostics += diagnostics } }

    /// Counts findings that nobody is told.
    func addOmitted(errors: Int, warnings: Int) {
        state.withLock { state in
            state.omitted.errors += errors
            state.omitted.warnings += warnings
        }
    }

    /// How many findings nobody was told.
    var omitted: (errors: Int, warnings: Int) { state.withLock { $0.omitted } }

    /// Whether the annotations are still to be written; true once.
    func tellsAnnotations() -> Bool {
        state.withLock { state in
            defer { state.areAnnotationsTold = true }
            return !state.areAnnotationsTold
        }
    }

    func add(_ write: (inout JSONDocument) -> Void) {
        state.withLock { state in
            var members = state.members ?? JSONDocument()
            write(&members)
            state.members = members
        }
    }

    /// Takes the whole document, which is made when the exit code is known.
    func set(_ whole: @escaping @Sendable (ExitStatus) -> [UInt8]) { state.withLock { $0.whole = whole } }

    /// The document, once.
    ///
    /// - Parameter format: of a run that came to its result; one that did not gives a `snapkeep.failure`.
    func end(_ format: String, _ status: ExitStatus) -> [UInt8]? {
        guard let state = take() else { return nil }
        if let whole = state.whole { return whole(status) }
        return (state.members ?? JSONDocument()).ended(
            format: state.members == nil ? Self.failureFormat : format, diagnostics: state.diagnostics, status)
    }

    /// What was found, once, for a document that holds nothing else.
    func endFindings() -> [PlacedDiagnostic]? { take()?.diagnostics }

    /// The format of what a program gets from a run that came to no result.
    static let failureFormat = "snapkeep.failure"

    /// Whether the last event is still to be written; true once.
    func endEvents() -> Bool { take() != nil }

    /// Whether nothing may follow any more.
    var isEnded: Bool { state.withLock { $0.isEnded } }

    // A signal may end the run while it ends by itself.
    private func take() -> State? {
        state.withLock { state in
            if state.isEnded { return nil }
            state.isEnded = true
            return state
        }
    }
}

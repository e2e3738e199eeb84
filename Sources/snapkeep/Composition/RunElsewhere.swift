import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

extension LoadedState {
    /// What whoever only looks is told of a run that another machine has under way, or had when it was cut off.
    ///
    /// - Parameter place: of the state.
    func findingsElsewhere(_ place: String) -> [Diagnostic] { elsewhere.map { [.journalElsewhere(place, $0)] } ?? [] }
}

extension Diagnostic {
    /// Whether that run lives is not known: to see who has the lock it would have to be asked for, and whoever looks locks nothing (P4).
    static func journalElsewhere(_ place: String, _ run: RunInfo) -> Diagnostic {
        let state = "--state \(place.quotedForShell)"
        return Diagnostic(
            .warning, code: Diagnostic.journalElsewhereCode,
            "\(LockHolder(run)) is under way or was cut off, and its journal is on another machine: what it has asked of the cloud is not "
                + "known here", at: .named(place),
            notes: [
                .init("what is shown is the state from before that run: a plan may list again what it has done by now", at: .none),
                .init(
                    "an apply here does nothing twice: it is refused while that run has the lock, then until that is taken over or recovered",
                    at: .none),
            ],
            help:
                "'snapkeep unlock \(state)' shows whether it has the lock still: when it has ended, look again; where it was cut off, run "
                + "the same command on \(run.host) once more, or 'snapkeep recover \(state)' here, which finds by the stamps what it made")
    }
}

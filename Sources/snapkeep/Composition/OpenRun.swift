import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

extension LoadedState {
    /// What whoever only looks is told of a run that has begun and was not seen to end, here or on another machine.
    ///
    /// - Parameter place: of the state.
    func findingsOfOpenRun(_ place: String) -> [Diagnostic] {
        [interrupted.map { .journalReadIn(place, $0) }, elsewhere.map { .journalElsewhere(place, $0) }].compactMap { $0 }
    }
}

extension Diagnostic {
    static func journalReadIn(_ place: String, _ run: RunInfo) -> Diagnostic {
        Diagnostic(
            .note, code: "journal-read-in",
            "\(VisibleText.escaped(run.command)) (pid \(run.pid) on \(VisibleText.escaped(run.host)), \(Quantities.minute(run.startedAt))) is "
                + "under way or was cut off: what its journal tells is shown, too", at: .named(place),
            help: "look again when it has ended; where it was cut off, run 'snapkeep apply': it goes on from there")
    }

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

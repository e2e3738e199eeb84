import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Notices a state that is older than the work done on it: a restored backup, a lost file. What an older state does not know of, an apply
/// would make a second time.
enum StaleState {
    /// The finding, where the history beside the state tells of a higher serial than the state has.
    static func check(_ paths: StatePaths, serial: Int) -> Diagnostic? {
        // The history is a convenience: one that cannot be read stops nothing.
        // The highest, for a line may have come late. A state of another lineage does not begin anew: a recovery goes on above all serials.
        guard let history = try? HistoryReader.loadBriefly(paths), let told = history.entries.map(\.serialAfter).max(), told > serial else {
            return nil
        }
        let what = serial == 0 && !InputFiles.exists(paths.state) ? "there is no state" : "the state has serial \(serial)"
        return Diagnostic(
            .error, code: Diagnostic.olderStateCode, "\(what), and the history beside it tells of serial \(told)", at: .named(paths.state),
            notes: [.init("what was made since would be made a second time", at: .none)],
            help: "put the newer state back, or run 'snapkeep recover' to rebuild it from the stamps in the cloud")
    }

    /// Says so to whoever only looks.
    static func warn(_ paths: StatePaths, _ state: RecordedState?, _ session: Session) {
        guard var older = check(paths, serial: state?.header.serial ?? 0) else { return }
        older.severity = .warning
        session.report([older])
    }

    /// Lets no command write over such a state: its next serial would be one that was there before, and a plan saved over that would fit (P5).
    ///
    /// - Throws: `Failure`.
    static func refuse(_ paths: StatePaths, _ state: RecordedState?) throws {
        if let older = check(paths, serial: state?.header.serial ?? 0) { throw Failure(.refused, older) }
    }
}

import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Notices a state that is older than the work done on it: a restored backup, a lost file. What an older state does not know of, an apply
/// would make a second time.
enum StaleState {
    /// The finding, where the history beside the state tells of a higher serial than the state has: an error. Where it cannot be read, a warning
    /// says so, and it stops nothing: the history is a convenience.
    ///
    /// - Parameter serial: the state's; `nil` where there is none.
    static func check(_ store: any StateStore, serial: Int?) async -> Diagnostic? {
        let history: HistoryFile.Contents
        do throws(StateFault) { history = try await store.history(namesSnapshots: false) } catch { return .historyNotRead(error, store) }
        // The highest, for a line may have come late. A state of another lineage does not begin anew: a recovery goes on above all serials.
        guard let told = history.entries.map(\.serialAfter).max(), told > serial ?? 0 else { return nil }
        let what = serial.map { "the state has serial \($0)" } ?? "there is no state"
        return Diagnostic(
            .error, code: Diagnostic.olderStateCode, "\(what), and the history tells of serial \(told)", at: .named(store.place),
            notes: [.init("what was made since would be made a second time", at: .none)],
            help: "put the newer state back, or run 'snapkeep recover' to rebuild it from the stamps in the cloud")
    }

    /// Says so to whoever only looks.
    static func warn(_ store: any StateStore, _ state: RecordedState?, _ session: Session) async {
        guard var older = await check(store, serial: state?.header.serial) else { return }
        older.severity = .warning
        session.report([older])
    }

    /// Lets no command write over such a state: its next serial would be one that was there before, and a plan saved over that would fit (P5).
    ///
    /// - Throws: `Failure`.
    static func refuse(_ store: any StateStore, _ state: RecordedState?, _ session: Session) async throws {
        guard let finding = await check(store, serial: state?.header.serial) else { return }
        if finding.severity == .error { throw Failure(.refused, finding) }
        session.report([finding])
    }
}

extension RecoverableState {
    /// What was found beside what there is of the state.
    func findings(_ store: any StateStore) -> [Diagnostic] { historyFault.map { [.historyNotRead($0, store)] } ?? [] }
}

extension Diagnostic {
    /// Nobody knows whether the state is an older one.
    static func historyNotRead(_ fault: StateFault, _ store: any StateStore) -> Diagnostic {
        let cause = fault.diagnostic
        return Diagnostic(
            .warning, code: "history-not-read", "the history cannot be read, so nothing tells whether the state is an older one",
            at: .named(store.historyPlace), notes: [.init(cause.message, at: .none)], help: cause.help)
    }
}

import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

/// The one end of every run that may have changed something (P6, P10): the state is written, the history gets its line, and the exit code
/// follows from what was done. Whatever fails on the way fails for itself: the rest is still done and told.
///
/// | what was done | the end | exit code |
/// | --- | --- | --- |
/// | all of it | clean | 0 |
/// | all of it | no line in the history, or no room on standard output: a warning | 0 |
/// | something, in the cloud or in the state | not clean: something failed or is unfinished, the state is not written | 3 |
/// | nothing | an error | 1 |
/// | anything | writing would have destroyed what somebody else wrote meanwhile | 4 |
/// | anything | the lock was lost | 5 |
/// | anything | asked for by a signal | 130 |
struct RunEnd {
    let session: Session
    let locked: any LockedState
    let run: RunInfo
    /// The state's serial when the run began; 0 where there was none.
    let serialBefore: Int
    /// Whether the run has changed the state before it began its journal: a recovery at its start.
    var hasRecovered = false

    /// What the command itself knows of its run.
    struct Account: Sendable {
        /// Whether all that was asked for was done.
        var isComplete: Bool
        var isInterrupted = false
        /// Whether anything was changed that the record does not show: a stamp, an answer that was lost.
        var changedCloud = false
        /// Whether something that is declared stays undone although nothing failed.
        var leavesLost = false
        var counts = HistoryCounts()
        var plan: PlanID?
        /// What the run ends with where nothing was changed and it is not complete.
        var failure = ExitStatus.error
    }

    /// What became of the run.
    struct Outcome {
        var status: ExitStatus
        /// Whether anything was changed, in the cloud or in the state.
        var isChanged: Bool
        /// The state's serial; `nil` where the state could not be written.
        var serial: Int?
        var stateFault: StateFault?
        /// The line of this run, or of an earlier one that was killed, is missing in the history.
        var historyFault: StateFault?
        /// Whether the journal holds what was done.
        var isJournaled = false
        /// The ids that must be told, because no file may hold them.
        var unrecorded: [UnrecordedSnapshot] = []

        /// A missing line costs a line, not the work.
        var warning: Diagnostic? { historyFault.map { .historyNotWritten($0, isRecorded: stateFault == nil) } }
    }

    /// Writes state and history.
    ///
    /// - Parameters:
    ///   - recorder: `nil` for a run that began no journal.
    ///   - account: by the fault that kept the state from being written, if any.
    func close(_ recorder: Recorder?, _ account: @Sendable (StateFault?) -> Account) async -> Outcome {
        let state = await recorder?.state
        let work = await recorder?.work ?? RunWork()
        let isJournaled = await (recorder?.journaledCount ?? 0) > 0
        @Sendable func hasChanged(_ fault: StateFault?, isJournaled: Bool) -> Bool {
            let serial = state?.header.serial ?? serialBefore
            return hasRecovered || account(fault).changedCloud || work.touchesCloud
                || (serial != serialBefore && (fault == nil || isJournaled))
        }
        let (before, run) = (serialBefore, run)
        let ending = await locked.end(state) { fault, serial in
            let account = account(fault)
            var counts = account.counts
            counts.note(work)
            return HistoryEntry(
                run: run, serialBefore: before, serialAfter: serial, counts: counts, work: work,
                plan: account.plan,
                exitCode: Int(Self.status(account, isChanged: hasChanged(fault, isJournaled: isJournaled), fault).rawValue))
        }
        let fault = ending.stateFault
        let holdsEvents = isJournaled || ending.isJournaled
        let isChanged = hasChanged(fault, isJournaled: holdsEvents)
        var outcome = Outcome(
            status: Self.status(account(fault), isChanged: isChanged, fault), isChanged: isChanged,
            serial: fault == nil ? state?.header.serial ?? serialBefore : nil, stateFault: fault, historyFault: ending.historyFault,
            isJournaled: holdsEvents)
        if let fault, let recorder { outcome.unrecorded = fault.asksForRecovery ? await recorder.made : await recorder.unrecorded }
        session.ended.note(outcome.status)
        return outcome
    }

    private static func status(_ account: Account, isChanged: Bool, _ fault: StateFault?) -> ExitStatus {
        if let fault, fault.isRefusal { return fault.isAboutLock ? .locked : .refused }
        if account.isInterrupted { return .interrupted }
        if account.isComplete && fault == nil { return account.leavesLost ? .partly : .done }
        return isChanged && account.failure == .error ? .partly : account.failure
    }
}

extension RunEnd {
    /// The end of a run that was cut short before its changes began: what was settled or seen until then stays known, and is told.
    ///
    /// - Parameter plan: the saved plan that counts as carried out now.
    /// - Returns: what is to be thrown.
    func cutShort(_ recorder: Recorder?, by error: any Error, plan: PlanID? = nil) async -> any Error {
        guard recorder != nil || hasRecovered else { return error }
        let isInterrupted = StopSignals.shared.isRaised
        guard var told = isInterrupted ? Told(interruption: "") : Told(error) else { return error }
        let failure = told.status
        let outcome = await close(recorder) { _ in
            Account(isComplete: false, isInterrupted: isInterrupted, plan: plan, failure: failure)
        }
        told.status = outcome.status
        let work = await recorder?.work ?? RunWork()
        let open = await recorder?.state.openIntents.count ?? 0
        if isInterrupted {
            let words = interruption(work, open: open, isChanged: outcome.isChanged, isRecorded: outcome.stateFault == nil)
            // A plan is applied once (P5).
            told.interruption =
                words
                + (plan == nil
                    ? "run the same command again to go on."
                    : "this plan is used up: run 'snapkeep plan' again.".leading(to: session.words))
        } else if outcome.isChanged, !told.diagnostics.isEmpty {
            told.diagnostics[0].notes.append(Note(settled(work, isRecorded: outcome.stateFault == nil), at: .none))
        }
        told.diagnostics += [outcome.stateFault?.diagnostic, outcome.warning].compactMap { $0 }
        return CutShort(told: told)
    }

    typealias Note = Diagnostic.Note

    private func settled(_ work: RunWork, isRecorded: Bool) -> String {
        let found = work[.found].count + work[.adopted].count
        let kept = isRecorded ? "recorded" : "kept in the journal"
        if found > 0 { return "\(Quantities.count(found, "snapshot")) of an earlier run: found and \(kept); nothing else was changed" }
        return hasRecovered
            ? "the state that was rebuilt from the stamps is kept; nothing else was changed"
            : "what the cloud showed of earlier work is \(kept); nothing else was changed"
    }

    private func interruption(_ work: RunWork, open: Int, isChanged: Bool, isRecorded: Bool) -> String {
        var words = ["nothing was created, changed or deleted"]
        if isChanged { words.append(settled(work, isRecorded: isRecorded).replacing("; nothing else was changed", with: "")) }
        if open > 0 { words.append("\(Quantities.count(open, "creation")) of an earlier run still to be looked up") }
        return words.joined(separator: "; ") + "; "
    }
}

/// An end that `RunEnd` has told in full already: state and history are written.
struct CutShort: Error {
    let told: Told
}

extension RunEnd {
    /// Changes the state by a few events, without a run of the executor, and ends the run.
    ///
    /// - Parameters:
    ///   - changedCloud: whether the cloud was changed for it already; then an end without its record is told with what to do.
    ///   - done: what is told when it was done.
    /// - Throws: when nothing was changed.
    func record(
        _ events: [JournalEvent], on state: RecordedState, changedCloud: Bool = false, done: @Sendable (_ serial: Int) -> Answer
    ) async throws -> ExitStatus {
        let recorder: Recorder
        do {
            try await locked.begin(run, plan: nil)
            recorder = try Recorder(state, run: run, plan: nil, journal: locked)
        } catch {
            guard changedCloud else { throw error }
            let failure = Told(error)?.status ?? .error
            let outcome = await close(nil) { _ in Account(isComplete: false, changedCloud: true, failure: failure) }
            session.report([Told(error)?.diagnostics.first, .recordLacks(again: true), outcome.warning].compactMap { $0 })
            return outcome.status
        }
        let failure = await record(events, through: recorder)
        let outcome = await close(recorder) { _ in Account(isComplete: failure == nil, changedCloud: changedCloud) }
        var findings = [failure.map(Diagnostic.recordFault), outcome.stateFault?.diagnostic].compactMap { $0 }
        // A refusal says itself where it is kept and what to type.
        if let fault = outcome.stateFault, !fault.asksForRecovery, outcome.isChanged {
            findings.append(.recordLacks(again: !outcome.isJournaled))
        }
        session.report(findings + [outcome.warning].compactMap { $0 })
        session.tellUnrecorded(outcome)
        if outcome.stateFault == nil, failure == nil { session.answerDone(done(outcome.serial ?? 0)) }
        return outcome.status
    }

    private func record(_ events: [JournalEvent], through recorder: Recorder) async -> RecordFault? {
        for event in events {
            do { try await recorder.record(event, .now) } catch {
                // One event that the journal does not take is in memory, and the state, which is a fresh file, may take it. Of several the
                // next may not fit without it.
                if case .journal = error, events.count == 1 { return nil }
                return error
            }
        }
        return nil
    }
}

extension Diagnostic {
    /// - Parameter isRecorded: whether the state holds what the line would have told of.
    static func historyNotWritten(_ fault: StateFault, isRecorded: Bool = true) -> Diagnostic {
        var finding = fault.diagnostic
        finding.severity = .warning
        finding.code = "history-not-written"
        finding.notes.append(
            Note("the history lacks a line for that" + (isRecorded ? "; the work is done and recorded all the same" : ""), at: .none))
        return finding
    }

    /// The cloud or the journal has it, the state has not.
    static func recordLacks(again: Bool) -> Diagnostic {
        Diagnostic(
            .note, code: "not-in-the-state",
            again
                ? "the cloud was changed, and the state does not say so yet"
                : "the journal holds what was done; leave it there",
            help: again
                ? "fix the cause, then run the same command again: it finds the change in the cloud and records it"
                : "fix the cause, then run any command that changes the state: it takes the journal over")
    }
}

extension Session {
    /// P6: the ids of what no file may hold.
    func tellUnrecorded(_ outcome: RunEnd.Outcome) {
        if outcome.unrecorded.isEmpty { return }
        let lines = UnrecordedRenderer.lines(
            outcome.unrecorded, isRefused: outcome.stateFault?.asksForRecovery == true, width: console.lineWidth(.output),
            style: console.style(.output))
        answerDone(
            Answer(lines.map { $0 + "\n" }.joined()) { document in
                document.list("not_recorded", outcome.unrecorded) { $0.write(to: &$1) }
            })
    }
}

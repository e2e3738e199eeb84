import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

/// What an apply tells, and how it ends, whether it has asked anything of the cloud or not.
struct ApplyOutput {
    let session: Session
    let locked: any LockedState
    let run: RunInfo
    let settings: ApplySettings
    let display: ApplyDisplay
    /// Whether the state was rebuilt from the stamps just now.
    var hasRecovered = false
    /// The manifest's, where there is one.
    var sources: [SourceFile] = []
    /// The state's serial when the run began; 0 where there was none.
    var serialBefore = 0

    var end: RunEnd {
        RunEnd(session: session, locked: locked, run: run, serialBefore: serialBefore, hasRecovered: hasRecovered)
    }

    /// Shows what is to be carried out.
    ///
    /// - Parameter cloud: the entry of clouds.yaml, where one was chosen.
    func show(_ saved: SavedPlan, cloud: String?) throws {
        session.notices.note(saved.plan, isCarriedOut: true)
        // In JSON mode the first line also shows whether anybody can read the events: nothing is changed for a reader that is not there.
        if settings.json { try session.console.write(JSONProgress.line(for: saved.plan, at: SystemTime.now()) + "\n") }
        // The last line of a quiet run says what was done; before there is nothing to say but to a person who is asked.
        if session.isQuiet, settings.autoApprove, saved.plan.hasActions { return }
        var printer = PlanPrinter(session: session, format: .text, next: .apply, cloud: cloud)
        (printer.isToBeApproved, printer.toError) = (!settings.autoApprove, settings.json)
        try printer.show(saved)
    }

    /// Takes the journal over, writes the history and reports. Whatever the disk says, the report is told.
    func finish(
        _ recorder: Recorder?, _ given: ApplyReport, plan: PlanID?, took: Duration, quiet: Bool, lost: Int,
        places: [SnapshotKey: SavedPlace] = [:]
    ) async -> ExitStatus {
        let unwritten = await recorder?.unrecorded ?? []
        let outcome = await end.close(recorder) { fault in
            var report = given
            // The journal holds what it took; the rest exists in the cloud and in this report only.
            if fault != nil { report.unrecorded = unwritten }
            return RunEnd.Account(
                isComplete: report.isComplete, isInterrupted: report.stop == .interrupted, changedCloud: report.changedAnything,
                leavesLost: lost > 0, counts: HistoryCounts(report), plan: plan)
        }
        var report = given
        report.changedState = outcome.isChanged
        report.unrecorded = outcome.unrecorded
        session.notices.note(.failed, report.failures.map(\.key))
        session.notices.note(.expired, report.expired)
        display.tellReport(
            report, outcome, hints: [ShortLease.finding(report.failures, locked.store)].compactMap { $0 }, lost: lost, took: took,
            quiet: quiet, places: places, sources: sources, session: session)
        return outcome.status
    }
}

extension ApplyOutput {
    /// Ends an apply of rotations that finds nothing to do by what is recorded: a run that comes too often costs one read of the state, and
    /// asks nothing of the cloud.
    ///
    /// - Returns: `nil` where the cloud must be asked.
    func endIfIdle(_ planning: Planning, _ manifest: LoadedManifest) async throws -> ExitStatus? {
        let loaded = await locked.loaded
        guard let state = loaded.boundState, state.openIntents.isEmpty, loaded.interrupted == nil, !settings.refreshes,
            !planning.manifest.rotations.isEmpty, !planning.manifest.picksVolumes
        else { return nil }
        let plan = planning.plan(lineage: nil)
        if plan.hasActions { return nil }
        let findings = plan.ownFindings(state: state, planning.options, words: settings.words) { manifest.places() }
        if findings.errorCount > 0 { return nil }
        session.report(findings, sources: sources)
        try show(SavedPlan(plan: plan, title: manifest.title), cloud: planning.identity.cloud)
        return await finish(nil, ApplyReport(), plan: nil, took: .zero, quiet: true, lost: plan.lostCount)
    }
}

package import SnapkeepCore
package import SnapkeepEngine

/// Turns what an apply reports into findings that name the manifest's lines.
package enum ReportFindings {
    /// One finding for each failure and one for the reason of a stop, in source order. Failures that only repeat the reason of the stop are
    /// gathered in a note of its finding. An interruption gives none: the person who asked for it knows.
    package static func diagnostics(for report: ApplyReport, place: (SnapshotKey) -> SourceRange?) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        var gathered: [SnapshotKey] = []
        for failure in report.failures {
            if repeats(failure.cause, report.stop) {
                gathered.append(failure.key)
            } else {
                findings.append(diagnostic(for: failure, at: place(failure.key)).gathered(for: failure.key, cause: failure.gatheringCause))
            }
        }
        findings += report.timedOut.map { .timedOut($0, at: place($0.key)).gathered(for: $0.key, cause: $0.activity.rawValue) }
        switch report.stop {
        case nil, .interrupted: break
        case .service(let fault): findings.append(stopped(by: fault, notes: note(gathered)))
        case .journal(let failure): findings.append(.journal(failure, notes: note(gathered)))
        case .firstFailure: findings.append(.stoppedAtFirstFailure(notStarted: report.notStarted.count))
        }
        return findings.inSourceOrder()
    }

    /// The finding of one failure.
    package static func diagnostic(for failure: ItemFailure, at place: SourceRange?) -> Diagnostic {
        let key = failure.key
        switch failure.cause {
        case .service(let fault): return diagnostic(for: fault, key, failure.activity, at: place)
        case .notAdoptable(let id, let obstacle): return .notAdopted(key, id, obstacle, at: place.map { .range($0) } ?? .none)
        case .endedInError(let id) where failure.activity == .adopt: return .adoptedInError(key, id, at: place)
        case .endedInError(let id): return .endedInError(key, id, at: place)
        case .vanished(let id): return .vanished(key, id, at: place)
        case .stillThere(let id): return .stillThere(key, id, at: place)
        case .protected(let id): return .protected(key, id, at: place)
        case .notDeleted(let id, let status): return .notDeleted(key, id, status: status, at: place)
        case .deletionLeft(let id, let status): return .deletionLeft(key, id, status: status, at: place)
        case .guardNotGood(let id, let kept, let status):
            return .guardNotGood(key, id, guard: kept, status: status, at: place)
        case .notOurs(let id): return .notOurs(key, id, failure.activity, at: place)
        case .unstamped(let id): return .unstamped(key, id, at: place)
        case .volumeName(let name, let matches): return .volumeName(name, matches: matches, at: place)
        case .unsettled(let fault) where failure.activity == .adopt: return .adoptionUnsettled(key, fault, at: place)
        case .unsettled(let fault): return .unsettled(key, fault, at: place)
        case .journal(let journalFailure): return .journal(journalFailure, notes: note([key]))
        case .replay(let problem): return .replay(key, problem, at: place)
        }
    }

    private static func diagnostic(
        for fault: ServiceFault, _ key: SnapshotKey, _ activity: Activity, at place: SourceRange?
    ) -> Diagnostic {
        switch fault.kind {
        case .refused(let refusal): .refused(key, activity, refusal, fault, at: place)
        case .throttled: .throttled(key, activity, fault, at: place)
        case .notSent: .notSent(key, activity, fault, at: place)
        case .uncertain: .unclear(key, activity, fault, at: place)
        case .unintelligible: .unintelligible(key, activity, fault, at: place)
        case .unauthenticated: .unauthenticated(fault, notes: note([key]))
        case .accountBlocked: .accountBlocked(fault, notes: note([key]))
        }
    }

    /// A fault that ends the run belongs to no single snapshot.
    private static func stopped(by fault: ServiceFault, notes: [Diagnostic.Note]) -> Diagnostic {
        .ofAccount(fault, notes: notes) ?? .serviceGaveOut(fault, notes: notes)
    }

    private static func repeats(_ cause: ItemFailure.Cause, _ stop: StopReason?) -> Bool {
        switch (cause, stop) {
        // Each request has its own id, so equal faults are told by their kind.
        case (.service(let fault), .service(let reason)): fault.kind == reason.kind
        case (.journal, .journal): true
        default: false
        }
    }

    private static func note(_ keys: [SnapshotKey]) -> [Diagnostic.Note] {
        guard !keys.isEmpty else { return [] }
        let shown = keys.prefix(10).map { VisibleText.named($0.text) }
        let names = Quantities.list(shown + (keys.count > 10 ? ["\(keys.count - 10) more"] : []))
        return [Diagnostic.Note("this met \(names)", at: .none)]
    }
}

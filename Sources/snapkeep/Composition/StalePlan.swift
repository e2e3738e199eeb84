import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Decides whether a saved plan still means anything (P5).
enum StalePlan {
    /// Why the plan must not be carried out; `nil` when it may.
    ///
    /// - Parameter run: the last run that carried out a plan, where the history tells of one.
    static func check(
        _ saved: SavedPlan, against state: RecordedState?, identity: CloudIdentity, by run: (PlanID) async -> HistoryEntry? = { _ in nil }
    ) async -> Diagnostic? {
        let basis = saved.plan.basis
        let header = state?.header
        if let id = saved.id, let header, header.consumedPlans.contains(id) {
            if let former = await run(id), former.exitCode == nil { return .brokenOffPlan(former.run) }
            return .consumedPlan()
        }
        if let endpoint = identity.endpoint, endpoint != basis.endpoint {
            return .planForOther("endpoint \(basis.endpoint ?? "?")", "endpoint \(endpoint)")
        }
        if let project = identity.projectID, project != basis.projectID {
            return .planForOther("project \(basis.projectID?.text ?? "?")", "project \(project)")
        }
        guard let state, let header else {
            // A plan of an existing state, and the state is gone: carrying it out would create everything a second time.
            return basis.isFirst ? nil : .planWithoutState(serial: basis.serial)
        }
        // A first plan is good for the state that it itself gave its lineage to, and only before that state got any further.
        if header.lineage != basis.lineage { return basis.isFirst ? .firstPlanTooLate() : .planOfOtherState() }
        // What routine runs of the rotations have done since is not what was reviewed, and an older state is put back for no good.
        if let reviewed = basis.reviewedDigest, let rotations = saved.plan.rotations, header.serial >= basis.serial {
            // Beyond the list of what was carried out nobody knows whether this plan was.
            let limit = RecordedState.Header.consumedPlanLimit
            if header.consumedPlans.count >= limit, header.serial - basis.serial >= limit {
                return .stalePlan(planned: basis.serial, now: header.serial)
            }
            let now = StateFile.reviewedDigest(of: state, rotations: rotations.names)
            return now == reviewed ? nil : .reviewOutdated()
        }
        if header.serial != basis.serial { return .stalePlan(planned: basis.serial, now: header.serial) }
        // An older state that was put back and gone on with has come to the same serial by another way.
        if let planned = basis.stateDigest, planned != StateFile.digest(of: state) { return .planOfOtherContents(serial: basis.serial) }
        return nil
    }
}

extension Diagnostic {
    private static let planAgain = "run 'snapkeep plan --out FILE' again and review it"

    static func consumedPlan() -> Diagnostic {
        Diagnostic(
            .error, code: "plan-consumed", "this plan was applied before, to its end or as far as that run came; a plan is applied once",
            help: "run 'snapkeep plan' to see what is left; what was made is recorded and is not created again")
    }

    /// - Parameter orphans: what the cloud has of what the plan makes, by key.
    static func planCarriedOut(_ orphans: [String: [SnapshotID]], options: [String]) -> Diagnostic {
        let keys = orphans.keys.sorted()
        let recover = (["snapkeep recover"] + options).joined(separator: " ")
        return Diagnostic(
            .error, code: "plan-carried-out",
            "the cloud has \(Quantities.count(keys.count, "snapshot")) of this plan with our stamp that the state does not know",
            notes: keys.prefix(3).map { .init("\(VisibleText.named($0)): \(Quantities.list(orphans[$0]!.map(\.text)))", at: .none) }
                + [.init("the plan was carried out from another copy of the state; nothing was changed now", at: .none)],
            help: "use the newer copy of the state, or run '\(VisibleText.escaped(recover))' to record what is there; then plan again")
    }

    static func brokenOffPlan(_ run: RunInfo) -> Diagnostic {
        let who = "apply (pid \(run.pid) on \(VisibleText.escaped(run.host)), \(Quantities.minute(run.startedAt)))"
        return Diagnostic(
            .error, code: "plan-consumed", "this plan was begun by a run that did not end: \(who)",
            notes: [
                .init("what that run made is recorded or found by its stamp, and is not made again; a plan is applied once", at: .none)
            ],
            help: "run 'snapkeep plan --out FILE' again: it shows what is left to do")
    }

    static func planForOther(_ planned: String, _ now: String) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-for-other-cloud", "the plan was made for \(planned), the settings name \(now)",
            help: "use the settings that the plan was made with, or plan again")
    }

    static func planWithoutState(serial: Int) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-without-state", "the plan was made from a state with serial \(serial), and there is no state here",
            help: "name that state with --state")
    }

    static func firstPlanTooLate() -> Diagnostic {
        Diagnostic(
            .error, code: "plan-stale", "the plan was made before there was a state, and there is one now", help: planAgain)
    }

    static func planOfOtherState() -> Diagnostic {
        Diagnostic(
            .error, code: "plan-of-other-state", "the plan was made from another state",
            help: "name the right one with --state, or plan again")
    }

    static func planOfOtherContents(serial: Int) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-stale", "the state has serial \(serial), as when the plan was made, and other contents",
            notes: [
                .init(
                    "a run that was under way has ended since, or an older copy of the state was put back; nothing was changed", at: .none)
            ],
            help: planAgain
                + "; where an older copy was put back, put back the newest before, or run 'snapkeep recover', which adds what it lacks")
    }

    static func reviewOutdated() -> Diagnostic {
        Diagnostic(
            .error, code: "plan-stale",
            "what the plan was reviewed for has changed since: other records than those of rotations, or their rules",
            notes: [.init("routine runs would not matter; nothing was changed", at: .none)], help: planAgain)
    }

    static func stalePlan(planned: Int, now: Int) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-stale", "the state has changed since the plan was made (serial \(planned) then, \(now) now)",
            help: planAgain)
    }
}

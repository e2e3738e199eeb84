import SnapkeepEngine

// The stable words of the machine-readable output: they outlive any renaming of the cases.

extension StopReason {
    var word: String {
        switch self {
        case .interrupted: "interrupted"
        case .service: "service"
        case .journal: "journal"
        case .firstFailure: "first_failure"
        }
    }
}

extension ItemFailure.Cause {
    var word: String {
        switch self {
        case .service: "service"
        case .endedInError: "ended_in_error"
        case .vanished: "vanished"
        case .stillThere: "still_there"
        case .protected: "protected"
        case .notDeleted: "not_deleted"
        case .deletionLeft: "deletion_left"
        case .guardNotGood: "guard_not_good"
        case .notOurs: "not_ours"
        case .notAdoptable: "not_adoptable"
        case .unstamped: "unstamped"
        case .volumeName: "volume_name"
        case .unsettled: "unsettled"
        case .journal: "journal"
        case .replay: "replay"
        }
    }
}

extension ServiceFault.Kind {
    var word: String {
        switch self {
        case .refused: "refused"
        case .throttled: "throttled"
        case .notSent: "not_sent"
        case .uncertain: "uncertain"
        case .unauthenticated: "unauthenticated"
        case .accountBlocked: "account_blocked"
        case .unintelligible: "unintelligible"
        }
    }
}

extension ServiceFault.Refusal {
    var word: String {
        switch self {
        case .volumeAttached: "volume_attached"
        case .volumeNotFound: "volume_not_found"
        case .snapshotNotFound: "snapshot_not_found"
        case .volumeBusy: "volume_busy"
        case .quota: "quota"
        case .forbidden: "forbidden"
        case .wrongStatus: "wrong_status"
        case .hasDependents: "has_dependents"
        case .snapshotBusy: "snapshot_busy"
        case .badProject: "bad_project"
        case .noSuchService: "no_such_service"
        case .name: "name"
        case .description: "description"
        case .metadata: "metadata"
        case .listBound: "list_bound"
        case .pageBound: "page_bound"
        case .other: "other"
        }
    }
}

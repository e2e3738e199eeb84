import SnapkeepEngine

// The stable words of the machine-readable output: they outlive any renaming of the cases, and the published schema lists them.

enum StopWord: String, CaseIterable {
    case interrupted
    case service
    case journal
    case firstFailure = "first_failure"
}

extension StopReason {
    var word: String { name.rawValue }

    private var name: StopWord {
        switch self {
        case .interrupted: .interrupted
        case .service: .service
        case .journal: .journal
        case .firstFailure: .firstFailure
        }
    }
}

enum CauseWord: String, CaseIterable {
    case service
    case endedInError = "ended_in_error"
    case vanished
    case stillThere = "still_there"
    case protected
    case notDeleted = "not_deleted"
    case deletionLeft = "deletion_left"
    case guardNotGood = "guard_not_good"
    case notOurs = "not_ours"
    case notAdoptable = "not_adoptable"
    case unstamped
    case volumeName = "volume_name"
    case unsettled
    case journal
    case replay
}

extension ItemFailure.Cause {
    var word: String { name.rawValue }

    private var name: CauseWord {
        switch self {
        case .service: .service
        case .endedInError: .endedInError
        case .vanished: .vanished
        case .stillThere: .stillThere
        case .protected: .protected
        case .notDeleted: .notDeleted
        case .deletionLeft: .deletionLeft
        case .guardNotGood: .guardNotGood
        case .notOurs: .notOurs
        case .notAdoptable: .notAdoptable
        case .unstamped: .unstamped
        case .volumeName: .volumeName
        case .unsettled: .unsettled
        case .journal: .journal
        case .replay: .replay
        }
    }
}

enum FaultWord: String, CaseIterable {
    case refused
    case throttled
    case notSent = "not_sent"
    case uncertain
    case unauthenticated
    case accountBlocked = "account_blocked"
    case unintelligible
}

extension ServiceFault.Kind {
    var word: String { name.rawValue }

    private var name: FaultWord {
        switch self {
        case .refused: .refused
        case .throttled: .throttled
        case .notSent: .notSent
        case .uncertain: .uncertain
        case .unauthenticated: .unauthenticated
        case .accountBlocked: .accountBlocked
        case .unintelligible: .unintelligible
        }
    }
}

enum RefusalWord: String, CaseIterable {
    case volumeAttached = "volume_attached"
    case volumeNotFound = "volume_not_found"
    case snapshotNotFound = "snapshot_not_found"
    case volumeBusy = "volume_busy"
    case quota
    case forbidden
    case wrongStatus = "wrong_status"
    case hasDependents = "has_dependents"
    case snapshotBusy = "snapshot_busy"
    case badProject = "bad_project"
    case noSuchService = "no_such_service"
    case name
    case description
    case metadata
    case listBound = "list_bound"
    case pageBound = "page_bound"
    case other
}

extension ServiceFault.Refusal {
    var word: String { name.rawValue }

    private var name: RefusalWord {
        switch self {
        case .volumeAttached: .volumeAttached
        case .volumeNotFound: .volumeNotFound
        case .snapshotNotFound: .snapshotNotFound
        case .volumeBusy: .volumeBusy
        case .quota: .quota
        case .forbidden: .forbidden
        case .wrongStatus: .wrongStatus
        case .hasDependents: .hasDependents
        case .snapshotBusy: .snapshotBusy
        case .badProject: .badProject
        case .noSuchService: .noSuchService
        case .name: .name
        case .description: .description
        case .metadata: .metadata
        case .listBound: .listBound
        case .pageBound: .pageBound
        case .other: .other
        }
    }
}

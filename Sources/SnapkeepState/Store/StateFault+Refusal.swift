import SnapkeepCore

extension StateFault {
    /// Whether writing was refused because it would have destroyed what somebody else has written meanwhile, and not because it failed: the
    /// run then ends as refused and tells the ids of all that it made.
    public var isRefusal: Bool {
        switch self {
        case .replaced, .taken, .lockLost: true
        case .notAState, .tooNew, .unknownField, .damaged, .changed, .mergeConflict, .notAJournal, .journalTooNew, .journalDamaged,
            .journalWithoutState, .journalOfOtherState, .journalOfOtherSerial, .journalDoesNotFit,
            .journalOfOtherContents, .journalMissing, .journalCut, .notOurs, .noFolder, .notAFile, .tooLarge, .io, .locked, .alreadyThere,
            .noState,
            .inconsistent, .unsteady:
            false
        }
    }

    /// Whether only a recovery brings the state and what this run made together again: somebody else has written the state, or what was
    /// stored is not there any more. The ids of all that the run made are told then.
    public var asksForRecovery: Bool {
        if case .io(_, _, _, .storeReplaced, _) = self { return true }
        return isRefusal
    }

    /// Whether nobody knows if the service that keeps the state has written it.
    public var isInDoubt: Bool {
        switch self {
        case .io(_, _, _, .storeUnreachable, .write), .io(_, _, _, .storeUnsure, .write): true
        default: false
        }
    }

    /// Whether another run has the lock, from the beginning or by now.
    public var isAboutLock: Bool {
        switch self {
        case .locked, .lockLost: true
        case .notAState, .tooNew, .unknownField, .damaged, .changed, .mergeConflict, .notAJournal, .journalTooNew, .journalDamaged,
            .journalWithoutState, .journalOfOtherState, .journalOfOtherSerial, .journalDoesNotFit, .journalOfOtherContents, .journalMissing,
            .journalCut, .replaced, .taken, .notOurs, .noFolder, .notAFile, .tooLarge, .io, .alreadyThere, .noState, .inconsistent,
            .unsteady:
            false
        }
    }
}

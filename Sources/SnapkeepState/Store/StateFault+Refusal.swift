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

public import SnapkeepCore
import SnapkeepEngine

/// What the texts of a state still say when the state itself may be lost: the starting point of a recovery.
public struct RecoverableState: Hashable, Sendable {
    /// What there is at the state's place.
    public enum Condition: Hashable, Sendable {
        /// No state, and nothing beside it that a run left open.
        case absent
        /// A state that can be gone on with.
        case whole(RecordedState)
        /// A state that is older than the work done on it: the history tells of a higher serial.
        case older(RecordedState, historySerial: Int)
        /// Damaged, or a journal that has lost its state or does not fit it.
        case damaged(StateFault)
    }

    public var condition: Condition
    /// The state's own contents where they can be read and do not count any more.
    public private(set) var former: RecordedState?
    /// What the lines still say of a state that does not count any more: all of `former`, or each line whose checksum is right.
    public private(set) var lines = FormerLines()
    /// The lines of the state that do not count.
    public private(set) var damagedLines: [DamagedLine] = []
    /// What the state's header calls forgotten, where later work may have changed that: found again, it is recorded again.
    public private(set) var forgottenInDoubt: Set<SnapshotID> = []
    /// From a damaged header, or else from the journal.
    public private(set) var lineage: Lineage?
    /// As `lineage`, or else from the backup: what stamps carry as owner.
    public private(set) var owner: String?
    public private(set) var endpoint: String?
    public private(set) var projectID: ProjectID?
    /// Whether those are known to be right: a header that was changed says whose a state was, and holds nobody to it.
    public private(set) var isHeaderConfirmed = true
    /// The run whose journal stands beside a state that does not count any more.
    public private(set) var journalRun: RunID?
    /// Whether neither a state nor a journal is there: only the lock tells of a run that was cut off.
    public private(set) var hasNoFiles = false
    /// Whether a run was cut off, or may have been, whose journal does not tell all of it any more: then requests may be on their way that
    /// nothing names.
    public private(set) var hasLostIntents = false
    /// Why the history could not be read, where that did not stand in the way: its serials are then not known.
    public var historyFault: StateFault?
    /// The highest serial that anything here speaks of; 0 where nothing does.
    public private(set) var lastSerial = 0
    /// Creations that are open by the journal or by the former state.
    public private(set) var openIntents: [CreationIntent] = []
    /// Snapshots that are known by their ids, from the former state or the journal.
    public private(set) var knownIDs: Set<SnapshotID> = []

    /// The header, where enough of it is known to hold the settings against it.
    public var header: RecordedState.Header? {
        switch condition {
        case .absent: nil
        case .whole(let state), .older(let state, _): state.header
        case .damaged: former?.header ?? remainingHeader
        }
    }

    private var remainingHeader: RecordedState.Header? {
        guard isHeaderConfirmed, let lineage, let owner, let endpoint, let projectID else { return nil }
        return .init(lineage: lineage, serial: lastSerial, owner: owner, endpoint: endpoint, projectID: projectID)
    }

    /// The header of the state that takes the lost one's place.
    ///
    /// Its serial is above all that is known, so that the history does not call it an older state. Its lineage is a new one: runs that died
    /// before their line in the history may have had the next serials, and a plan that was saved over one of them must not fit (P5).
    public func newHeader(lineage new: Lineage, owner: String, endpoint: String, projectID: ProjectID) -> RecordedState.Header {
        .init(
            lineage: new, serial: lastSerial + 1, owner: owner, endpoint: endpoint, projectID: projectID,
            // A journal that could not be removed is then known to be dealt with.
            lastRun: journalRun)
    }
}

extension RecoverableState {
    /// Looks into all texts of a state.
    ///
    /// - Parameters:
    ///   - history: beside the state; its snapshots are not looked at.
    ///   - mayLackRun: whether what would tell of a run that was cut off cannot be read, or is gone. Then one counts as cut off, for it may be
    ///     sending still.
    ///   - backup: the bytes of the former state; asked for where nothing else tells the owner.
    /// - Throws: `StateFault` where a text cannot be read at all, or was made by a newer program: nothing of that is lost.
    public init(
        _ texts: StateTexts, history: HistoryFile.Contents, mayLackRun: Bool = false, backup: () -> [UInt8]?
    ) throws(StateFault) {
        try self.init(texts, history: history)
        if mayLackRun { hasLostIntents = true }
        // Whose the lost state was, its predecessor knows. Nothing else of a backup counts.
        if owner == nil || !isHeaderConfirmed, let bytes = backup() { owner = SalvagedHeader(bytes).owner ?? owner }
    }

    private init(_ texts: StateTexts, history: HistoryFile.Contents) throws(StateFault) {
        let historySerial = history.entries.map(\.serialAfter).max() ?? 0
        lastSerial = historySerial
        condition = .absent
        do throws(StateFault) {
            let loaded = try StateLoading(texts).loaded
            if let state = loaded.state, !state.bindsNothing || historySerial > 0 {
                condition = historySerial > state.header.serial ? .older(state, historySerial: historySerial) : .whole(state)
                if case .older = condition {
                    former = state
                    note(state, hasJournal: loaded.interrupted != nil)
                    journalRun = loaded.interrupted?.run
                }
            }
            return
        } catch {
            guard error.isLoss else { throw error }
            condition = .damaged(error)
        }
        let journal = try texts.readJournal()
        let state = texts.state
        hasNoFiles = state == nil && journal == nil
        if let journal {
            do { hasLostIntents = texts.unfinished?.gap(in: try JournalFile.decode(journal)) != nil } catch { hasLostIntents = true }
        } else {
            hasLostIntents = texts.unfinished != nil
        }
        if let bytes = state {
            if case .damaged(let fault) = condition, !fault.isOfState, let state = try? StateFile.decode(bytes) {
                (endpoint, projectID) = (state.header.endpoint, state.header.projectID)
                former = state
                note(state, hasJournal: false)
            } else {
                note(SalvagedState(bytes), isLast: journal == nil)
            }
        }
        if let journal { note(JournalFile.remains(of: journal)) }
    }

    private mutating func note(_ state: RecordedState, hasJournal: Bool) {
        lineage = state.header.lineage
        owner = state.header.owner
        note(serial: state.header.serial, hasJournal: hasJournal)
        note(FormerLines(records: state.records, superseded: state.superseded), state.openIntents)
    }

    /// One that no run can have reached leaves no room for the next, and a new lineage needs none above it.
    private mutating func note(serial: Int, hasJournal: Bool) {
        if SerialBounds.isCredible(serial) { lastSerial = max(lastSerial, serial + (hasJournal ? 1 : 0)) }
    }

    private mutating func note(_ former: FormerLines, _ intents: [CreationIntent]) {
        lines = former
        openIntents += intents
        knownIDs.formUnion(former.records.map(\.id))
        knownIDs.formUnion(former.superseded.map(\.id))
    }

    /// - Parameter isLast: whether nothing was done after the state was written, as far as the files beside it tell.
    private mutating func note(_ remains: SalvagedState, isLast: Bool) {
        let header = remains.header
        (lineage, owner, endpoint, projectID) = (header.lineage, header.owner, header.endpoint, header.projectID)
        isHeaderConfirmed = header.isConfirmed
        damagedLines = remains.damagedLines
        let isCurrent = isLast && remains.isOfOneState && lastSerial <= header.serial ?? 0
        lastSerial = max(lastSerial, header.serial ?? 0)
        if !isCurrent { forgottenInDoubt = Set(header.forgotten) }
        note(
            FormerLines(
                records: remains.records, superseded: remains.superseded, forgotten: isCurrent ? header.forgotten : [],
                isCurrent: isCurrent), remains.openIntents)
    }

    private mutating func note(_ journal: SalvagedJournal) {
        // A journal of another state says nothing of this one but its open creations.
        if let basis = journal.basis, lineage == nil || !isHeaderConfirmed || lineage == basis.lineage {
            lineage = basis.lineage
            // A plan that was made while the journal stood has one more.
            note(serial: basis.serial, hasJournal: true)
            journalRun = journal.run?.run
        }
        owner = owner ?? journal.openIntents.first?.owner
        let attempts = Set(openIntents.map(\.attempt))
        openIntents += journal.openIntents.filter { !attempts.contains($0.attempt) }
        knownIDs.formUnion(journal.snapshotIDs)
    }
}

extension StateFault {
    /// Whether the state's own file is what cannot be used.
    fileprivate var isOfState: Bool {
        switch self {
        case .notAState, .unknownField, .damaged, .changed, .mergeConflict: true
        case .tooNew, .notAJournal, .journalTooNew, .journalDamaged, .journalWithoutState, .journalOfOtherState, .journalOfOtherSerial,
            .journalDoesNotFit, .journalOfOtherContents, .journalMissing, .journalCut, .replaced, .taken, .lockLost, .notOurs, .noFolder,
            .notAFile, .tooLarge, .io, .locked, .alreadyThere, .noState, .inconsistent, .unsteady:
            false
        }
    }

    /// Whether what the files said is lost, so that it has to be put together again.
    fileprivate var isLoss: Bool {
        switch self {
        case .notAState, .unknownField, .damaged, .changed, .mergeConflict, .journalDamaged, .journalWithoutState, .journalOfOtherState,
            .journalOfOtherSerial, .journalDoesNotFit, .journalOfOtherContents, .journalMissing, .journalCut:
            true
        // Another program's file in the journal's place is not ours to set aside.
        case .notAJournal, .notOurs, .replaced, .taken, .lockLost, .tooNew, .journalTooNew, .noFolder, .notAFile, .tooLarge, .io, .locked,
            .alreadyThere, .noState, .inconsistent, .unsteady:
            false
        }
    }
}

import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// What becomes of a state that is pushed into a store, by lineage and serial. Nothing is written here.
enum StatePush: Hashable {
    /// It is there already.
    case nothing
    /// It is a later state of the one that is there.
    case later(RecordedState)
    /// It is made anew: there is none, or what is there is kept under second names.
    case anew(RecordedState)

    /// Decides it.
    ///
    /// - Parameters:
    ///   - found: what there is at the place.
    ///   - gone: snapshots that the pushed state is known to have let go of: by its own history they were deleted or forgotten.
    ///   - isForced: whether what is there may be given up. The state then gets a serial above all that is known there, so that no plan fits that
    ///     was saved before (P5).
    /// - Throws: `Failure` where it would go backwards, or replace another state.
    static func decide(
        _ pushed: RecordedState, over found: RecoverableState, gone: Set<SnapshotID> = [], isForced: Bool, at place: String
    ) throws -> StatePush {
        var known = found.lastSerial
        let problem: Diagnostic?
        switch found.condition {
        case .absent:
            problem = pushed.header.serial < known ? .pushBackwards(pushed.header.serial, known: known, at: place) : nil
        case .whole(let state), .older(let state, _):
            known = max(known, state.header.serial)
            if state.header.lineage != pushed.header.lineage {
                problem = .pushOverOther(state, at: place)
            } else if state.saysTheSame(as: pushed), state.header.serial >= known {
                return .nothing
            } else if pushed.header.serial < known {
                problem = .pushBackwards(pushed.header.serial, known: known, at: place)
            } else if pushed.header.serial == state.header.serial {
                problem = .pushForked(known, at: place)
            } else if let missing = MissingHere(in: pushed, of: state, gone: gone) {
                // A later serial does not prove that it goes on from what is there: two runs may have parted before it (P1).
                problem = .pushDrops(missing, at: place)
            } else {
                if case .whole = found.condition { return .later(pushed) }
                problem = nil
            }
        case .damaged(let fault):
            var diagnostic = fault.diagnostic
            diagnostic.help = "run 'snapkeep recover' to rebuild it; '--force' puts this state in its place, and keeps what is there"
            problem = diagnostic
        }
        guard let problem else { return .anew(pushed) }
        guard isForced else { throw Failure(.refused, problem) }
        var state = pushed
        state.header.serial = max(pushed.header.serial, known + 1)
        return .anew(state)
    }
}

/// What a state knows of that another one has lost sight of.
private struct MissingHere {
    var snapshots: [SnapshotRecord]
    /// Keys of creations that are not settled.
    var open: [SnapshotKey]

    /// `nil` where nothing is missing: each snapshot is recorded, was forgotten on purpose, or is known to be gone; each open creation is open
    /// still, or became a recorded snapshot.
    init?(in pushed: RecordedState, of stored: RecordedState, gone: Set<SnapshotID>) {
        let recorded = pushed.records + pushed.superseded
        let ids = Set(recorded.lazy.map(\.id)).union(pushed.forgotten).union(gone)
        let attempts = Set(recorded.lazy.compactMap(\.attempt)).union(pushed.openIntents.lazy.map(\.attempt))
        snapshots = (stored.records + stored.superseded).filter { !ids.contains($0.id) }
        open = stored.openIntents.lazy.filter { !attempts.contains($0.attempt) }.map(\.key)
        if snapshots.isEmpty && open.isEmpty { return nil }
    }

    /// Some by name, and how many there are beyond.
    var names: String {
        let all =
            snapshots.map { "\($0.id) (\(VisibleText.escaped($0.key.text)))" }
            + open.map { "the unsettled creation of \(VisibleText.named($0.text))" }
        return Quantities.list(all.prefix(5) + (all.count > 5 ? ["\(all.count - 5) more"] : []))
    }
}

extension RecordedState {
    /// Whether two states differ in nothing but the run that wrote them.
    fileprivate func saysTheSame(as other: RecordedState) -> Bool {
        var (left, right) = (self, other)
        (left.header.lastRun, right.header.lastRun) = (nil, nil)
        return StateFile.digest(of: left) == StateFile.digest(of: right)
    }
}

extension Diagnostic {
    private static let forcing = "'--force' does it all the same, keeps what is there under another name, and outdates all saved plans"

    static func pushBackwards(_ serial: Int, known: Int, at place: String) -> Diagnostic {
        Diagnostic(
            .error, code: "push-backwards", "the store has come to serial \(known), and this state has serial \(serial)",
            at: .named(place), notes: [.init("what was made since would be made a second time; nothing was changed", at: .none)],
            help: "push the newest state; \(forcing)")
    }

    static func pushForked(_ serial: Int, at place: String) -> Diagnostic {
        Diagnostic(
            .error, code: "push-forked", "the store has another state of the same lineage and the same serial \(serial)",
            at: .named(place),
            notes: [.init("two runs have gone on from one state, each without the other; nothing was changed", at: .none)],
            help: "keep the one in the store and run 'snapkeep recover', which adds what the other has made; \(forcing)")
    }

    fileprivate static func pushDrops(_ missing: MissingHere, at place: String) -> Diagnostic {
        let counts = [
            missing.snapshots.isEmpty ? nil : Quantities.count(missing.snapshots.count, "snapshot"),
            missing.open.isEmpty ? nil : Quantities.count(missing.open.count, "open creation"),
        ]
        return Diagnostic(
            .error, code: "push-drops",
            "the store has \(Quantities.list(counts.compactMap { $0 })) that this state knows nothing of", at: .named(place),
            notes: [
                .init(missing.names, at: .none),
                .init("they would be made a second time, or never be deleted; nothing was changed", at: .none),
            ],
            help: "keep the state in the store and run 'snapkeep recover', which adds what the other has made; "
                + "where they are gone, \(forcing)")
    }

    static func pushOverOther(_ state: RecordedState, at place: String) -> Diagnostic {
        Diagnostic(
            .error, code: "push-over-other",
            "the store holds another state: of \(VisibleText.named(state.header.owner)), with "
                + "\(Quantities.count(state.records.count, "snapshot")) and serial \(state.header.serial)", at: .named(place),
            notes: [.init("their lineages differ; nothing was changed", at: .none)],
            help: "name another place with --state; \(forcing)")
    }
}

import SnapkeepCore
import SnapkeepEngine

/// What a terminal shows while an apply runs: a value that events are folded into. Drawing is a function of it and the time
/// (`frame`), so the look can be tested without a terminal.
struct LiveProgress: Sendable {
    /// What is known of one snapshot under way.
    struct Row: Hashable, Sendable {
        var activity: Activity
        var startedAt: Timestamp
        var phase: Phase
        fileprivate var sequence: Int
    }

    /// How far a snapshot under way has come.
    enum Phase: Hashable, Sendable {
        /// A request is in flight or about to be sent.
        case requesting
        /// Accepted by the cloud; waited for.
        case awaited(SnapshotStatus?, percent: Int?)
        case lookingUp

        fileprivate var isAwaited: Bool { if case .awaited = self { true } else { false } }
    }

    // A superseded snapshot may be deleted while the one of the same key is changed.
    private struct RowID: Hashable {
        var key: SnapshotKey
        var isDeletion: Bool
    }

    let style: TextStyle
    private(set) var total = 0
    private(set) var done = 0
    private(set) var failed = 0
    /// Waits whose time ran out.
    private(set) var timedOut = 0
    private(set) var awaitedCount = 0
    private(set) var beganAt: Timestamp?
    private(set) var throttledUntil: Timestamp?
    private(set) var isStopping = false
    /// Why the awaited snapshots could not be looked at, until something is seen of them again.
    private(set) var lookFault: ServiceFault?
    /// Columns of the widest key seen; it only grows, so that nothing jumps.
    private(set) var keyColumns: Int
    private var rows: [RowID: Row] = [:]
    // Oldest first; may hold rows that are gone, so that finishing one costs nothing.
    private var order: [(id: RowID, sequence: Int)] = []
    private var nextSequence = 0
    // What may have a sequel that the plan counts with it: fields to change once it is available, a predecessor to delete.
    private var sequels: Set<RowID> = []

    /// Nothing begun.
    ///
    /// - Parameter keys: what will appear, so that the columns are right from the first frame on.
    init(style: TextStyle, keys: some Sequence<SnapshotKey> = EmptyCollection<SnapshotKey>()) {
        self.style = style
        keyColumns = keys.reduce(12) { max($0, PlanColumns.columns($1.text)) }
    }

    /// How many snapshots are under way.
    var runningCount: Int { rows.count }

    /// The oldest rows under way, at most `limit`.
    func oldestRows(_ limit: Int) -> [(key: SnapshotKey, row: Row)] {
        var result: [(key: SnapshotKey, row: Row)] = []
        for (id, sequence) in order {
            if result.count >= limit { break }
            if let row = rows[id], row.sequence == sequence { result.append((id.key, row)) }
        }
        return result
    }

    /// Folds one event in.
    ///
    /// - Returns: the finished lines, which scroll up above the next frame and are not drawn again.
    mutating func apply(_ event: ProgressEvent, at now: Timestamp) -> [String] {
        switch event {
        case .began(let changes):
            total = changes
            beganAt = now
        case .settled: break
        case .started(let key, let activity): start(key, activity, at: now)
        case .accepted(let key, _): setPhase(.awaited(nil, percent: nil), of: RowID(key: key, isDeletion: false))
        case .progressed(let key, let status, let percent):
            lookFault = nil
            let deletion = RowID(key: key, isDeletion: true)
            let isDeletion = (status == .deleting || status == .errorDeleting) && rows[deletion] != nil
            setPhase(.awaited(status, percent: percent), of: isDeletion ? deletion : RowID(key: key, isDeletion: false))
        case .finished(let key, let activity, let id, let size, let took):
            done += 1
            lookFault = nil
            remove(RowID(key: key, isDeletion: activity == .delete))
            if activity == .resume || activity == .adopt || activity == .replace {
                sequels.insert(RowID(key: key, isDeletion: activity == .replace))
            }
            return [finishedLine(key, activity, id, size, took)]
        case .failed(let failure):
            failed += 1
            remove(RowID(key: failure.key, isDeletion: failure.activity == .delete))
            // Never cut: which one it was must be told.
            let key = TextWidth.padded(VisibleText.escaped(failure.key.text), to: min(Self.widestKey, keyColumns))
            return ["  \(style.paint("✗", .bad)) \(key)  \(failure.reason)"]
        case .timedOut(let wait):
            timedOut += 1
            remove(RowID(key: wait.key, isDeletion: wait.activity == .delete))
            let key = TextWidth.padded(VisibleText.escaped(wait.key.text), to: min(Self.widestKey, keyColumns))
            return ["  \(style.paint("…", .wait)) \(key)  \(wait.words)"]
        case .throttled(let wait, _): throttledUntil = max(throttledUntil ?? now, now + wait)
        case .lookingUp(let key, _): setPhase(.lookingUp, of: RowID(key: key, isDeletion: false))
        case .lookFailed(let fault): lookFault = fault
        case .duplicateFound(let key, let id): return ["  \(style.paint("!", .update)) \(ProgressWords.duplicate(key, id))"]
        case .stopping(let inFlight):
            isStopping = true
            return [ProgressWords.stopping(inFlight: inFlight)]
        }
        return []
    }

    private mutating func start(_ key: SnapshotKey, _ activity: Activity, at now: Timestamp) {
        let id = RowID(key: key, isDeletion: activity == .delete)
        keyColumns = max(keyColumns, PlanColumns.columns(key.text))
        let phase: Phase = activity == .resume ? .awaited(nil, percent: nil) : .requesting
        if rows[id] != nil { return setPhase(phase, of: id) }
        // Counted when it begins, so that the bar is not full while something runs.
        if sequels.remove(id) != nil { total += 1 }
        if phase.isAwaited { awaitedCount += 1 }
        rows[id] = Row(activity: activity, startedAt: now, phase: phase, sequence: nextSequence)
        order.append((id, nextSequence))
        nextSequence += 1
    }

    private mutating func setPhase(_ phase: Phase, of id: RowID) {
        guard let former = rows[id]?.phase else { return }
        awaitedCount += (phase.isAwaited ? 1 : 0) - (former.isAwaited ? 1 : 0)
        rows[id]!.phase = phase
    }

    private mutating func remove(_ id: RowID) {
        guard let row = rows.removeValue(forKey: id) else { return }
        if row.phase.isAwaited { awaitedCount -= 1 }
        if order.count > 2 * rows.count + 64 { order = order.filter { rows[$0.id]?.sequence == $0.sequence } }
    }

    private func finishedLine(_ key: SnapshotKey, _ activity: Activity, _ id: SnapshotID, _ size: Int?, _ took: Duration) -> String {
        // One cell for both: a new snapshot needs no word, and what is not new is told by its word rather than by its size.
        let what = TextWidth.padded(left: activity == .create ? size.map(Quantities.size) ?? "" : ProgressWords.done(activity), to: 8)
        let width = min(Self.widestKey, keyColumns)
        let keyCell = TextWidth.padded(TextWidth.cut(VisibleText.escaped(key.text), to: width), to: width)
        let time = TextWidth.padded(left: Quantities.duration(took), to: 10)
        return "  \(style.paint("✓", .good)) \(keyCell)  \(TextWidth.padded(id.text, to: 36))  \(what)  \(time)"
    }

    /// Columns of a key in the lines that stay. With keys of up to 14 columns a finished line fits a terminal of 80.
    private static let widestKey = 24
}

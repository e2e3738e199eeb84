package import SnapkeepCore
package import SnapkeepEngine

/// What a terminal shows while an apply runs: a value that events are folded into. Drawing is a function of it and the time
/// (`frame`), so the look can be tested without a terminal.
package struct LiveProgress: Sendable {
    /// What is known of one snapshot under way.
    package struct Row: Hashable, Sendable {
        var activity: Activity
        var startedAt: Timestamp
        var phase: Phase
        fileprivate var sequence: Int
    }

    /// How far a snapshot under way has come.
    package enum Phase: Hashable, Sendable {
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
    package init(style: TextStyle, keys: some Sequence<SnapshotKey> = EmptyCollection<SnapshotKey>()) {
        self.style = style
        keyColumns = 12
        for key in keys { see(key) }
    }

    // A very long key is cut, or has its line for itself: it must not move all others.
    private mutating func see(_ key: SnapshotKey) {
        let columns = PlanColumns.columns(key.text)
        if columns <= Self.widestKey { keyColumns = max(keyColumns, columns) }
    }

    /// How many snapshots are under way.
    package var runningCount: Int { rows.count }

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
    /// - Parameter width: of the terminal.
    /// - Returns: the finished lines, which scroll up above the next frame and are not drawn again.
    package mutating func apply(_ event: ProgressEvent, at now: Timestamp, width: Int = 80) -> [String] {
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
            return finishedLines(key, activity, id, size, took, width)
        case .failed(let failure):
            failed += 1
            remove(RowID(key: failure.key, isDeletion: failure.activity == .delete))
            return told("✗", .bad, failure.key, failure.reason, width)
        case .timedOut(let wait):
            timedOut += 1
            remove(RowID(key: wait.key, isDeletion: wait.activity == .delete))
            return told("…", .wait, wait.key, wait.words, width)
        case .throttled(let wait, _): throttledUntil = max(throttledUntil ?? now, now + wait)
        case .lookingUp(let key, _): setPhase(.lookingUp, of: RowID(key: key, isDeletion: false))
        case .lookFailed(let fault): lookFault = fault
        case .duplicateFound(let key, let id): return wrapped("  \(style.paint("!", .update)) \(ProgressWords.duplicate(key, id))", width)
        case .stopping(let inFlight):
            isStopping = true
            return wrapped(ProgressWords.stopping(inFlight: inFlight), width, indent: 2)
        }
        return []
    }

    private mutating func start(_ key: SnapshotKey, _ activity: Activity, at now: Timestamp) {
        let id = RowID(key: key, isDeletion: activity == .delete)
        see(key)
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

    /// In one line, with the id shortened where the terminal is narrow, or in two on a very narrow one.
    private func finishedLines(
        _ key: SnapshotKey, _ activity: Activity, _ id: SnapshotID, _ size: Int?, _ took: Duration, _ width: Int
    ) -> [String] {
        // One cell for both: a new snapshot needs no word, and what is not new is told by its word rather than by its size.
        let what = activity == .create ? size.map(Quantities.size) ?? "" : ProgressWords.done(activity)
        let sign = "  \(style.paint("✓", .good)) "
        let key = VisibleText.escaped(key.text)
        let time = Quantities.duration(took)
        guard width >= TextTable.narrowest else {
            let facts = [Quantities.shortID(id.text), what, time].filter { !$0.isEmpty }
            return [sign + TextWidth.middle(key, to: width - 4), "    " + facts.joined(separator: "  ")]
        }
        // By the widest key, so that the columns stay as they are: everything in front of the time, with a whole id.
        let front = 4 + keyColumns + 2 + 36 + 2 + 8 + 2
        let timeColumns = width >= front + 8 ? min(10, width - front) : 10
        let facts = "  \(TextWidth.padded(left: what, to: 8))  \(TextWidth.padded(left: time, to: timeColumns))"
        var idCell = TextWidth.padded(id.text, to: 36)
        if front + timeColumns > width {
            idCell = Quantities.shortID(id.text)
        } else if front - 12 + facts.count > width {
            // A long time costs the id of its own line.
            idCell = TextWidth.padded(Quantities.shortID(id.text), to: 36 - (front - 12 + facts.count - width))
        }
        let room = width - 4 - 2 - TextWidth.columns(idCell) - facts.count
        return [sign + TextWidth.padded(TextWidth.middle(key, to: room), to: min(room, keyColumns)) + "  " + idCell + facts]
    }

    /// A line about a snapshot that did not come to its end; its key is never cut: which one it was must be told.
    private func told(_ sign: String, _ role: TextStyle.Role, _ key: SnapshotKey, _ words: String, _ width: Int) -> [String] {
        let name = TextWidth.padded(VisibleText.escaped(key.text), to: width < TextTable.narrowest ? 0 : min(Self.widestKey, keyColumns))
        return wrapped("  \(style.paint(sign, role)) \(name)  \(words)", width)
    }

    private func wrapped(_ line: String, _ width: Int, indent: Int = 4) -> [String] {
        TextFlow.wrapped(line, width: width, indent: indent, breaksWords: true).split(separator: "\n").map { String($0) }
    }

    /// Columns of a key in the lines that stay, unless it is alone in being longer.
    private static let widestKey = 40
}

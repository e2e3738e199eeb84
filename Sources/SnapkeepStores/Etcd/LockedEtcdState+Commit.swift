import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

extension LockedEtcdState {
    /// What is to happen in one step.
    struct Commit {
        /// The state that is stored from then on; `nil` leaves the one that is there.
        var state: RecordedState?
        /// A line for the history.
        var line: HistoryEntry?
        /// Whether the journal goes.
        var endsJournal = false
        /// Whether all that was stored before goes, whatever it is.
        var replacesAll = false
    }

    /// A change of the state as it was sent.
    struct Change {
        var commit: Commit
        var storing: Storing
        /// Of the history.
        var line: Int
    }

    /// The condition of every write: our lock still stands.
    var isOurs: EtcdCondition { .created(layout.lock, at: fence) }

    /// Carries out a change, whole for every reader and after a kill at any point. What does not fit one transaction goes ahead in chunks that
    /// nobody reads before the last transaction names them.
    func commit(_ given: Commit) async throws(StateFault) {
        if let lost { throw lost }
        var steps: [EtcdOperation] = []
        var ahead: [EtcdOperation] = []
        var room = layout.limits.request - layout.limits.request / 64
        var storing: Storing?
        if let new = given.state {
            storing = try self.storing(new, replacesAll: given.replacesAll)
            steps.append(.put(layout.head, storing!.head.encoded))
            room -= steps[0].size
        }
        var lineNumber = announced?.number ?? lastLine + 1
        if let line = given.line {
            let parts = (line.encoded + [0x0A]).pieces(of: layout.limits.chunk)
            // The line that announced this run goes in the same step as the real one comes. In the same place that is one put; a line of
            // several parts must not be half there, and takes a place of its own.
            if let announced, parts.count > 1 || announced.parts > 1 {
                lineNumber = lastLine + 1
                steps.append(.delete(layout.history(announced.number)))
            }
            for (part, bytes) in parts.enumerated() {
                let put = EtcdOperation.put(layout.history(lineNumber, part: part), bytes)
                if part < parts.count - 1 { ahead.append(put) } else { steps.append(put) }
            }
            room -= steps.last!.size
        }
        if given.endsJournal { steps += [.delete(layout.journal), .delete(EtcdSpan(key: layout.open))] }
        if let storing {
            steps += storing.dead.map { .delete($0) }
            if storing.puts.reduce(0, { $0 + $1.size }) <= room, storing.puts.count + steps.count <= layout.limits.steps {
                steps += storing.puts
            } else {
                ahead += storing.puts
            }
        }
        for step in ahead { try await stage(step) }
        if !ahead.isEmpty { failpoints.hit(.afterTemporaryFile) }
        let change = storing.map { Change(commit: given, storing: $0, line: lineNumber) }
        if change != nil { doubt = change }
        let revision = try await fenced(steps, also: [.modified(layout.head, at: headRevision)])
        if change != nil { doubt = nil }
        note(given, storing, line: lineNumber, at: revision)
    }

    /// Whether a change of the state that was told as failed was carried out all the same, as is seen once the cluster answers again.
    func isCarriedOut() async -> Bool {
        guard let change = doubt, let there = try? await gateway.read(layout.head), there.value == change.storing.head.encoded,
            there.modRevision > headRevision
        else { return false }
        doubt = nil
        note(change.commit, change.storing, line: change.line, at: there.modRevision)
        return true
    }

    /// Notes what stands there from now on.
    private func note(_ given: Commit, _ storing: Storing?, line lineNumber: Int, at revision: Int) {
        if given.line != nil {
            let former = lastLine
            lastLine = max(lastLine, lineNumber)
            if EtcdHistory.isCutDue(from: former, to: lastLine) { isHistoryCutDue = true }
            announced = nil
        }
        if let storing {
            (head, headRevision, changes) = (storing.head, revision, storing.changes)
            (written, sum) = (storing.state, storing.sum)
            state.state = storing.state
        }
        if given.endsJournal { journal = nil }
    }

    /// Writes what no reader looks at yet.
    func stage(_ step: EtcdOperation) async throws(StateFault) { _ = try await fenced([step], also: []) }

    /// Carries out a transaction under our lock, and finds out what became of it where an answer was lost.
    ///
    /// - Returns: the revision of the head afterwards.
    private func fenced(_ steps: [EtcdOperation], also conditions: [EtcdCondition]) async throws(StateFault) -> Int {
        if let lost { throw lost }
        let looks = [layout.lock, layout.head].map { EtcdOperation.range(EtcdRange(span: EtcdSpan(key: $0))) }
        let written = steps.first.flatMap { if case .put(layout.head, let bytes, _) = $0 { bytes } else { nil } }
        /// Whether a sending was carried out that has lost its answer: the head is then what this one says.
        func isDone(_ there: EtcdKeyValue) -> Bool { there.value == written && there.modRevision > headRevision }
        let answer: EtcdTransactionAnswer
        do throws(EtcdFault) { answer = try await gateway.transaction(if: [isOurs] + conditions, then: steps, else: looks) } catch {
            let fault = StateFault(error, place, .write)
            if written == nil { throw fault }
            // It must not be told as a state which is not written.
            do throws(EtcdFault) {
                if let there = try await gateway.read(layout.head), isDone(there) { return there.modRevision }
            } catch { throw fault.withOutcomeUnknown }
            throw fault
        }
        if answer.succeeded { return written == nil ? headRevision : answer.revision }
        let (lock, there) = (answer.ranges[0]?.keys.first, answer.ranges[1]?.keys.first)
        // Such a first sending makes the second one fail.
        if let there, isDone(there) { return there.modRevision }
        if lock?.createRevision != fence { throw await lockIsLost(lock) }
        throw .replaced(path: place, kept: nil)
    }

    // MARK: Segments

    /// How a state is stored.
    struct Storing {
        var state: RecordedState
        var sum: UInt32
        var head: EtcdHead
        var changes: [StateChange]
        var puts: [EtcdOperation]
        /// Segments that are not needed any more.
        var dead: [EtcdSpan]
    }

    private func storing(_ given: RecordedState, replacesAll: Bool) throws(StateFault) -> Storing {
        let new = try given.storable(at: place)
        let lines = StateLines(new)
        let id = newSegmentID()
        let addition = replacesAll ? nil : addition(for: lines)
        let kept = addition?.segments ?? []
        var changes = addition?.changes ?? []
        if let change = addition?.change, !change.isEmpty { changes.append(change) }
        let chunks = addition?.change.chunks(layout.limits.chunk) ?? ChunkPacking.all(of: lines, layout.limits.chunk)
        let fresh = chunks.isEmpty ? [] : [EtcdHead.Segment(id: id, chunks: chunks.map(\.count))]
        var header = EtcdHead.Header.fields(lines.fields)
        var puts = puts(chunks, of: id)
        if lines.fields.count > layout.limits.header {
            let (id, pieces) = (newSegmentID(), lines.fields.pieces(of: layout.limits.chunk))
            header = .chunks(EtcdHead.Segment(id: id, chunks: pieces.map(\.count)))
            puts += self.puts(pieces, of: id)
        }
        return Storing(
            state: new, sum: lines.sum, head: EtcdHead(segments: kept + fresh, header: header), changes: changes, puts: puts,
            dead: (head?.allSegments ?? []).dropFirst(kept.count).map { layout.segment($0.id) })
    }

    private func newSegmentID() -> String {
        segmentCount += 1
        return String(fence, radix: 16) + "-" + String(segmentCount, radix: 16)
    }

    private func puts(_ chunks: [[UInt8]], of segment: String) -> [EtcdOperation] {
        chunks.enumerated().map { .put(layout.chunk(segment, $0), $1) }
    }

    /// What makes this state of the one that is stored: the segments that stay, what those behind the first do, and what comes behind them;
    /// `nil` where all is to be written anew.
    private func addition(for lines: StateLines) -> (segments: [EtcdHead.Segment], changes: [StateChange], change: StateChange)? {
        guard let written, var segments = head?.segments, !segments.isEmpty else { return nil }
        let former = StateLines(written)
        // Lines that another version wrote in another way would not fit the digest of those that this one writes.
        guard former.sum == sum else { return nil }
        var changes = changes
        var change = StateChange.between(former, lines)
        // Segments shrink from the first to the last, as the digits of a binary number do, so there are few of them.
        while segments.count > 1, segments[segments.count - 1].size <= 2 * change.size {
            segments.removeLast()
            var merged = changes.removeLast()
            merged.append(change)
            change = merged
        }
        let added = segments.dropFirst().reduce(change.size) { $0 + $1.size }
        return 2 * added < segments[0].size ? (segments, changes, change) : nil
    }
}

extension StateFault {
    /// The fault of a change of which nobody could find out what became of it: what refuses the last sending says nothing of those before.
    fileprivate var withOutcomeUnknown: StateFault {
        guard case .io(let path, let call, let words, let cause, let access) = self else { return self }
        return switch cause {
        case .storeDenied, .storeForeign, .other: .io(path: path, call: call, words, cause: .storeUnsure, access)
        default: self
        }
    }
}

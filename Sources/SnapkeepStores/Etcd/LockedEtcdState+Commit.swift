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

    /// The condition of every write: our lock still stands.
    var isOurs: EtcdCondition { .created(layout.lock, at: fence) }

    /// Carries out a change, whole for every reader and after a kill at any point. What does not fit one transaction goes ahead in chunks that
    /// nobody reads before the last transaction names them.
    func commit(_ given: Commit) async throws(StateFault) {
        if let lost { throw lost }
        var steps: [EtcdOperation] = []
        var ahead: [[EtcdOperation]] = []
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
                if part < parts.count - 1 { ahead.append([put]) } else { steps.append(put) }
            }
            room -= steps.last!.size
        }
        if given.endsJournal { steps += [.delete(layout.journal), .delete(EtcdSpan(key: layout.open))] }
        if let storing {
            steps += storing.dead.map { .delete($0) }
            if storing.puts.reduce(0, { $0 + $1.size }) <= room, storing.puts.count + steps.count <= layout.limits.steps {
                steps += storing.puts
            } else {
                ahead += storing.puts.map { [$0] }
            }
        }
        for chunk in ahead { try await stage(chunk) }
        if !ahead.isEmpty { failpoints.hit(.afterTemporaryFile) }
        let answer = try await fenced(steps, also: [.modified(layout.head, at: headRevision)])
        if given.line != nil {
            lastLine = max(lastLine, lineNumber)
            announced = nil
        }
        if let storing {
            (head, headRevision, changes) = (storing.head, answer.headRevision, storing.changes)
            (written, sum) = (storing.state, storing.sum)
            state.state = storing.state
        }
        if given.endsJournal { journal = nil }
    }

    /// Writes what no reader looks at yet.
    func stage(_ steps: [EtcdOperation]) async throws(StateFault) { _ = try await fenced(steps, also: []) }

    /// Carries out a transaction under our lock, and finds out what became of it where an answer was lost.
    ///
    /// - Returns: the revision of the head afterwards.
    private func fenced(_ steps: [EtcdOperation], also conditions: [EtcdCondition]) async throws(StateFault) -> (headRevision: Int, Void) {
        if let lost { throw lost }
        let looks = [layout.lock, layout.head].map { EtcdOperation.range(EtcdRange(span: EtcdSpan(key: $0))) }
        let answer: EtcdTransactionAnswer
        do throws(EtcdFault) { answer = try await gateway.transaction(if: [isOurs] + conditions, then: steps, else: looks) } catch {
            throw StateFault(error, place, .write)
        }
        let written = steps.first.flatMap { if case .put(layout.head, let bytes, _) = $0 { bytes } else { nil } }
        if answer.succeeded { return (written == nil ? headRevision : answer.revision, ()) }
        let (lock, there) = (answer.ranges[0]?.keys.first, answer.ranges[1]?.keys.first)
        // A first sending that was carried out, and whose answer was lost, makes the second one fail: the head is then what this one says.
        if let written, let there, there.value == written, there.modRevision > headRevision { return (there.modRevision, ()) }
        if lock?.createRevision != fence { throw await lockIsLost(lock) }
        throw .replaced(path: place, kept: nil)
    }

    // MARK: Segments

    /// How a state is stored.
    private struct Storing {
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
        let id = String(fence, radix: 16) + "-" + String(segmentCount + 1, radix: 16)
        segmentCount += 1
        // Lines that another version wrote in another way would not fit the digest of those that this one writes.
        if !replacesAll, let head, let before = written, !head.segments.isEmpty, StateLines(before).sum == sum {
            var change = StateChange.between(before, new, lines)
            var kept = head.segments
            var keptChanges = changes
            // Segments shrink from the first to the last, as the digits of a binary number do, so there are few of them.
            while kept.count > 1, kept[kept.count - 1].size <= 2 * change.size {
                var merged = keptChanges.removeLast()
                merged.append(change)
                change = merged
                kept.removeLast()
            }
            let base = kept[0].size
            if 2 * (change.size + kept.dropFirst().reduce(0) { $0 + $1.size }) < base {
                let chunks = change.chunks(layout.limits.chunk)
                let dead = head.segments.dropFirst(kept.count).map { layout.segment($0.id) }
                if chunks.isEmpty {
                    return Storing(
                        state: new, sum: lines.sum, head: EtcdHead(segments: kept, fields: lines.fields), changes: keptChanges, puts: [],
                        dead: dead)
                }
                return Storing(
                    state: new, sum: lines.sum,
                    head: EtcdHead(segments: kept + [.init(id: id, chunks: chunks.map(\.count))], fields: lines.fields),
                    changes: keptChanges + [change], puts: puts(chunks, id), dead: dead)
            }
        }
        let chunks = ChunkPacking.all(of: lines, layout.limits.chunk)
        return Storing(
            state: new, sum: lines.sum,
            head: EtcdHead(segments: chunks.isEmpty ? [] : [.init(id: id, chunks: chunks.map(\.count))], fields: lines.fields),
            changes: [], puts: puts(chunks, id), dead: (head?.segments ?? []).map { layout.segment($0.id) })
    }

    private func puts(_ chunks: [[UInt8]], _ id: String) -> [EtcdOperation] {
        chunks.enumerated().map { .put(layout.chunk(id, $0), $1) }
    }
}

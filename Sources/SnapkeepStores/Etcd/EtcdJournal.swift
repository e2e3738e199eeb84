import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// The journal of the run that is under way: its lines that are stored, and those that wait.
struct EtcdJournal: Sendable {
    /// An event that waits, and its line without the line feed.
    struct Line: Sendable {
        let event: JournalEvent
        let bytes: [UInt8]
        /// Whether somebody waits until it is stored, and is told where it is not.
        let isAwaited: Bool
    }

    let run: RunID
    let basis: JournalBasis
    /// The checksum of the last line, waiting ones included.
    private var sum: UInt32
    /// How many lines are stored, and how many bytes they have.
    private(set) var stored: Int
    private(set) var storedBytes: Int
    /// What comes behind those.
    private var pending: [Line] = []
    /// Events that were taken and fit nothing that stands there.
    private var misfits: [JournalEvent] = []
    /// Nothing is appended after the first failure.
    private(set) var failure: JournalFailure?

    init(run: RunID, basis: JournalBasis, sum: UInt32, stored: Int, storedBytes: Int) {
        (self.run, self.basis, self.sum, self.stored, self.storedBytes) = (run, basis, sum, stored, storedBytes)
    }

    var hasPending: Bool { !pending.isEmpty }
    /// How many lines there are with those that wait.
    var count: Int { stored + pending.count }

    mutating func fail(_ failure: JournalFailure) { self.failure = self.failure ?? failure }

    mutating func fail(_ fault: StateFault) { fail(JournalFailure(fault)) }

    /// Takes events, one line each.
    mutating func take(_ events: [JournalEvent], isAwaited: Bool) {
        for event in events {
            pending.append(
                Line(
                    event: event, bytes: JournalFile.lines([event], basis: basis, sum: &sum).dropLast(), isAwaited: isAwaited))
        }
    }

    /// The first lines that wait, as many as fit a transaction.
    func nextLines(_ limits: EtcdLimits) -> [[UInt8]] {
        var size = 0
        var lines: [[UInt8]] = []
        for line in pending {
            let added = line.bytes.count + 128
            guard lines.count < limits.steps - 4, lines.isEmpty || size + added < limits.request else { break }
            size += added
            lines.append(line.bytes)
        }
        return lines
    }

    /// Notes that so many of the lines that waited are stored.
    mutating func note(stored count: Int) {
        for line in pending[..<count] { storedBytes += line.bytes.count + 1 }
        stored += count
        pending.removeFirst(count)
    }

    // MARK: After a failure

    /// What was taken and is not stored. Decisions for which somebody waited are none of it: who was told that they are not stored has acted on
    /// none of them.
    var unstored: [JournalEvent] { misfits + pending.filter { !($0.isAwaited && $0.event.isDecision) }.map(\.event) }

    /// Goes on behind the lines that stand there, whether their answer came or not. The failure stays.
    ///
    /// - Parameters:
    ///   - there: the lines that stand there, with the checksum of the last one.
    ///   - event: one that does not stand there, whether it was taken or not.
    ///   - replay: of what stands there.
    /// - Returns: `false`, and nothing is changed, where what stands there cannot be what this journal has stored.
    mutating func goOn(
        behind there: (lines: Int, bytes: Int, sum: UInt32), with event: JournalEvent?, over replay: StateReplay
    ) -> Bool {
        let answerless = there.lines - stored
        guard (0...pending.count).contains(answerless) else { return false }
        // Of a transaction whose answer was lost.
        pending.removeFirst(answerless)
        var waiting = unstored
        if let event, !waiting.contains(event) { waiting.append(event) }
        (stored, storedBytes, sum) = (there.lines, there.bytes, there.sum)
        (pending, misfits) = ([], [])
        var replay = replay
        for event in waiting {
            do {
                try replay.apply(event)
                take([event], isAwaited: false)
            } catch { misfits.append(event) }
        }
        return true
    }
}

import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// The journal of the run that is under way: its lines that are stored, and those that wait.
struct EtcdJournal: Sendable {
    let run: RunID
    let basis: JournalBasis
    /// The checksum of the last line, waiting ones included.
    var sum: UInt32
    /// How many lines are stored, and how many bytes they have.
    var stored: Int
    var storedBytes: Int
    /// Lines behind those, without their line feeds.
    var pending: [[UInt8]] = []
    /// Nothing is appended after the first failure.
    private(set) var failure: JournalFailure?

    var hasPending: Bool { !pending.isEmpty }
    /// How many lines there are with those that wait.
    var count: Int { stored + pending.count }

    mutating func fail(_ failure: JournalFailure) { self.failure = self.failure ?? failure }

    mutating func fail(_ fault: StateFault) { fail(JournalFailure(fault)) }

    /// Forgets a failure, and with it the lines that were never stored.
    mutating func goOn(from stored: (lines: Int, bytes: Int, sum: UInt32)) {
        (self.stored, storedBytes, sum) = (stored.lines, stored.bytes, stored.sum)
        pending = []
    }

    /// Takes events, one line each.
    mutating func take(_ events: [JournalEvent]) {
        for event in events { pending.append(JournalFile.lines([event], basis: basis, sum: &sum).dropLast()) }
    }

    /// The first lines that wait, as many as fit a transaction.
    func nextLines(_ limits: EtcdLimits) -> ArraySlice<[UInt8]> {
        var size = 0
        var count = 0
        while count < pending.count, count < limits.steps - 4,
            count == 0 || size + pending[count].count + 128 < limits.request
        {
            size += pending[count].count + 128
            count += 1
        }
        return pending[..<count]
    }

    /// Notes that so many of the lines that waited are stored.
    mutating func note(stored count: Int) {
        for line in pending[..<count] { storedBytes += line.count + 1 }
        stored += count
        pending.removeFirst(count)
    }
}

extension JournalFailure {
    /// A fault of the store, as the engine is told of it.
    init(_ fault: StateFault) {
        switch fault {
        case .io(let path, _, let words, let cause, _): self.init(path: path, message: words, cause: cause)
        case .lockLost(let path, let holder):
            self.init(
                path: path, message: "the lock of the state is lost" + (holder.map { "; \($0) holds it" } ?? ""), cause: .lockLost)
        case .replaced(let path, _): self.init(path: path, message: "somebody else has written it", cause: .takenAway)
        default: self.init(path: fault.path, message: "it is not open any more")
        }
    }
}

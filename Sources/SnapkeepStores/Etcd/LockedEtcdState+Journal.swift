import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

extension LockedEtcdState {
    func begin(_ run: RunInfo, plan: PlanID?) async throws(StateFault) {
        if journal != nil { throw .inconsistent(path: place, "a run was begun already") }
        guard let before = written else { throw .noState(path: place) }
        if let lost { throw lost }
        let basis = JournalBasis(before.header, sum: sum)
        var chain: UInt32 = 0
        let line = Array(JournalFile.lines([.begin(run, plan: plan)], basis: basis, sum: &chain).dropLast())
        let answer: EtcdTransactionAnswer
        do throws(EtcdFault) {
            answer = try await gateway.transaction(
                if: [isOurs, .modified(layout.head, at: headRevision), .created(layout.journal(1), at: 0)],
                then: [
                    .put(layout.journal(1), line),
                    .put(layout.open, EtcdOpenRun.encode(run.run, basis, journalBytes: line.count + 1)),
                ], else: looks(1))
        } catch { throw StateFault(error, place, .write) }
        if !answer.succeeded {
            if let fault = await faultOfLock(answer) { throw fault }
            // Unless the first sending was carried out, and its answer was lost.
            if answer.ranges[1]?.keys.first?.value != line { throw .replaced(path: place, kept: nil) }
        }
        try await confirmLease()
        journal = EtcdJournal(run: run.run, basis: basis, sum: chain, stored: 1, storedBytes: line.count + 1)
        failpoints.hit(.afterBegin)
    }

    func append(_ events: [JournalEvent], _ durability: Durability) async throws(JournalFailure) {
        guard journal != nil else { throw JournalFailure(path: place, message: "no run was begun") }
        if let failure = journal!.failure { throw failure }
        if let lost { throw JournalFailure(lost) }
        journal!.take(events, isAwaited: durability == .now)
        guard durability == .now else {
            nudges.continuation.yield()
            return
        }
        let mine = journal!.count
        // Behind all calls that arrive meanwhile: one transaction serves them all.
        await Task.yield()
        while let journal, journal.stored < mine {
            if let failure = journal.failure { throw failure }
            if isFlushing { await withCheckedContinuation { waiters.append($0) } } else { try await flush() }
        }
        guard let journal else { throw JournalFailure(path: place, message: "the journal was closed") }
        if let failure = journal.failure { throw failure }
        do throws(StateFault) { try await confirmLease() } catch {
            let failure = JournalFailure(error)
            self.journal?.fail(failure)
            throw failure
        }
    }

    func confirmLock() async throws(JournalFailure) -> Duration? {
        let asked = clock.now()
        do throws(StateFault) { try await confirmLease() } catch { throw JournalFailure(error) }
        return leaseEnd - asked
    }

    /// Writes, as they come, the lines that nobody waits for.
    func writeBehind() async {
        for await _ in nudges.stream {
            await flushEnded()
            guard let journal, journal.failure == nil, journal.hasPending, !isFlushing else { continue }
            try? await flush()
        }
    }

    /// Waits for the transaction under way, and for those that others begin meanwhile: none is under way when it returns.
    func flushEnded() async { while isFlushing { await withCheckedContinuation { waiters.append($0) } } }

    /// Stores all that waits, unless the journal has failed.
    func flushAll() async {
        await flushEnded()
        while let journal, journal.hasPending, journal.failure == nil {
            try? await flush()
            await flushEnded()
        }
    }

    private func endFlush() {
        isFlushing = false
        let waiting = waiters
        waiters = []
        for waiter in waiting { waiter.resume() }
    }

    /// Stores what waits, as far as it fits one transaction.
    func flush() async throws(JournalFailure) {
        guard let writing = journal, writing.hasPending, !isFlushing else { return }
        isFlushing = true
        defer { endFlush() }
        failpoints.hit(.beforeJournalFsync)
        let lines = writing.nextLines(layout.limits)
        do throws(StateFault) { try await store(lines, of: writing) } catch {
            let failure = JournalFailure(error)
            journal?.fail(failure)
            throw failure
        }
        journal?.note(stored: lines.count)
        failpoints.hit(.afterJournalFsync)
    }

    /// Stores lines behind those that are stored. Sent twice, they are stored once: the second transaction finds the first line there.
    private func store(_ lines: [[UInt8]], of journal: EtcdJournal) async throws(StateFault) {
        if let lost { throw lost }
        let first = journal.stored + 1
        var steps: [EtcdOperation] = []
        var bytes = journal.storedBytes
        for (offset, line) in lines.enumerated() {
            steps.append(.put(layout.journal(first + offset), line))
            bytes += line.count + 1
        }
        steps.append(.put(layout.open, EtcdOpenRun.encode(journal.run, journal.basis, journalBytes: bytes)))
        let answer: EtcdTransactionAnswer
        do throws(EtcdFault) {
            answer = try await gateway.transaction(
                if: [isOurs, .exists(layout.journal(first - 1)), .created(layout.journal(first), at: 0)], then: steps, else: looks(first))
        } catch { throw StateFault(error, place, .write) }
        if answer.succeeded { return }
        // Before the line, which may stand there: who has lost the lock starts nothing any more (P1).
        if let fault = await faultOfLock(answer) { throw fault }
        if answer.ranges[1]?.keys.first?.value == lines.first { return }
        throw .replaced(path: place, kept: nil)
    }

    /// What a transaction looks at whose conditions do not hold.
    private func looks(_ line: Int) -> [EtcdOperation] {
        [layout.lock, layout.journal(line)].map { .range(EtcdRange(span: EtcdSpan(key: $0))) }
    }

    private func faultOfLock(_ answer: EtcdTransactionAnswer) async -> StateFault? {
        let lock = answer.ranges[0]?.keys.first
        return lock?.createRevision == fence ? nil : await lockIsLost(lock)
    }

    // MARK: After a failure

    var unstored: [JournalEvent] { journal?.unstored ?? [] }

    /// Tries once more to store one event after `append` has failed, behind all that was taken before.
    func salvage(_ event: JournalEvent) async -> Bool { await storeAgain(with: event) }

    /// Tries once more, and for the last time, to store what was taken.
    func storeUnstored() async {
        await flushAll()
        if let journal, !journal.unstored.isEmpty { _ = await storeAgain(with: nil) }
    }

    /// Stores what waits behind what is stored by now, whether its answer came or not.
    ///
    /// - Parameter event: one that was not taken, or was told as not stored.
    /// - Returns: whether that one is stored.
    private func storeAgain(with event: JournalEvent?) async -> Bool {
        await flushEnded()
        guard journal?.failure != nil, lost == nil, let before = written else { return false }
        // From the read on: several calls come at once, and each goes on behind what the one before it has stored.
        isFlushing = true
        defer { endFlush() }
        guard let there = try? await etcd.reading.journal(), let contents = try? JournalFile.decode(there.bytes),
            contents.run?.run == journal?.run, let sum = there.bytes.split(separator: 0x0A).last.flatMap({ CRC32C.value($0.prefix(8)) })
        else { return false }
        let missing = event.flatMap { contents.events.contains($0) ? nil : $0 }
        var replay = StateReplay(before)
        for event in contents.events { do { try replay.apply(event) } catch { return false } }
        guard journal?.goOn(behind: (there.lines, there.bytes.count, sum), with: missing, over: replay) == true else { return false }
        while let writing = journal, writing.hasPending {
            let lines = writing.nextLines(layout.limits)
            guard (try? await store(lines, of: writing)) != nil else { break }
            journal?.note(stored: lines.count)
        }
        return missing.map { !unstored.contains($0) } ?? true
    }
}

import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

extension LockedEtcdState {
    /// The first pause between two looks whether the lock is free, and the longest: many may wait.
    private static let shortestWait: Duration = .milliseconds(100)
    private static let longestWait: Duration = .seconds(2)

    /// Waits for the lock and takes it.
    ///
    /// - Returns: what stands there from the moment on at which it was taken.
    func takeLock(timeout: Duration) async throws(StateFault) -> EtcdContents {
        do throws(EtcdFault) {
            if let answer = try await awaitLock(timeout) {
                etcd.keeper.serve(self)
                return try await firstContents(answer)
            }
        } catch { throw StateFault(error, place, .lock) }
        throw .locked(path: place, holder: try? await etcd.holder())
    }

    /// - Returns: `nil` where somebody else held it all the time.
    private func awaitLock(_ timeout: Duration) async throws(EtcdFault) -> EtcdTransactionAnswer? {
        let start = waiting.now()
        var waited: Duration = .zero
        var wait = Self.shortestWait
        while true {
            let other: EtcdKeyValue
            switch try await tryToLock() {
            case .taken(let answer): return answer
            case .held(let found): other = found
            }
            repeat {
                let pause = min(wait, timeout - waited)
                guard pause > .zero, await isAwake(after: pause) else { return nil }
                // The looks take their time, too; a clock may stand still while it is slept.
                waited = max(waited + pause, waiting.now() - start)
                wait = min(wait * 2, Self.longestWait)
            } while try await gateway.read(layout.lock)?.createRevision == other.createRevision
        }
    }

    private func isAwake(after pause: Duration) async -> Bool { (try? await waiting.sleep(pause)) != nil }

    private enum LockAttempt {
        case taken(EtcdTransactionAnswer)
        case held(EtcdKeyValue)
    }

    private func tryToLock() async throws(EtcdFault) -> LockAttempt {
        let asked = clock.now()
        let granted = try await gateway.grant(seconds: Int(etcd.policy.lease.components.seconds))
        let last = EtcdRange(span: layout.history, limit: 1, isDescending: true)
        let ids = EtcdRange(span: layout.segments, isKeysOnly: true)
        let mark = EtcdRange(span: EtcdSpan(key: layout.broken))
        let steps = etcd.reading.firstLook + [.range(last), .range(ids), .range(mark)]
        let lockRange = EtcdOperation.range(EtcdRange(span: EtcdSpan(key: layout.lock)))
        let answer: EtcdTransactionAnswer
        do throws(EtcdFault) {
            answer = try await gateway.transaction(
                if: [.created(layout.lock, at: 0)], then: [.put(layout.lock, EtcdLock.encode(run), lease: granted.id), lockRange] + steps,
                else: [lockRange])
        } catch {
            // Nothing is left behind where it is denied, and no lock that nobody holds where only the answer was lost.
            try? await gateway.revoke(granted.id)
            throw error
        }
        let found = answer.ranges.compactMap { $0 }.first?.keys.first
        if let found, found.lease == granted.id {
            // Also where it was taken by a request whose answer was lost.
            (lease, fence) = (granted.id, found.createRevision)
            leaseEnd = asked + .seconds(granted.remaining)
            return .taken(answer.succeeded ? answer : try await gateway.transaction(if: [], then: [lockRange] + steps))
        }
        // Given back at once: whoever waits for the lock must not be one of those that the cluster keeps a lease for.
        try? await gateway.revoke(granted.id)
        // Gone between two steps: the next try has it.
        return .held(found ?? EtcdKeyValue())
    }

    private func firstContents(_ answer: EtcdTransactionAnswer) async throws(EtcdFault) -> EtcdContents {
        let looks = Array(answer.ranges.compactMap { $0 }.dropFirst())
        formerHolderMayLive = !looks[6].keys.isEmpty
        var contents: EtcdContents
        do throws(EtcdFault) { contents = try await etcd.reading.rest(looks, at: answer.revision) } catch {
            guard error == .compacted else { throw error }
            // Nobody else writes from now on: what stands there now is what stood there then.
            contents = try await etcd.reading.all()
        }
        try await clearUp(contents, lastLine: looks[4].keys.first, chunks: looks[5].keys.map(\.key))
        return contents
    }

    /// Removes what runs that died have left half-written: chunks that no head names, and a line of the history without its end.
    private func clearUp(_ contents: EtcdContents, lastLine last: EtcdKeyValue?, chunks: [EtcdKey]) async throws(EtcdFault) {
        var dead: [EtcdSpan] = []
        if let last, let number = layout.historyNumber(last.key) {
            let isWhole = last.value.last == 0x0A
            if !isWhole { dead.append(layout.history(number)) }
            lastLine = isWhole ? number : number - 1
        }
        // Without a head that can be read nothing is known to be dead.
        if let head = contents.head {
            let live = Set(head.allSegments.map(\.id))
            for id in Set(chunks.compactMap { layout.segmentID($0) }).subtracting(live).sorted() { dead.append(layout.segment(id)) }
        }
        for start in stride(from: 0, to: dead.count, by: layout.limits.steps) {
            let some = dead[start..<min(start + layout.limits.steps, dead.count)]
            _ = try await gateway.transaction(if: [.created(layout.lock, at: fence)], then: some.map { .delete($0) })
        }
    }

    // MARK: Renewal

    /// Renews the lease every third of its time, until the lock is closed or lost.
    func keepLease() async {
        while !isClosed, lost == nil {
            do { try await clock.sleep(etcd.policy.lease / 3) } catch { return }
            if isClosed || lost != nil { return }
            try? await renew(isBeside: true)
        }
    }

    /// - Parameter isBeside: whether the run goes on meanwhile.
    /// - Throws: where the lease is gone; a cluster that does not answer is asked again.
    func renew(isBeside: Bool = false) async throws(StateFault) {
        let (asked, id) = (clock.now(), lease)
        do throws(EtcdFault) {
            let renewed = try await gateway.keepAlive(id, isBeside: isBeside)
            leaseEnd = max(leaseEnd, asked + .seconds(renewed.remaining))
        } catch {
            if error == .leaseGone, !isClosed { throw await lockIsLost() }
        }
    }

    /// Notes that the lock is lost, and tells who has it now; or that nothing is there any more, neither a lock nor the state.
    @discardableResult
    func lockIsLost(_ found: EtcdKeyValue? = nil) async -> StateFault {
        if let lost { return lost }
        lost = .lockLost(path: place, holder: nil)
        let fault = await reasonOfLoss(found)
        lost = fault
        journal?.fail(fault)
        return fault
    }

    private func reasonOfLoss(_ found: EtcdKeyValue?) async -> StateFault {
        do throws(EtcdFault) {
            let lock: EtcdKeyValue? = if let found { found } else { try await gateway.read(layout.lock) }
            if let lock { return .lockLost(path: place, holder: await etcd.holder(lock)) }
            if headRevision > 0, try await gateway.read(layout.head) == nil {
                return .io(
                    path: place, call: "write", "somebody has removed the state, its journal and the lock of this run",
                    cause: .storeReplaced, .write)
            }
        } catch {
            // A lease that ran out, as the cluster has it that took the other's place.
            if error == .otherCluster { return StateFault(error, place, .write) }
        }
        return .lockLost(path: place, holder: nil)
    }

    /// Makes sure that the lease lasts, before anything is begun that no condition can stop. A process that was stopped finds out here.
    func confirmLease() async throws(StateFault) {
        if let lost { throw lost }
        if clock.now() < leaseEnd { return }
        try await renew()
        if let lost { throw lost }
        if clock.now() < leaseEnd { return }
        throw .io(
            path: place, call: "flock", "the lease could not be renewed in time", cause: .storeUnreachable, .lock)
    }
}

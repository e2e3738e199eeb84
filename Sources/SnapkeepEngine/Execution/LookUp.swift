import SnapkeepCore

/// Walks the pages of a list.
struct PageWalk {
    let service: any SnapshotService
    let filter: SnapshotFilter
    /// `nil` for the first page.
    var start: PageCursor?

    /// Hands each page to `visit` until the list ends, repeats itself, or goes beyond its bound.
    ///
    /// - Returns: why the list was not read to its end; `nil` when it was.
    /// - Throws: `ServiceFault` when a page could not be read.
    func visitPages(
        retrying retrier: Retrier, _ visit: ([ObservedSnapshot]) -> Void
    ) async throws(ServiceFault) -> ServiceFault? {
        var cursor = start
        var progress = ListProgress(bound: service.listBound, of: "snapshots")
        while true {
            let position = cursor
            let page = try await retrier.call { () throws(ServiceFault) in try await service.snapshotPage(filter, from: position) }
            visit(page.snapshots)
            do { try progress.take(page.snapshots.lazy.map(\.id.text), next: page.next) } catch { return error }
            guard let next = page.next else { return nil }
            cursor = next
        }
    }
}

/// Finds the snapshots that one attempt made.
struct AttemptLookUp {
    let service: any SnapshotService
    let retrier: Retrier

    /// All snapshots of the intent's volume that carry exactly its stamp, oldest first. The server's filter is not trusted (CloudAPI#list).
    ///
    /// - Throws: also when none was found in a list that goes in circles or does not end: what was not seen may be there, so that proves
    ///   nothing.
    func snapshots(of intent: CreationIntent) async throws(ServiceFault) -> [ObservedSnapshot] {
        var found: [SnapshotID: ObservedSnapshot] = [:]
        let obstacle = try await PageWalk(service: service, filter: .volume(intent.volumeID)).visitPages(retrying: retrier) { page in
            for snapshot in page where snapshot.volumeID == intent.volumeID && Stamp(in: snapshot.metadata) == intent.stamp {
                found[snapshot.id] = snapshot
            }
        }
        if found.isEmpty, let obstacle { throw obstacle }
        return found.values.sorted { left, right in
            (left.createdAt?.microseconds ?? .max, left.id) < (right.createdAt?.microseconds ?? .max, right.id)
        }
    }
}

/// Repeats calls that are safe to repeat. One call at a time; the run's own loop has its own way with throttling.
struct Retrier: Sendable {
    let policy: ExecutionPolicy
    let environment: EngineEnvironment

    /// Calls until it succeeds, the fault is one that a repetition cannot mend, or the tries are used up.
    func call<Value: Sendable>(
        _ body: @Sendable () async throws(ServiceFault) -> Value
    ) async throws(ServiceFault) -> Value {
        var tries = 0
        while true {
            do { return try await body() } catch {
                tries += 1
                guard tries < policy.tries, let wait = Backoff(policy, environment).wait(after: error, tries: tries) else { throw error }
                do { try await environment.sleep(wait) } catch { throw ServiceFault.cancelled }
            }
        }
    }
}

extension ServiceFault {
    /// A wait was cut short because the run ends.
    static let cancelled = ServiceFault(.notSent, request: "", message: "the run is ending")
}

/// How long to wait before a request is repeated.
struct Backoff {
    let policy: ExecutionPolicy
    let environment: EngineEnvironment

    init(_ policy: ExecutionPolicy, _ environment: EngineEnvironment) {
        self.policy = policy
        self.environment = environment
    }

    /// `nil` when the fault is one that waiting does not mend.
    func wait(after fault: ServiceFault, tries: Int) -> Duration? {
        switch fault.kind {
        case .throttled(let asked?): paused(asked)
        case .throttled(nil), .notSent, .uncertain, .unintelligible: jittered(tries: tries)
        case .refused, .unauthenticated, .accountBlocked: nil
        }
    }

    /// What the cloud asked for, but never nothing: "again at once" would only be turned away again. `nil` when it is too long to begin.
    private func paused(_ asked: Duration) -> Duration? {
        asked > policy.throttleLimit ? nil : max(asked, policy.backoff.lowerBound)
    }

    /// How long nothing is sent after a request was turned away; `streak` counts such answers before this one.
    func pause(asked: Duration?, streak: Int) -> Duration {
        asked.map { max($0, policy.backoff.lowerBound) } ?? jittered(tries: streak + 1)
    }

    /// Doubles from the policy's shortest to its longest, with full jitter but never below a tenth.
    func jittered(tries: Int) -> Duration {
        let doubled = policy.backoff.lowerBound * Double(1 << min(tries - 1, 20))
        return min(policy.backoff.upperBound, doubled) * max(0.1, environment.chance())
    }
}

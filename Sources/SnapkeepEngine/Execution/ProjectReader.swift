public import SnapkeepCore

/// Reads what a project holds, each list whole or not at all: a page that is missing never makes a snapshot look gone.
public struct ProjectReader: Sendable {
    let service: any ProjectService
    let policy: ExecutionPolicy
    let environment: EngineEnvironment
    let progress: @Sendable (Int) -> Void

    /// Reads through `service`; the policy says how often a page is asked for again.
    ///
    /// - Parameter progress: is told before each page of snapshots how many were read.
    public init(
        service: any ProjectService, policy: ExecutionPolicy, environment: EngineEnvironment,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.service = service
        self.policy = policy
        self.environment = environment
        self.progress = progress
    }

    private var retrier: Retrier { Retrier(policy: policy, environment: environment) }

    /// Hands every snapshot of the project, or of one volume, to `visit`, page by page, newest first. One may come twice where rows shift
    /// between pages, and a server may pass over the filter.
    ///
    /// - Parameter start: where to go on after a page that was read before.
    /// - Throws: `ServiceFault` when any page could not be read, or when the list goes in circles or beyond its bound. What was visited
    ///   until then is not all.
    public func visitSnapshots(
        _ filter: SnapshotFilter = .all, from start: PageCursor? = nil, _ visit: (ObservedSnapshot) -> Void
    ) async throws(ServiceFault) {
        var count = 0
        progress(0)
        let obstacle = try await PageWalk(service: service, filter: filter, start: start).visitPages(retrying: retrier) { page in
            for snapshot in page { visit(snapshot) }
            count += page.count
            progress(count)
        }
        if let obstacle { throw obstacle }
    }

    /// One page of the project's snapshots.
    ///
    /// - Throws: `ServiceFault` when it could not be read.
    func firstPage() async throws(ServiceFault) -> SnapshotPage {
        progress(0)
        return try await retrier.call { () throws(ServiceFault) in try await service.snapshotPage(.all, from: nil) }
    }

    /// Reads one row of the list, to see that it can be read.
    public func probe() async throws(ServiceFault) {
        _ = try await retrier.call { () throws(ServiceFault) in try await service.snapshotPage(.all, from: nil, rows: 1) }
    }

    /// Asks for single snapshots that a whole list did not show: a list may lag behind, and only the snapshot's own 404 says that it is
    /// gone.
    ///
    /// - Returns: those that are there after all.
    /// - Throws: `ServiceFault` when one of them could not be asked for.
    public func snapshots(_ ids: [SnapshotID]) async throws(ServiceFault) -> [ObservedSnapshot] {
        try await each(ids) { id async throws(ServiceFault) in try await service.snapshot(id) }
    }

    /// All volumes of the project, and those of the named ones that the list does not show and that are there after all.
    ///
    /// - Throws: `ServiceFault` when any page or any of these could not be read, or when the list goes in circles or beyond its bound.
    public func volumes(including wanted: Set<VolumeID> = []) async throws(ServiceFault) -> [ObservedVolume] {
        var found: [ObservedVolume] = []
        var ids: Set<VolumeID> = []
        var cursor: PageCursor?
        var progress = ListProgress(bound: service.listBound, of: "volumes")
        while true {
            let position = cursor
            let page = try await retrier.call { () throws(ServiceFault) in try await service.volumePage(from: position) }
            for volume in page.volumes where ids.insert(volume.id).inserted { found.append(volume) }
            try progress.take(page.volumes.lazy.map(\.id.text), next: page.next)
            guard let next = page.next else { break }
            cursor = next
        }
        let missing = wanted.subtracting(ids).sorted()
        return found + (try await each(missing) { id async throws(ServiceFault) in try await service.volume(id) })
    }

    /// Asks for things one by one, a few at a time, and gives back those that are there.
    private func each<ID: Sendable, Value: Sendable>(
        _ ids: [ID], _ ask: @escaping @Sendable (ID) async throws(ServiceFault) -> Value?
    ) async throws(ServiceFault) -> [Value] {
        let result = await withTaskGroup(of: Result<Value?, ServiceFault>.self) { group -> Result<[Value], ServiceFault> in
            var next = 0
            func startNext() {
                guard next < ids.count else { return }
                let id = ids[next]
                next += 1
                group.addTask {
                    do throws(ServiceFault) {
                        return .success(try await retrier.call { () throws(ServiceFault) in try await ask(id) })
                    } catch { return .failure(error) }
                }
            }
            for _ in 0..<max(1, policy.parallelism) { startNext() }
            var found: [Value] = []
            var fault: ServiceFault?
            while let answer = await group.next() {
                switch answer {
                case .success(let value?): found.append(value)
                case .success(nil): break
                case .failure(let error): fault = fault ?? error
                }
                if fault == nil { startNext() }
            }
            return fault.map { .failure($0) } ?? .success(found)
        }
        return try result.get()
    }

    /// The project's quota; `nil` where the cloud does not tell it to this user, which proves nothing.
    ///
    /// - Throws: `ServiceFault` when nothing else would work either.
    public func quota() async throws(ServiceFault) -> ProjectQuota? {
        do {
            return try await retrier.call { () throws(ServiceFault) in try await service.quota() }
        } catch {
            switch error.kind {
            case .refused, .unintelligible, .uncertain, .notSent, .throttled: return nil
            case .unauthenticated, .accountBlocked: throw error
            }
        }
    }
}

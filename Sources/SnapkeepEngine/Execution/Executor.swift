public import SnapkeepCore

/// Carries out the changes of a plan, exactly once each, and records every result as it comes (design 6).
public struct Executor: Sendable {
    let service: any SnapshotService
    let recorder: Recorder
    let policy: ExecutionPolicy
    let environment: EngineEnvironment
    let observe: @Sendable (ProgressEvent) -> Void

    /// Sends requests through `service`, records through `recorder` and tells `observe` what happens, in order.
    public init(
        service: any SnapshotService, recorder: Recorder, policy: ExecutionPolicy, environment: EngineEnvironment,
        observe: @escaping @Sendable (ProgressEvent) -> Void
    ) {
        self.service = service
        self.recorder = recorder
        self.policy = policy
        self.environment = environment
        self.observe = observe
    }

    /// Carries out changes until all are done, failed, or the run is stopped.
    ///
    /// - Parameters:
    ///   - changes: what to do; retained snapshots are passed over.
    ///   - unsettled: why the look-up of an open creation failed; its key is not created again.
    ///   - stops: the first element ends the run softly: nothing new is started, what is under way ends and is recorded.
    public func execute(
        _ changes: [Change], unsettled: [AttemptID: ServiceFault] = [:], stops: AsyncStream<Void>
    ) async -> ApplyReport {
        observe(.began(changes: changes.count(where: \.isAction)))
        var run = Run(executor: self)
        let volumes = await resolveVolumes(of: changes)
        for change in changes { run.add(change, volumes: volumes, unsettled: unsettled) }
        return await withTaskGroup(of: Run.Signal.self) { group in
            group.addTask {
                for await _ in stops { return .stopRequested }
                return .ignored
            }
            run.launch(in: &group)
            while run.hasWork, let signal = await group.next() {
                await run.handle(signal)
                run.launch(in: &group)
            }
            // What is left in the group only waits or listens.
            group.cancelAll()
            return await run.finish()
        }
    }

    /// The volumes that a plan knows by name only, each name looked up once.
    private func resolveVolumes(of changes: [Change]) async -> [String: Result<[VolumeID], ServiceFault>] {
        var resolved: [String: Result<[VolumeID], ServiceFault>] = [:]
        let retrier = Retrier(policy: policy, environment: environment)
        for change in changes {
            switch change {
            case .create(let spec), .replace(let spec, _, _, _):
                guard case .named(_, let name) = spec.volume, resolved[name] == nil else { continue }
                do throws(ServiceFault) {
                    let found = try await retrier.call { () throws(ServiceFault) in try await service.volumes(named: name) }
                    resolved[name] = .success(found.filter { $0.name == name }.map(\.id).sorted())
                } catch { resolved[name] = .failure(error) }
            case .update, .resume, .settle, .delete, .retain: continue
            }
        }
        return resolved
    }
}

public import SnapkeepCore

/// Carries out the changes of a plan, exactly once each, and records every result as it comes.
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
    ///   - memory: what the state is to remember of rotations; on record before anything goes by it.
    ///   - unsettled: why the look-up of an open creation failed; its key is not created again.
    ///   - stops: the first element ends the run softly: nothing new is started, what is under way ends and is recorded.
    public func execute(
        _ changes: [Change], remembering memory: RotationMemory? = nil, unsettled: [AttemptID: ServiceFault] = [:],
        stops: AsyncStream<Void>
    ) async -> ApplyReport {
        observe(.began(changes: changes.count(where: \.isAction)))
        let unprotected = await recordProtections(in: changes)
        // A fault of the journal shows again with the next line.
        if let memory { try? await recorder.record(.rotations(memory), .soon) }
        var loop = ApplyLoop(executor: self, changes: changes, unsettled: unsettled, unprotected: unprotected)
        await withTaskGroup(of: ApplyLoop.Signal.self) { group in
            group.addTask {
                for await _ in stops { return .stopRequested }
                return .ignored
            }
            // Looked up beside the loop, so that a stop is heard meanwhile.
            group.addTask { .resolved(await resolveVolumes(of: changes)) }
            while loop.hasWork, let signal = await group.next() {
                await loop.handle(signal)
                loop.launch(in: &group)
            }
            // What is left in the group only waits or listens.
            group.cancelAll()
        }
        return await loop.finish()
    }

    /// Takes protection over before anything is asked of the cloud: it must hold even if the rest of the change fails (P3).
    ///
    /// - Returns: why it could not be recorded, where it could not.
    private func recordProtections(in changes: [Change]) async -> [SnapshotID: RecordFault] {
        var faults: [SnapshotID: RecordFault] = [:]
        for change in changes {
            switch change {
            case .update(_, let record, let fields), .resume(_, let record, let fields):
                do { try await recorder.recordProtection(of: record.id, as: fields) } catch { faults[record.id] = error }
            case .create, .adopt, .replace, .settle, .delete, .expire, .retain, .lost: continue
            }
        }
        return faults
    }

    /// The volumes that a plan knows by name only, each name looked up once, until a fault shows that nothing else would work either.
    private func resolveVolumes(of changes: [Change]) async -> VolumeResolution {
        var resolved = VolumeResolution()
        let retrier = Retrier(policy: policy, environment: environment)
        for change in changes {
            switch change {
            case .create(let spec), .adopt(let spec, _, _), .replace(let spec, _, _, _):
                guard case .named(_, let name) = spec.volume, resolved.volumes[ExactText(name)] == nil else { continue }
                do throws(ServiceFault) {
                    let found = try await retrier.call { () throws(ServiceFault) in try await service.volumes(named: name) }
                    resolved.volumes[ExactText(name)] = .success(found.filter { $0.name.hasSameBytes(as: name) }.map(\.id).sorted())
                } catch {
                    if error.outlastsItsTries {
                        resolved.end = error
                        return resolved
                    }
                    resolved.volumes[ExactText(name)] = .failure(error)
                }
            case .update, .resume, .settle, .delete, .expire, .retain, .lost: continue
            }
        }
        return resolved
    }
}

/// What the names of volumes in a plan stand for.
struct VolumeResolution: Sendable {
    var volumes: [ExactText: Result<[VolumeID], ServiceFault>] = [:]
    /// A fault that ends the run.
    var end: ServiceFault?
}

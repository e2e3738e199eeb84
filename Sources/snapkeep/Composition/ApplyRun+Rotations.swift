import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering

/// What an apply asks of the cloud for rotations only.
extension ApplyRun {
    /// Two machines may run the same rotation: what another one made for a period that is due here stands for it, and no second is made.
    ///
    /// - Returns: what is to be recorded before it is planned again.
    mutating func foundCopies(of plan: Plan, _ state: RecordedState) async throws -> [SnapshotRecord] {
        let names = plan.rotations?.names ?? []
        guard plan.changes.contains(where: { $0.creation.map { names.own($0.key) } ?? false }) else { return [] }
        let search = try await look(for: plan, state)
        let copies = search.orphanedSnapshots.compactMap { snapshot in
            snapshot.stampedKey.flatMap { names.own($0) ? SnapshotRecord(duplicate: snapshot, key: $0) : nil }
        }
        if copies.isEmpty { lastLook = search } else { session.report([.foundCopies(copies.count)]) }
        return copies
    }

    /// What a pattern picks only the cloud knows: one paged list.
    func readVolumes() async throws -> VolumeDirectory {
        session.say("reading the project's volumes")
        do throws(ServiceFault) {
            return VolumeDirectory(try await session.reader(of: service, settings.policy).volumes(including: []))
        } catch {
            throw Failure(
                .error,
                .ofAccount(error) ?? .projectUnread(error, consequence: "which volumes rotations pick is not known; nothing was changed"))
        }
    }

    /// Before anything expires, and before the instant of a run is remembered, the cloud's clock is held against ours (P12).
    ///
    /// - Returns: whether nothing may expire after all.
    mutating func checkClock(for plan: Plan) async throws -> Bool {
        guard let known = clock, known.suspension == nil, known.isMachineTime,
            plan.newMemory != nil || plan.changes.contains(where: { if case .expire = $0 { true } else { false } })
        else { return false }
        do throws(ServiceFault) {
            if service.clockDifference == nil { try await session.reader(of: service, settings.policy).probe() }
        } catch {
            throw Failure(
                .error, .projectUnread(error, consequence: "nothing expires before the cloud's clock was seen; nothing was changed"))
        }
        let checked = known.checked(against: service.clockDifference)
        clock = checked
        return checked.suspension != nil
    }
}

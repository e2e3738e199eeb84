import SnapkeepCore

/// What rotations let go once their new snapshots are good (P13). Where a volume is full, so that the cloud refuses the new one, what the
/// rules give up anyway goes first, and the creation is tried once more.
struct HeldExpiries {
    private struct Held {
        var record: SnapshotRecord
        var expiry: Expiry
    }

    /// By the key of the new one.
    private var held: [SnapshotKey: [Held]] = [:]
    /// On which volume a new one was made, which may be known by its name only until then.
    private var volumes: [SnapshotKey: VolumeID] = [:]
    /// Creations that wait for room, and why they were refused.
    private var waiting: [SnapshotKey: (job: Job, fault: ServiceFault)] = [:]
    /// Which of them the expiry of a key makes room for.
    private var roomFor: [SnapshotKey: SnapshotKey] = [:]
    /// Creations that were tried again: a second refusal is the end.
    private var tried: Set<SnapshotKey> = []

    /// The keys of all that is still held.
    var keys: [SnapshotKey] { held.values.flatMap { $0.map(\.record.key) } }

    static func job(_ record: SnapshotRecord, _ guards: [SnapshotID], besidesNew: Bool = false) -> Job {
        Job(key: record.key, activity: .expire, volume: record.volumeID, step: .expire(record, guards: guards, besidesNew: besidesNew))
    }

    mutating func hold(_ record: SnapshotRecord, _ expiry: Expiry, until new: SnapshotKey) {
        held[new, default: []].append(Held(record: record, expiry: expiry))
    }

    /// The cloud has begun to make the new one.
    mutating func made(_ new: SnapshotKey, on volume: VolumeID) { if held[new] != nil { volumes[new] = volume } }

    /// The new one is good: what may go now. A copy of another volume is none (P13): where a name has moved to another volume, the copies of
    /// the former one stay.
    mutating func release(for new: SnapshotKey) -> [Job] {
        take(new, on: volumes[new]) { _ in true }.map { Self.job($0.record, $0.expiry.guards, besidesNew: true) }
    }

    private mutating func take(_ new: SnapshotKey, on volume: VolumeID?, where fits: (Held) -> Bool) -> [Held] {
        let all = held.removeValue(forKey: new) ?? []
        func mayGo(_ one: Held) -> Bool { (volume.map { $0 == one.record.volumeID } ?? true) && fits(one) }
        let rest = all.filter { !mayGo($0) }
        if !rest.isEmpty { held[new] = rest }
        return all.filter(mayGo)
    }

    /// Whether a creation that was refused for want of room is to wait until something goes first.
    mutating func makesRoom(for job: Job, refused fault: ServiceFault) -> Bool {
        guard held[job.key]?.contains(where: { $0.expiry.guardsWhenFull != nil && $0.record.volumeID == job.volume }) ?? false,
            tried.insert(job.key).inserted
        else {
            return false
        }
        var again = job
        again.tries = 0
        waiting[job.key] = (again, fault)
        return true
    }

    /// What goes before the new one: nothing but what the rules give up without it.
    mutating func releaseFirst(for new: SnapshotKey, on volume: VolumeID) -> [Job] {
        let first = take(new, on: volume) { $0.expiry.guardsWhenFull != nil }
        for one in first { roomFor[one.record.key] = new }
        return first.map { Self.job($0.record, $0.expiry.guardsWhenFull ?? []) }
    }

    /// The creation that has room now that a snapshot has gone; the first to go is enough.
    mutating func takeWaiting(forRoomBy key: SnapshotKey) -> Job? {
        roomFor[key].flatMap { waiting.removeValue(forKey: $0)?.job }
    }

    /// The creations for which no room was made, at the end of the run.
    mutating func takeWaiting() -> [(job: Job, fault: ServiceFault)] {
        defer { waiting = [:] }
        return waiting.sorted { $0.key < $1.key }.map { ($0.value.job, $0.value.fault) }
    }
}

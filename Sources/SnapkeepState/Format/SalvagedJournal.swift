import SnapkeepCore

/// What can still be read of a journal that is damaged or has lost its state. Each line has its own checksum, so one that is whole says
/// what was written, whatever became of the others.
struct SalvagedJournal: Hashable, Sendable {
    var basis: JournalBasis?
    var run: RunInfo?
    /// Creations without an end that can be read. One whose end stood in a damaged line is looked up once more, which does no harm.
    var openIntents: [CreationIntent] = []
    /// The snapshots that the run is known to have made or seen.
    var snapshotIDs: Set<SnapshotID> = []
    /// What the run is known to have done.
    var work: RunWork
    /// The saved plan that it carried out, if any.
    var plan: PlanID?

    init(_ lines: [(event: JournalEvent, basis: JournalBasis?)]) {
        work = RunWork(lines.map(\.event), over: nil)
        var open: [AttemptID: CreationIntent] = [:]
        for (event, basis) in lines {
            self.basis = self.basis ?? basis
            switch event {
            case .begin(let run, let plan): (self.run, self.plan) = (run, plan)
            case .intent(let intent): open[intent.attempt] = intent
            case .resent(let attempt, let instant, let bootInstant):
                open[attempt]?.startedAt = instant
                open[attempt]?.bootInstant = bootInstant
            case .created(let attempt, let snapshot):
                open[attempt] = nil
                snapshotIDs.insert(snapshot.id)
            case .abandoned(let attempt): open[attempt] = nil
            case .duplicate(let record): snapshotIDs.insert(record.id)
            case .observed(let id, _, _, _), .updated(let id, _, _, _, _), .protection(let id, _), .deleting(let id): snapshotIDs.insert(id)
            case .renamed(let id, _): snapshotIDs.insert(id)
            case .deleted(let id), .forgotten(let id): snapshotIDs.remove(id)
            // Without it what an edit lets go is bounded once more.
            case .rotations: break
            }
        }
        openIntents = open.values.sorted { $0.attempt < $1.attempt }
    }
}

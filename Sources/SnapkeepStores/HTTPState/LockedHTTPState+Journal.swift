import FoundationEssentials
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// The run in between: its note in the document, and its journal on this machine.
extension LockedHTTPState {
    func begin(_ run: RunInfo, plan: PlanID?) async throws(StateFault) {
        if journal != nil { throw .inconsistent(path: http.journals.path, "a run was begun already") }
        if let lost { throw lost }
        try await findOut()
        guard let state = written, let text = document.state else { throw .noState(path: place) }
        if http.journals.isHeld {
            // Another run of this machine writes it, which it can do only with the lock.
            let holder = ((try? http.journals.read()) ?? nil).flatMap { try? JournalFile.decode($0) }?.run.map { LockHolder($0) }
            throw lose(.lockLost(path: place, holder: holder))
        }
        let basis = JournalBasis(state.header, sum: CRC32C.of(text))
        // First the journal, then its note: where only one of the two gets written, nothing was sent to the cloud, and a journal without a note
        // is nothing to anybody.
        let machine = try http.journals.madeMachine(UUID().uuidString.lowercased())
        let journal = try http.journals.begin(run, plan: plan, basis: basis, failpoints: failpoints)
        // The note is written only with the lock.
        let asked = age()
        let note = HTTPStateRun(run, basis: basis, journalBytes: journal.firstBytes, machine: machine)
        do throws(StateFault) { try await commit { $0.run = note } } catch {
            // Where the note may stand, its journal stays.
            if unsure == nil { await journal.withdraw() } else { await journal.close() }
            throw error
        }
        self.journal = journal
        (journalRun, lastConfirmed) = (run.run, asked)
        failpoints.hit(.afterBegin)
    }

    func append(_ events: [JournalEvent], _ durability: Durability) async throws(JournalFailure) {
        guard let journal else { throw JournalFailure(path: http.journals.path, message: "no run was begun") }
        if durability == .now { try await checkLock() }
        do throws(JournalFailure) { try await journal.append(events, durability) } catch {
            // Another run of this machine takes the journal away, which it does with the lock: unless the lock is known to be this run's, that
            // is what has happened, and nothing that this run has made gets into the state any more.
            if error.cause == .takenAway, lost == nil, await confirm() != nil, lost == nil {
                _ = lose(.lockLost(path: place, holder: nil))
                isLossSupposed = true
            }
            if lost != nil { try await checkLock() }
            throw error
        }
    }

    func salvage(_ event: JournalEvent) async -> Bool {
        guard let journal, let written else { return false }
        return await journal.salvage(event, over: written)
    }
}

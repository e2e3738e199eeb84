import SnapkeepCore
import SnapkeepState

/// What the journal on this machine is to the document that stands at a state's address.
enum HTTPStateJournal {
    /// There is none, or its run has ended, and what it tells of is in the document: it died before it removed the journal.
    case none
    /// It is to be taken over, or does not fit the state, which is for whoever loads that to say.
    case pending([UInt8])
    /// It tells of nothing that the document lacks, as far as that can be known: it is kept under another name.
    case aside(HTTPStateAside)

    /// - Parameters:
    ///   - bytes: of the journal; `nil` where there is none.
    ///   - machine: this one (`LocalJournals.machine`); `nil` where no run has begun here yet.
    init(_ bytes: [UInt8]?, beside document: HTTPStateDocument, machine: String?) {
        guard let bytes else {
            self = .none
            return
        }
        self = .pending(bytes)
        let found: JournalContents?
        do throws(JournalProblem) { found = try JournalFile.decode(bytes) } catch { return }
        guard let contents = found, let run = contents.run?.run else {
            // It was never begun, so it is not that of the run which another machine has begun.
            if let note = document.run, note.machine != machine { self = .none }
            return
        }
        if document.run?.info.run == run { return }
        // Whether the records are as they were written is found out by whoever loads them, before anything becomes of the journal.
        func header() -> RecordedState.Header? { document.state.flatMap { StateFile.header(of: $0) } }
        // `begin` is the first event.
        let hasEvents = contents.events.count > 1
        let line = HTTPStateHistory.contents(document.history, namesSnapshots: false).entries.last { $0.run.run == run }
        if let line {
            // A run writes such a line with the state that holds all it did, or beside its note, and then it is none of these. A line of a run
            // that another machine gives up, for it has no journal, has no exit code.
            self = !hasEvents || line.exitCode != nil || header()?.lastRun == run ? .none : .aside(.givenUp)
        } else if !hasEvents, let header = header(), !contents.basis.isOf(header, document.state) {
            // The note of a run stands in the document before the run's first event is written: nothing was sent to the cloud.
            self = .aside(.unannounced)
        }
    }
}

/// Why a journal on this machine is kept under another name and not taken over.
public enum HTTPStateAside: Hashable, Sendable {
    /// Its run did not get to announce itself, so that it sent nothing to the cloud, and the state has moved on since.
    case unannounced
    /// Its run was given up by a recovery on another machine, which has looked up by the stamps what it had made.
    case givenUp
}

extension JournalBasis {
    /// Whether the journal is written over this very state.
    fileprivate func isOf(_ header: RecordedState.Header, _ text: [UInt8]?) -> Bool {
        lineage == header.lineage && serial == header.serial && (sum == nil || sum == text.map { CRC32C.of($0) })
    }
}

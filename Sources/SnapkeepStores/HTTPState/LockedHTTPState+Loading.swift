import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// What a run finds there, and what a recovery does with it.
extension LockedHTTPState {
    func read() async throws(StateFault) {
        bytes = try await http.read()
        // Before a run's journal there is a document. A service that has none any more, or another one in its place, is not begun anew.
        if bytes == nil, try http.hasBegunHere {
            let words = "the service has no state there, and a run has begun over one on this machine"
            throw .io(path: place, call: "GET", words, cause: .storeReplaced, .read)
        }
        document = try http.decoded(bytes) ?? HTTPStateDocument()
    }

    /// Takes over what the document and the journal of this machine say.
    func takeOver() async throws(StateFault) {
        let found = try http.journal(beside: document)
        let loading = try StateLoading(http.texts(document, journal: found))
        written = loading.written
        // As it is taken over now.
        defer { loaded = loading.loaded }
        switch loading.journal {
        case .none: break
        case .remove: if document.run != nil { try await commit { $0.run = nil } }
        case .removeUnchanged:
            // Without its note the run never got to its first intent.
            if document.run != nil {
                try await commit { next in
                    next.run = nil
                    add(HistoryEntry(dead: loading) { nil }, to: &next)
                }
            }
        case .checkpoint:
            failpoints.hit(.beforeCheckpoint)
            try await commit(loading.loaded.state, isLast: true) { next in
                next.run = nil
                add(HistoryEntry(dead: loading) { nil }, to: &next)
            }
        }
        if case .aside(let reason) = found { try http.putAside(reason, at: run.startedAt) } else { http.journals.remove() }
        if loading.journal == .checkpoint { failpoints.hit(.afterCheckpoint) }
    }

    func loadForRecovery() async throws(StateFault) -> RecoverableState {
        bytes = try await http.read()
        var (found, whole) = try http.recoverable(bytes)
        document = whole ?? HTTPStateDocument()
        if document.serial == 0, let bytes { document.serial = HTTPStateContent.serial(of: bytes) }
        switch found.condition {
        case .absent: try await takeOver()
        case .whole:
            try await takeOver()
            // As taken over now.
            if let state = loaded.state { found.condition = .whole(state) }
        case .older, .damaged: break
        }
        return found
    }

    func rebuild(_ state: RecordedState, at now: Timestamp) async throws(StateFault) -> [String] {
        failpoints.hit(.beforeFirstState)
        if let lost { throw lost }
        let mark = ".damaged-" + now.fileMark
        var kept: [String] = []
        // The server has no second name for it.
        if let bytes { kept.append(try http.journals.keep(bytes, as: "state.json\(mark)")) }
        if let aside = try http.journals.keepAside(mark: mark) { kept.append(aside) }
        try await commit(state, isLast: true) { next in
            noteLostRun(in: &next)
            next.run = nil
        }
        http.journals.remove()
        failpoints.hit(.afterFirstState)
        return kept
    }

    func dismissLostRun() async {
        guard document.run != nil else { return }
        do throws(StateFault) {
            try await commit { next in
                noteLostRun(in: &next)
                next.run = nil
            }
        } catch { historyFault = historyFault ?? error }
    }

    /// The line of the run that the note tells of: by what can still be read of its journal, or, where that is on another machine, without
    /// what it did.
    private nonisolated func noteLostRun(in document: inout HTTPStateDocument) {
        if let bytes = (try? http.journals.read()) ?? nil { add(HistoryEntry(deadJournal: bytes), to: &document) }
        guard let note = document.run else { return }
        // Of a run that ended without its state being written there is a line. It is given up all the same: without an exit code its journal,
        // should its machine come back, is not held for one whose work is in the state.
        for (index, line) in document.history.enumerated() where note.machine != http.journals.machine {
            guard var entry = HistoryEntry(encoded: line), entry.run.run == note.info.run, entry.exitCode != nil else { continue }
            entry.exitCode = nil
            document.history[index] = entry.encoded
        }
        add(
            HistoryEntry(
                run: note.info, serialBefore: note.basis.serial, serialAfter: note.basis.serial, counts: HistoryCounts(), plan: nil,
                exitCode: nil), to: &document)
    }
}

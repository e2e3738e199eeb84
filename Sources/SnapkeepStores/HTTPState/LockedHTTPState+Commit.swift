import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// How a document is written in the place of the one that was read.
extension LockedHTTPState {
    /// Writes a document in the place of the one that was read or written last.
    ///
    /// - Parameters:
    ///   - state: what it is to hold; `nil` leaves the state as it is.
    ///   - isLast: whether the journal on this machine is removed once it is written: then what stands there is looked at before.
    ///   - change: makes the new document of the one that stands there. Which one that is may be found out only here, where the last write had
    ///     no answer.
    func commit(
        _ state: RecordedState? = nil, isLast: Bool = false, _ change: (inout HTTPStateDocument) -> Void
    ) async throws(StateFault) {
        if let lost { throw lost }
        try await findOut()
        var next = document
        change(&next)
        next.serial = document.serial + 1
        if next.serial >= HTTPStateDocument.serialLimit { throw .inconsistent(path: place, "its document's serial has no room left") }
        next.history = HTTPStateHistory.bounded(next.history)
        let state = try state?.storable(at: place)
        if let state { next.state = HTTPStateDocument.text(of: state) }
        // One that nobody has taken over yet was not read either.
        let written = state ?? self.written ?? next.state.flatMap { try? StateFile.decode($0 + [0x0A]) }
        let bytes = next.encoded
        do throws(HTTPStateProblem) {
            try await http.client.write(bytes, over: self.bytes, lock: lock.id)
        } catch {
            let fault = error.fault(place, http.settings.update.method.rawValue, .write)
            switch error {
            case .unsure: unsure = (next, bytes, written)
            case .lockLost, .replaced: lost = fault
            case .unreachable, .noWay, .denied, .locked, .tooLarge, .foreign, .withoutLock, .refused: break
            }
            throw fault
        }
        // Of a server whose rules are not known each write is looked at.
        if isLast, http.settings.dialect == .gitLab {
            unsure = (next, bytes, written)
            try await lookAtLast()
        } else {
            took(next, bytes, written)
        }
    }

    /// What the server says it has written is looked at: something between may say so in its place, and without the journal nobody would know
    /// what the run has done.
    private func lookAtLast() async throws(StateFault) {
        let isWritten: Bool
        do throws(StateFault) { isWritten = try await findOut() } catch {
            if let lost { throw lost }
            let said = if case .io(_, _, let words, _, _) = error { ": \(words)" } else { "" }
            let words = "the server says that it has taken the document, and what stands there now cannot be read\(said)"
            throw .io(path: place, call: "GET", words, cause: .storeUnsure, .write)
        }
        if isWritten { return }
        let words = "the server says that it has taken the document, and gives back the one from before"
        throw .io(path: place, call: "GET", words, cause: .storeForeign, .write)
    }

    private func took(_ document: HTTPStateDocument, _ bytes: [UInt8], _ written: RecordedState?) {
        (self.document, self.bytes, self.written, unsure) = (document, bytes, written, nil)
        loaded = LoadedState(state: written)
    }

    /// Where the last write had no answer: whether it was done.
    ///
    /// - Returns: whether there was such a write and it turns out to be done.
    @discardableResult
    func findOut() async throws(StateFault) -> Bool {
        guard let (document, bytes, written) = unsure else { return false }
        let now = try await http.read()
        if now != self.bytes {
            let found = try http.decoded(now)
            if found == document {
                took(document, bytes, written)
                return true
            }
            // A server may lay JSON out anew: then the bytes differ, and it is the document from before.
            guard let found, self.bytes != nil, found == self.document else {
                lost = .replaced(path: place, kept: nil)
                throw .replaced(path: place, kept: nil)
            }
        }
        unsure = nil
        return false
    }

    nonisolated func add(_ entry: HistoryEntry?, to document: inout HTTPStateDocument) {
        guard let entry else { return }
        if !names(entry.run.run, document) { document.history.append(entry.encoded) }
    }

    nonisolated func names(_ run: RunID, _ document: HTTPStateDocument) -> Bool {
        HTTPStateHistory.contents(document.history, namesSnapshots: false).names(run)
    }

    func createState(_ state: RecordedState) async throws(StateFault) {
        if loaded.boundState != nil { throw .alreadyThere(path: place) }
        failpoints.hit(.beforeFirstState)
        do throws(StateFault) { try await commit(state) { _ in } } catch {
            // Nothing was done yet that would have to be found again.
            guard case .replaced = error else { throw error }
            throw .io(
                path: place, call: "write", "somebody else has written there since this run looked", cause: .takenAway, .write)
        }
        failpoints.hit(.afterFirstState)
    }
}

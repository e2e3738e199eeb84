import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// Whether the lock is still this run's.
extension LockedHTTPState {
    /// Whoever has broken the lock counts with this time (`RecoverCommand.lateness`).
    func confirmLock() async throws(JournalFailure) -> Duration? {
        let last = HTTPStateStore.confirmationAge + ExecutionPolicy().sendWindow
        let asked = age()
        if lost != nil || asked - lastConfirmed >= last { try await checkLock() }
        return lastConfirmed + last - asked
    }

    /// Makes sure that the lock was this run's a moment ago. Where nobody tells, no intent is written: its lock may have been broken, and whoever
    /// has broken it waits only so long for what this run still sends (P1).
    func checkLock() async throws(JournalFailure) {
        if lost == nil, age() - lastConfirmed >= http.lockCheck {
            if let problem = await confirmed(), lost == nil {
                throw JournalFailure(
                    path: place,
                    message: "\(http.settings.lock.method.rawValue): nobody tells whether the lock is still this run's: \(problem.words)",
                    cause: problem.cause ?? .storeUnsure)
            }
        }
        if let lost { throw JournalFailure(lost) }
    }

    private func fault(_ problem: HTTPStateProblem) -> StateFault {
        problem.fault(place, http.settings.lock.method.rawValue, .lock)
    }

    /// The pauses between questions that nobody answers: a server that is started anew is waited for.
    private static let silences: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(15), .seconds(30)]

    /// As `confirm`, once for all who want to know it at the same time.
    private func confirmed() async -> HTTPStateProblem? {
        let task = confirming ?? Task { await confirm() }
        confirming = task
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Asks until somebody tells whether the lock is this run's.
    ///
    /// - Returns: why nobody does, or that it is lost.
    func confirm() async -> HTTPStateProblem? {
        defer { confirming = nil }
        let end = age() + HTTPStateClient.patience
        // What was asked in vain for so long already is asked once.
        var pauses = http.client.isSilent ? [] : Self.silences[...]
        while true {
            let asked = age()
            let problem: HTTPStateProblem
            do throws(HTTPStateProblem) {
                switch try await http.client.standing(of: lock.id, probe, patience: pauses.isEmpty ? .zero : end - asked) {
                case .held: break
                case .unnamed: try await confirmNote()
                case .lost(let holder): throw .lockLost(holder)
                case .free:
                    mayHoldProbe = await http.client.giveBack(probe) != nil
                    throw .lockLost(nil)
                }
                // An answer that took longer tells of a time too long ago.
                if age() - asked <= HTTPStateStore.confirmationAge {
                    lastConfirmed = asked
                    return nil
                }
                problem = .unreachable("the server takes too long to answer")
            } catch {
                problem = error
                switch error {
                case .lockLost:
                    _ = lose(fault(error))
                    return error
                case .unsure: mayHoldProbe = true
                default: break
                }
            }
            guard let pause = pauses.popFirst(), age() + pause < end, !Task.isCancelled else { return problem }
            await http.client.sleep(pause)
        }
    }

    /// Of a server that does not tell who has the lock: makes sure that the document still tells of this run. Whoever takes its lock has to take
    /// its note away before it begins a run.
    ///
    /// - Throws: `.lockLost` where it does not.
    private func confirmNote() async throws(HTTPStateProblem) {
        let bytes = try await http.client.read()
        let document: HTTPStateDocument?
        do throws(StateFault) { document = try http.decoded(bytes) } catch {
            throw .foreign("the server does not tell who has it, and what stands there cannot be read")
        }
        if document?.run?.info.run != journalRun { throw .lockLost(nil) }
    }

    /// From now on nothing is written any more.
    func lose(_ fault: StateFault) -> StateFault {
        lost = lost ?? fault
        return fault
    }
}

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
            if let problem = await confirmed(), lost == nil, case .io(_, let call, let words, let cause, _) = fault(problem) {
                throw JournalFailure(
                    path: place, message: "\(call): nobody tells whether the lock is still this run's: \(words)", cause: cause)
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
                let isNamed = try await http.client.ensureHeld(lock.id, probe, patience: pauses.isEmpty ? .zero : end - asked)
                if !isNamed, await isNoted() == false {
                    _ = lose(.lockLost(path: place, holder: nil))
                    return .lockLost(nil)
                }
                // An answer that took longer tells of a time too long ago.
                if age() - asked <= HTTPStateStore.confirmationAge {
                    lastConfirmed = asked
                    return nil
                }
                problem = .unreachable("the server takes too long to answer")
            } catch {
                problem = error
                if case .lockLost(let holder) = error {
                    _ = lose(fault(error))
                    // It was free, so this run was given it under the other ID.
                    mayHoldProbe = holder == nil
                    return error
                }
            }
            guard let pause = pauses.popFirst(), age() + pause < end, !Task.isCancelled else { return problem }
            await http.client.sleep(pause)
        }
    }

    /// Of a server that does not tell who has the lock: whether the document still tells of this run. Whoever takes its lock has to take its note
    /// away before it begins a run.
    ///
    /// - Returns: `nil` where nobody tells.
    private func isNoted() async -> Bool? {
        do throws(StateFault) {
            return try http.decoded(try await http.read())?.run?.info.run == journalRun
        } catch { return nil }
    }

    /// From now on nothing is written any more.
    func lose(_ fault: StateFault) -> StateFault {
        lost = lost ?? fault
        return fault
    }
}

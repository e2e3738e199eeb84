package import SnapkeepCore
package import SnapkeepEngine

/// Progress where no terminal is: one line for each event that is worth a line in a log.
///
/// What became of creations left open by an earlier run is told by `SettledRenderer` in one block, not here.
package struct PlainProgress: Sendable {
    private var throttledUntil: Timestamp?

    /// Nothing told yet.
    package init() {}

    /// The line of an event, without a line end; `nil` where a log needs none. A wait is told once, however often it is reported.
    package mutating func line(for event: ProgressEvent, at now: Timestamp) -> String? {
        switch event {
        case .began(let changes): return changes == 0 ? nil : "carrying out \(Quantities.count(changes, "change"))"
        case .finished(let key, let activity, let id, let size, let took):
            let details = [size.map(Quantities.size), Quantities.duration(took)].compactMap { $0 }.joined(separator: ", ")
            return "\(ProgressWords.done(activity)) \(VisibleText.escaped(key.text)) \(id.text) (\(details))"
        case .timedOut(let wait): return "waited for \(VisibleText.escaped(wait.key.text)): \(wait.words)"
        case .failed(let failure): return "failed \(VisibleText.escaped(failure.key.text)): \(failure.reason)"
        case .throttled(let wait, let parallelism):
            if let throttledUntil, now < throttledUntil { return nil }
            throttledUntil = now + wait
            return ProgressWords.throttled(wait: wait, parallelism: parallelism)
        case .lookingUp(let key, let fault): return ProgressWords.lookingUp(key, after: fault)
        case .lookFailed(let fault): return ProgressWords.lookFailed(fault)
        case .duplicateFound(let key, let id): return ProgressWords.duplicate(key, id)
        case .stopping(let inFlight): return ProgressWords.stopping(inFlight: inFlight)
        case .settled, .started, .accepted, .progressed: return nil
        }
    }
}

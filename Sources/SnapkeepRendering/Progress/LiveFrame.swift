package import SnapkeepCore
import SnapkeepEngine

extension LiveProgress {
    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    /// Beyond this the eye loses the row.
    private static let widest = 100

    /// The lines below the finished ones: a line for each snapshot under way, oldest first, then the bar. Each is narrower than the terminal,
    /// and there are at most `height - 2`, so that redrawing never scrolls.
    ///
    /// - Parameter tick: which picture of the spinner; it turns by one for each redraw.
    package func frame(now: Timestamp, width: Int, height: Int, tick: Int) -> [String] {
        guard let beganAt, total > 0 else { return [] }
        let edge = max(1, min(width - 1, Self.widest))
        let room = max(0, height - 3)
        let hidesSome = runningCount > room && room >= 2
        let shown = oldestRows(hidesSome ? room - 1 : room)
        var lines = shown.map { rowLine($0.key, $0.row, now: now, edge: edge, tick: tick) }
        if hidesSome { lines.append(TextWidth.cut("    … and \(runningCount - shown.count) more", to: edge)) }
        lines.append(barLine(now: now, since: beganAt, edge: edge))
        return lines
    }

    //   ⠧ ledger-base           creating 40 %                                      12 s
    private func rowLine(_ key: SnapshotKey, _ row: Row, now: Timestamp, edge: Int, tick: Int) -> String {
        let keyWidth = max(0, min(keyColumns, 40, max(12, edge / 3), edge - 4))
        let keyCell = TextWidth.padded(TextWidth.middle(VisibleText.escaped(key.text), to: keyWidth), to: keyWidth)
        let time = Quantities.running(now.since(row.startedAt))
        let room = edge - 4 - keyWidth - 4 - 2 - time.utf8.count
        let sign = style.paint(Self.spinner[abs(tick % Self.spinner.count)], .wait)
        if room < 8 {
            let timeRoom = edge - 4 - keyWidth
            if timeRoom < 0 { return "" }
            return "  \(sign) \(keyCell)" + (timeRoom > time.utf8.count + 1 ? TextWidth.padded(left: time, to: timeRoom) : "")
        }
        return "  \(sign) \(keyCell)    \(TextWidth.padded(TextWidth.cut(words(for: row), to: room), to: room))  \(time)"
    }

    private func words(for row: Row) -> String {
        switch row.phase {
        case .lookingUp: return "no clear answer, looking it up"
        case .requesting:
            return switch row.activity {
            case .create: "requested"
            case .adopt: "adopting"
            case .replace: "replacement requested"
            case .resume: "waiting for available"
            case .update: "updating"
            case .delete: "deleting"
            case .expire: "expiring"
            }
        case .awaited(.creating, let percent?): return "creating \(percent) %"
        case .awaited(nil, _), .awaited(.creating, nil), .awaited(.available, _):
            return row.activity == .delete || row.activity == .expire ? "waiting for its deletion" : "waiting for available"
        case .awaited(.deleting, _): return "waiting for its deletion"
        case .awaited(let status?, let percent):
            let share = percent.map { " \($0) %" } ?? ""
            return "waiting, its status is \(VisibleText.escaped(status.description))\(share)"
        }
    }

    //   2 of 4 · 1 running, 1 awaited · rate limited, next request in 4 s         ██████████░░░░░░░░░░  50 %
    private func barLine(now: Timestamp, since beganAt: Timestamp, edge: Int) -> String {
        let ended = min(total, done + failed + timedOut)
        let percent = TextWidth.padded(left: "\(ended * 100 / total) %", to: 5)
        let cells = edge >= 70 ? 20 : edge >= 50 ? 10 : 0
        let filled = cells * ended / total
        let bar =
            cells == 0
            ? "" : style.paint(String(repeating: "█", count: filled), .good) + String(repeating: "░", count: cells - filled) + " "
        let room = edge - 2 - 2 - (cells == 0 ? 0 : cells + 1) - 5
        guard room >= 6 else { return TextWidth.cut("  \(ended) of \(total)", to: edge) }
        return "  \(TextWidth.padded(status(now: now, since: beganAt, ended: ended, room: room), to: room))  \(bar)\(percent)"
    }

    /// The words in front of the bar: what matters least is left out first where the terminal is narrow.
    private func status(now: Timestamp, since beganAt: Timestamp, ended: Int, room: Int) -> String {
        let requests = runningCount - awaitedCount
        let under = [(requests, "running"), (awaitedCount, "awaited")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        var parts: [(text: String, weight: Int)] = [("\(ended) of \(total)", 5)]
        if !under.isEmpty { parts.append((under, 1)) }
        if timedOut > 0 { parts.append(("\(timedOut) still waited for", 3)) }
        if failed > 0 { parts.append(("\(failed) failed", 3)) }
        if isStopping {
            parts.append(("stopping", 4))
        } else if let throttledUntil, throttledUntil > now {
            parts.append(("rate limited, next request in \(Quantities.remaining(throttledUntil.since(now)))", 2))
        } else if let lookFault, awaitedCount > 0 {
            // As much of the reason as there is room for, beside what is never left out.
            let rest = room - TextWidth.columns("\(ended) of \(total) · ")
            let reasons = [lookFault.reason, lookFault.status.map { "HTTP \($0)" }].compactMap { $0 }
            let words = reasons.map { "cannot see the awaited: \($0); trying again" } + ["cannot see the awaited, trying again"]
            parts.append((words.first { TextWidth.columns($0) <= rest } ?? "cannot see the awaited", 4))
        } else if let left = estimate(now: now, since: beganAt, ended: ended) {
            parts.append(("\(Quantities.estimate(left)) left", 0))
        }
        func joined() -> String { parts.map(\.text).joined(separator: " · ") }
        while parts.count > 1, TextWidth.columns(joined()) > room {
            let least = parts.map(\.weight).min()!
            parts.removeAll { $0.weight == least }
        }
        return TextWidth.cut(joined(), to: room)
    }

    /// The time left at the speed so far; `nil` while that says nothing yet.
    private func estimate(now: Timestamp, since beganAt: Timestamp, ended: Int) -> Duration? {
        let elapsed = now.since(beganAt)
        guard ended >= 3, ended < total, elapsed >= .seconds(5) else { return nil }
        return elapsed * Double(total - ended) / Double(ended)
    }
}

import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

/// Tells a person or a program what an apply is doing: live lines on a terminal, plain lines elsewhere, events with `--json`.
struct ApplyDisplay: Sendable {
    private enum Item: Sendable {
        case event(ProgressEvent, at: Timestamp)
        /// Told beside the work.
        case aside(String)
        case tick
        case end
    }

    private let console: Console
    private let json: Bool
    private let isQuiet: Bool
    private let isLive: Bool
    private let items: AsyncStream<Item>
    private let input: AsyncStream<Item>.Continuation
    private let applyCommand: String

    /// How often the live part is drawn, and how often a plain log says that it still waits.
    private static let frameInterval: Duration = .milliseconds(100)
    private static let plainInterval: Duration = .seconds(30)

    init(console: Console, json: Bool, isQuiet: Bool, applyCommand: String) {
        self.console = console
        self.json = json
        self.isQuiet = isQuiet
        self.applyCommand = applyCommand
        isLive = !json && !isQuiet && console.errorIsTerminal && !console.isDumb
        (items, input) = AsyncStream.makeStream()
    }

    /// Takes an event; never waits.
    var observe: @Sendable (ProgressEvent) -> Void {
        { [input] event in input.yield(.event(event, at: SystemTime.now())) }
    }

    /// Takes an event of the look-up after a crash, which comes before anything is drawn: whoever reads JSON has it at once, for the wait
    /// may be long and a signal may end it.
    var observeSettling: @Sendable (ProgressEvent) -> Void {
        guard json else { return observe }
        return { [console] event in try? console.write(JSONProgress.line(for: event, at: SystemTime.now()) + "\n") }
    }

    /// Draws what happens while `body` runs.
    func whileShowing<Value: Sendable>(_ body: @Sendable () async -> Value) async -> Value {
        // What is told meanwhile would stand in the middle of what is drawn, and be erased with it.
        if isLive { console.asides.lead(to: { [input] in input.yield(.aside($0)) }) }
        defer { console.asides.lead(to: nil) }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await draw() }
            group.addTask { [input] in
                while !Task.isCancelled {
                    do { try await Task.sleep(for: isLive ? Self.frameInterval : Self.plainInterval) } catch { return }
                    input.yield(.tick)
                }
            }
            let value = await body()
            input.yield(.end)
            await group.next()
            group.cancelAll()
            return value
        }
    }

    private func draw() async {
        var live = LiveProgress(style: console.style(.error))
        var plain = PlainProgress()
        var frames = LiveFrames(console: console)
        var tick = 0
        for await item in items {
            switch item {
            case .end:
                frames.clear()
                return
            case .tick:
                tick += 1
                if isLive {
                    let (width, height) = (console.width(.error), console.height(.error))
                    frames.show(live.frame(now: SystemTime.now(), width: width, height: height, tick: tick))
                } else if !json, !isQuiet, live.runningCount > 0 {
                    console.writeError(ProgressWords.stillWaiting(for: live.runningCount) + "\n")
                }
            case .aside(let text): frames.scroll(text.split(separator: "\n").map { String($0) })
            case .event(let event, let instant):
                if json {
                    try? console.write(JSONProgress.line(for: event, at: instant) + "\n")
                } else if isQuiet {
                    continue
                } else if isLive {
                    let finished = live.apply(event, at: instant, width: console.width(.error))
                    if !finished.isEmpty { frames.scroll(finished) }
                } else {
                    _ = live.apply(event, at: instant)
                    if let line = plain.line(for: event, at: instant) { console.writeError(line + "\n") }
                }
            }
        }
    }

    /// Before the look-up after a crash, which may take the whole time: on a terminal for as long as it lasts, elsewhere a line.
    func tellSettling(_ count: Int, longestWait: Duration) {
        if json || isQuiet { return }
        let creations = Quantities.count(count, "creation")
        func words(_ verb: String) -> String {
            "\(verb) up \(creations) that an earlier run left open; this may take \(Quantities.remaining(longestWait))"
        }
        if console.note.isEnabled {
            console.note.say(words("looking"))
        } else {
            console.writeError(console.filled(words("Looking") + "\n", .error))
        }
    }

    /// The first lines after a crash.
    func tellSettled(_ settlements: [Settlement], of interrupted: RunInfo?) {
        if json || isQuiet { return }
        let (width, style) = (console.lineWidth(.error), console.style(.error))
        console.writeError(SettledRenderer.render(settlements, lastRun: interrupted, width: width, style: style) + "\n")
    }

    /// The last lines of a run.
    func tellReport(
        _ report: ApplyReport, _ outcome: RunEnd.Outcome, hints: [Diagnostic], lost: Int, took: Duration, quiet: Bool,
        places: [SnapshotKey: SavedPlace], sources: [SourceFile], session: Session
    ) {
        let own = ReportFindings.diagnostics(for: report) { key in
            guard let place = places[key], let source = sources.firstIndex(where: { $0.name == place.file }) else { return nil }
            return place.range(in: source)
        }
        // What the report itself does not say.
        let others = [outcome.stateFault?.diagnostic, outcome.warning, lost > 0 ? .lostLeft(lost) : nil].compactMap { $0 }
        let findings = (own + hints + others).map { $0.leading(to: session.words) }
        let shown = isQuiet ? findings.filter { $0.severity == .error } : findings
        if session.findings.format == .github {
            // They come at the very end; a program that reads events gets them below.
            if !json { session.note(findings, sources: sources) }
        } else if !shown.isEmpty {
            console.writeError(
                DiagnosticRenderer.render(shown.gathered(), sources: sources, style: console.findingStyle), .finding)
        }
        if json {
            session.note(findings, sources: sources)
            let line = JSONProgress.line(for: report, took: took, serial: outcome.serial, status: outcome.status, at: SystemTime.now())
            if session.reply.endEvents() { session.writeResult(line + "\n") }
        } else if !(quiet && report.isComplete && outcome.stateFault == nil) {
            session.writeResult(
                (isQuiet ? "" : "\n")
                    + ReportRenderer.render(
                        report, took: took, serial: outcome.serial, isRefused: outcome.stateFault?.asksForRecovery == true,
                        isInDoubt: outcome.stateFault?.isInDoubt == true, width: console.lineWidth(.output),
                        style: console.style(.output), applyCommand: applyCommand, words: session.words))
        }
    }
}

/// The part of the terminal that is drawn again and again, below the lines that stay.
private struct LiveFrames {
    let console: Console
    private var shown = 0

    init(console: Console) { self.console = console }

    /// Back to the first drawn line, and everything from there on away.
    private var erase: String { shown > 0 ? "\u{1B}[\(shown)A\r\u{1B}[J" : "" }

    mutating func show(_ lines: [String]) {
        console.writeError(erase + lines.map { $0 + "\n" }.joined())
        shown = lines.count
    }

    /// Puts lines above the live part for good.
    mutating func scroll(_ lines: [String]) {
        console.writeError(erase + lines.map { $0 + "\n" }.joined())
        shown = 0
    }

    mutating func clear() {
        if shown > 0 { console.writeError(erase) }
        shown = 0
    }
}

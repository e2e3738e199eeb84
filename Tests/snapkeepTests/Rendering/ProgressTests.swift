import FoundationEssentials
import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct PlainProgressTests {
    private func lines(_ events: [ProgressEvent]) -> String {
        var plain = PlainProgress()
        return events.compactMap { plain.line(for: $0, at: ApplySamples.start) }.map { $0 + "\n" }.joined()
    }

    @Test func `a log gets one line for each event worth one`() {
        GoldenScreen.expect(lines(ApplySamples.events), is: "progress-plain.txt")
        #expect(ProgressWords.stillWaiting(for: 1) == "still waiting for 1 snapshot")
    }

    // A wait that many requests run into is one wait; the next one is told again.
    @Test func `a wait is told once`() {
        var plain = PlainProgress()
        let event = ProgressEvent.throttled(wait: .seconds(4), parallelism: 8)
        #expect(plain.line(for: event, at: ApplySamples.start) == "rate limited: next request in 4 s, then 8 at once")
        #expect(plain.line(for: event, at: ApplySamples.start + .seconds(3)) == nil)
        #expect(plain.line(for: event, at: ApplySamples.start + .seconds(4)) != nil)
    }

    @Test func `a look that failed is told with its reason`() {
        #expect(
            lines([.lookFailed(ApplySamples.fault(.uncertain, status: 502, message: "Bad Gateway"))])
                == "cannot see the awaited snapshots: no clear answer: Bad Gateway (HTTP 502, request req-5d1c); trying again\n")
    }

    @Test(arguments: ApplySamples.causes) func `every cause has a reason in a few words`(cause: ItemFailure.Cause) {
        let line = lines([.failed(ItemFailure(key: ApplySamples.key("audit-base"), activity: .create, cause: cause))])
        #expect(line.hasPrefix("failed audit-base: ") && line.count < 160 && !line.hasSuffix(": \n"))
    }

    @Test func `P9 no control character passes`() {
        let fault = ApplySamples.fault(.refused(.other), message: hostileText, requestID: hostileText)
        let text = lines([
            .failed(ItemFailure(key: ApplySamples.key("a"), activity: .create, cause: .service(fault))),
            .failed(ItemFailure(key: ApplySamples.key("a"), activity: .create, cause: .volumeName(hostileText, matches: []))),
            .lookingUp(ApplySamples.key("a"), after: fault), .lookFailed(fault),
        ])
        #expect(!holdsControlCharacter(text))
    }
}

@Suite struct LiveProgressTests {
    private let keys = ["orders-pre-upgrade", "ledger-base"].map(ApplySamples.key)

    /// A terminal's history and the frame below it, five seconds after each event.
    private func film(style: TextStyle, width: Int, height: Int = 24) -> String {
        var live = LiveProgress(style: style, keys: keys)
        var text = ""
        for (index, event) in ApplySamples.events.enumerated() {
            let now = ApplySamples.start + .seconds(index * 5)
            let finished = live.apply(event, at: now, width: width)
            text += "\(index * 5) s:\n"
            text += (finished + live.frame(now: now, width: width, height: height, tick: index)).map { $0 + "\n" }.joined()
        }
        return text
    }

    @Test func `a run as a terminal shows it`() {
        GoldenScreen.expect(film(style: .plain, width: 120), is: "progress-live.txt")
    }

    @Test func `the same in colour`() {
        GoldenScreen.expect(film(style: .coloured, width: 120), is: "progress-live-colour.txt")
    }

    @Test func `the same on a narrow terminal`() {
        GoldenScreen.expect(film(style: .plain, width: 60), is: "progress-live-narrow.txt")
    }

    // A frame that is too wide or too high would scroll and leave rubbish behind when it is drawn again.
    @Test(arguments: [1, 2, 5, 10, 20, 39, 40, 55, 80, 120, 400], [1, 2, 3, 4, 5, 10, 24])
    func `a frame fits its terminal`(width: Int, height: Int) {
        var live = LiveProgress(style: .plain)
        _ = live.apply(.began(changes: 1_000_000), at: ApplySamples.start)
        for index in 0..<30 {
            let name = index.isMultiple(of: 2) ? "数据库-\(index)" : String(repeating: "long-", count: 50) + "\(index)"
            _ = live.apply(.started(ApplySamples.key(name), .create), at: ApplySamples.start)
        }
        _ = live.apply(.throttled(wait: .seconds(100_000), parallelism: 1), at: ApplySamples.start)
        let frame = live.frame(now: ApplySamples.start + .seconds(90_000), width: width, height: height, tick: 7)
        #expect(frame.count <= max(1, height - 2))
        for line in frame { #expect(TextWidth.columns(line) <= max(1, width - 1), "\(line)") }
    }

    @Test func `what does not fit is counted`() {
        var live = LiveProgress(style: .plain)
        _ = live.apply(.began(changes: 20), at: ApplySamples.start)
        for index in 0..<20 { _ = live.apply(.started(ApplySamples.key("k\(index)"), .create), at: ApplySamples.start) }
        let frame = live.frame(now: ApplySamples.start, width: 80, height: 11, tick: 0)
        #expect(frame.count == 9)
        #expect(frame[0].contains("k0 ") && frame[6].contains("k6 ") && frame[7] == "    … and 13 more")
    }

    // Running and awaited are counted apart, and every snapshot that ends leaves its row.
    @Test func `counts follow the events`() {
        var live = LiveProgress(style: .plain)
        let (a, b) = (ApplySamples.key("a"), ApplySamples.key("b"))
        func apply(_ event: ProgressEvent) { _ = live.apply(event, at: ApplySamples.start) }
        apply(.began(changes: 3))
        apply(.started(a, .create))
        apply(.started(b, .resume))
        #expect(live.runningCount == 2 && live.awaitedCount == 1)
        apply(.accepted(a, ApplySamples.id))
        #expect(live.awaitedCount == 2)
        apply(.lookingUp(a, after: ApplySamples.faults[0]))
        #expect(live.awaitedCount == 1)
        apply(.accepted(a, ApplySamples.id))
        // A superseded snapshot of the same key is deleted meanwhile: two rows.
        apply(.started(a, .delete))
        apply(.progressed(a, status: .deleting, percent: nil))
        #expect(live.runningCount == 3 && live.awaitedCount == 3)
        apply(.finished(a, .delete, id: ApplySamples.id, size: nil, took: .zero))
        #expect(live.runningCount == 2 && live.awaitedCount == 2 && live.done == 1)
        apply(.failed(ItemFailure(key: a, activity: .create, cause: .endedInError(ApplySamples.id))))
        apply(.finished(b, .resume, id: ApplySamples.id, size: nil, took: .zero))
        #expect(live.runningCount == 0 && live.awaitedCount == 0 && live.done == 2 && live.failed == 1)
        // A failure of a change that never started has no row to lose.
        apply(.failed(ItemFailure(key: a, activity: .create, cause: .volumeName("v", matches: []))))
        #expect(live.awaitedCount == 0 && live.failed == 2)
    }

    @Test func `rows keep their order while thousands come and go`() {
        var live = LiveProgress(style: .plain)
        _ = live.apply(.began(changes: 5000), at: ApplySamples.start)
        for index in 0..<5000 {
            _ = live.apply(.started(ApplySamples.key("k\(index)"), .create), at: ApplySamples.start)
            if index >= 10, index != 1000 {
                let old = index == 1010 ? 1009 : index - 10
                _ = live.apply(
                    .finished(ApplySamples.key("k\(old)"), .create, id: ApplySamples.id, size: 1, took: .zero), at: ApplySamples.start)
            }
        }
        let shown = live.oldestRows(100).map(\.key.text)
        #expect(live.runningCount == shown.count)
        #expect(shown.first == "k990" && shown.last == "k4999")
    }

    // The plan counts a replacement and the deletion after it as one; the bar must not be full before both are done.
    @Test func `a sequel makes the whole larger`() {
        var live = LiveProgress(style: .plain)
        let a = ApplySamples.key("a")
        func apply(_ event: ProgressEvent) { _ = live.apply(event, at: ApplySamples.start) }
        apply(.began(changes: 2))
        apply(.started(a, .replace))
        apply(.finished(a, .replace, id: ApplySamples.id, size: 1, took: .zero))
        apply(.started(a, .delete))
        #expect(live.total == 3 && live.done == 1)
        apply(.started(ApplySamples.key("b"), .delete))
        #expect(live.total == 3)
    }

    // Whoever watches a bar that stands still must see why, for as long as it lasts and no longer.
    @Test(arguments: [60, 80, 100, 200]) func `the bar tells that nothing is seen of the awaited`(width: Int) {
        var live = LiveProgress(style: .plain)
        let a = ApplySamples.key("a")
        func apply(_ event: ProgressEvent) {
            let finished = live.apply(event, at: ApplySamples.start)
            #expect(finished.isEmpty)
        }
        func bar() -> String { live.frame(now: ApplySamples.start, width: width, height: 24, tick: 0).last! }
        apply(.began(changes: 12))
        apply(.started(a, .resume))
        #expect(!bar().contains("cannot see"))
        apply(.lookFailed(ApplySamples.fault(.uncertain, status: 502, message: "Bad Gateway")))
        #expect(bar().contains("0 of 12 · ") && bar().contains("cannot see the awaited"), "\(bar())")
        #expect(bar().contains("HTTP 502") == (width >= 100), "\(bar())")
        apply(.progressed(a, status: .creating, percent: nil))
        #expect(!bar().contains("cannot see"))
    }

    // The lines that stay must not wrap: on the narrowest terminal in wide use each is one line, and ids stand below each other.
    @Test(arguments: [Activity.create, .adopt, .replace, .resume, .update, .delete], [40, 60, 80, 120, 200])
    func `finished lines fit the terminal`(activity: Activity, width: Int) {
        var live = LiveProgress(style: .plain)
        func lines(_ name: String) -> [String] {
            _ = live.apply(.started(ApplySamples.key(name), activity), at: ApplySamples.start)
            let event = ProgressEvent.finished(ApplySamples.key(name), activity, id: ApplySamples.id, size: 2048, took: .seconds(3599))
            let lines = live.apply(event, at: ApplySamples.start, width: width)
            for line in lines { #expect(TextWidth.columns(line) <= width, "\(line)") }
            #expect(lines.count == (width < 60 ? 2 : 1), "\(lines)")
            return lines
        }
        let short = lines("orders-nightly").joined()
        #expect(short.contains("orders-nightly") && short.contains(width < 80 ? "ffa9bc5e…" : ApplySamples.id.text), "\(short)")
        #expect(!short.contains("created") && short.contains(ProgressWords.done(activity)) == (activity != .create))
        let long = lines(String(repeating: "long-", count: 40)).joined()
        #expect(long.contains("long-") && long.contains("…") && long.contains("ffa9bc5e"), "\(long)")
        // A key that is alone in being long leaves the others where they were.
        #expect(lines("orders-nightly").joined() == short)
        #expect(lines("数据库备份🙂").joined().contains("数据库备份🙂"))
    }

    @Test func `a failure is told with its whole key, in as many lines as it needs`() {
        var live = LiveProgress(style: .plain)
        let key = String(repeating: "long-", count: 40)
        let failure = ItemFailure(key: ApplySamples.key(key), activity: .create, cause: .endedInError(ApplySamples.id))
        let lines = live.apply(.failed(failure), at: ApplySamples.start, width: 80)
        for line in lines { #expect(TextWidth.columns(line) <= 80) }
        #expect(lines.map { $0.drop { $0 == " " || $0 == "✗" } }.joined().contains(key))
    }

    @Test func `before the run there is no frame`() {
        #expect(LiveProgress(style: .plain).frame(now: ApplySamples.start, width: 80, height: 24, tick: 0).isEmpty)
    }

    @Test func `an estimate waits for something to go by`() {
        var live = LiveProgress(style: .plain)
        _ = live.apply(.began(changes: 12), at: ApplySamples.start)
        func bar(_ seconds: Int) -> String {
            live.frame(now: ApplySamples.start + .seconds(seconds), width: 100, height: 24, tick: 0).last!
        }
        func finish(_ name: String) {
            _ = live.apply(.finished(ApplySamples.key(name), .create, id: ApplySamples.id, size: 1, took: .zero), at: ApplySamples.start)
        }
        finish("a")
        finish("b")
        #expect(!bar(60).contains("left"))
        finish("c")
        #expect(!bar(4).contains("left"))
        #expect(bar(60).contains("about 3 min left"))
    }
}

@Suite struct JSONProgressTests {
    private static func lines(_ events: [ProgressEvent]) -> String {
        events.map { JSONProgress.line(for: $0, at: ApplySamples.start) + "\n" }.joined()
    }

    @Test func `one object for each event`() {
        GoldenScreen.expect(Self.lines(ApplySamples.events), is: "progress.jsonl")
    }

    @Test func `a look that failed holds its fault`() {
        #expect(
            Self.lines([.lookFailed(ApplySamples.fault(.notSent, status: nil, message: "connection refused", requestID: nil))])
                == #"{"format":"snapkeep.event","version":1,"event":"look_failed","at":"2026-11-23T09:12:00.000000Z","fault":{"kind":"not_sent","#
                + #""request":"POST /v2/0c2eba2c/snapshots","message":"connection refused"}}"# + "\n")
    }

    @Test func `every cause is told apart`() {
        let events = ApplySamples.causes.map {
            ProgressEvent.failed(ItemFailure(key: ApplySamples.key("audit-base"), activity: .create, cause: $0))
        }
        GoldenScreen.expect(Self.lines(events), is: "failures.jsonl")
    }

    @Test func `the last line is the report`() {
        GoldenScreen.expect(
            JSONProgress.line(for: ReportSamples.partly, took: .seconds(221), serial: 13, status: .partly, at: ApplySamples.start) + "\n"
                + JSONProgress.line(for: ReportSamples.diskFull, took: .seconds(3), serial: nil, status: .partly, at: ApplySamples.start)
                + "\n",
            is: "report.jsonl")
    }

    // What we write is JSON that an independent reader takes, and text comes back letter by letter.
    @Test func `P9 hostile text survives as text`() throws {
        struct Line: Decodable {
            struct Fault: Decodable { var message: String }
            var fault: Fault
        }
        let text = hostileText + "\"\\ 数据 🙂 \u{10FFFF}"
        let fault = ApplySamples.fault(.uncertain, message: text)
        let line = JSONProgress.line(for: .lookingUp(ApplySamples.key("a"), after: fault), at: ApplySamples.start)
        #expect(!holdsControlCharacter(line) && !line.contains("\n"))
        let decoded = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        #expect(Array(decoded.fault.message.unicodeScalars) == Array(text.unicodeScalars))
    }
}

package import SnapkeepCore
package import SnapkeepEngine

/// `apply --json`: one object a line. Fields that have no value are left out; new fields may be added, none changes its meaning.
///
/// Each line has `format` (`snapkeep.event`), `version`, `event` and `at` (ISO 8601, UTC), so that it says by itself what it is, wherever a
/// log carries it. Times are whole milliseconds (`…_ms`), sizes GiB. The events:
///
/// | `event` | further fields |
/// | --- | --- |
/// | `began` | `changes` |
/// | `settled` | `key`, `attempt`, `outcome` (`found`, `not_created`, `unknown`), `id`, `fault` |
/// | `started` | `key`, `activity` (`create`, `adopt`, `replace`, `await`, `update`, `delete`, `expire`) |
/// | `accepted` | `key`, `id` |
/// | `progressed` | `key`, `status`, `percent` |
/// | `finished` | `key`, `activity`, `id`, `size`, `took_ms` |
/// | `timed_out` | `key`, `activity`, `id`, `status`, `waited_ms`: nothing has failed, the next apply goes on waiting |
/// | `failed` | `key`, `activity`, `cause`, and what belongs to the cause: `id`, `status`, `guard`, `obstacle`, `volume_name`, `matches`, `path`, `message`, `fault` |
/// | `throttled` | `wait_ms`, `parallelism` |
/// | `looking_up` | `key`, `fault` |
/// | `look_failed` | `fault` |
/// | `duplicate_found` | `key`, `id` |
/// | `stopping` | `in_flight` |
/// | `error`, `warning`, `note` | a finding, in the shape that findings have everywhere (`PlacedDiagnostic.write`) |
/// | `ended` | the last line of a run that came to no report: `exit_code` |
/// | `report` | the last line of a run that came to its changes, or had nothing to do: `exit_code`, `took_ms`, `serial`, `stop`, the lists `created`, `adopted`, `updated`, `replaced`, `awaited`, `deleted`, `expired` where there are any, `not_started`, `still_creating`, `still_deleting` (keys), `timed_out`, `failed` (objects), `duplicates` (ids), `kept_in_use` (objects of `key`, `id`: to expire, and something hangs on them), `found_after_refusal` (objects of `key`, `id`: refused by the cloud and made all the same), `made_elsewhere` (objects of `key`, `id`: made by another run at the same time), `not_recorded` (objects of `key`, `id`, `volume_id`); with `stop` `service` its `fault`, with `journal` its `path` and `message` |
///
/// A `fault` holds `kind` (`refused`, `throttled`, `not_sent`, `uncertain`, `unauthenticated`, `account_blocked`, `unintelligible`),
/// `refusal`, `request`, `status`, `code`, `message`, `request_id`, `retry_after_ms`.
package enum JSONProgress {
    static let format = "snapkeep.event"
    /// As `JSONDocument.version`.
    static let version = 1

    /// The beginning of each line.
    static func event(_ name: String, at now: Timestamp) -> JSONWriter {
        var line = JSONWriter(escapes: .misleading)
        line.beginObject()
        line.field("format", format)
        line.field("version", version)
        line.field("event", name)
        line.field("at", now)
        return line
    }

    /// The whole of it.
    static func ended(_ event: JSONWriter) -> String {
        var line = event
        line.endObject()
        return String(decoding: line.bytes, as: UTF8.self)
    }

    /// The line of an event, without a line end.
    package static func line(for event: ProgressEvent, at now: Timestamp) -> String {
        var line = JSONWriter()
        func begin(_ name: String) { line = self.event(name, at: now) }
        switch event {
        case .began(let changes):
            begin("began")
            line.field("changes", changes)
        case .settled(let settlement):
            begin("settled")
            add(settlement, to: &line)
        case .started(let key, let activity):
            begin("started")
            line.field("key", key.text)
            line.field("activity", activity.rawValue)
        case .accepted(let key, let id):
            begin("accepted")
            line.field("key", key.text)
            line.field("id", id.text)
        case .progressed(let key, let status, let percent):
            begin("progressed")
            line.field("key", key.text)
            line.field("status", status.description)
            line.field("percent", percent)
        case .finished(let key, let activity, let id, let size, let took):
            begin("finished")
            line.field("key", key.text)
            line.field("activity", activity.rawValue)
            line.field("id", id.text)
            line.field("size", size)
            line.field("took_ms", milliseconds(took))
        case .failed(let failure):
            begin("failed")
            add(failure, to: &line)
        case .timedOut(let wait):
            begin("timed_out")
            add(wait, to: &line)
        case .throttled(let wait, let parallelism):
            begin("throttled")
            line.field("wait_ms", milliseconds(wait))
            line.field("parallelism", parallelism)
        case .lookingUp(let key, let fault):
            begin("looking_up")
            line.field("key", key.text)
            line.object("fault") { add(fault, to: &$0) }
        case .lookFailed(let fault):
            begin("look_failed")
            line.object("fault") { add(fault, to: &$0) }
        case .duplicateFound(let key, let id):
            begin("duplicate_found")
            line.field("key", key.text)
            line.field("id", id.text)
        case .stopping(let inFlight):
            begin("stopping")
            line.field("in_flight", inFlight)
        }
        return ended(line)
    }

    /// The last line of a run, without a line end.
    package static func line(for report: ApplyReport, took: Duration, serial: Int?, status: ExitStatus, at now: Timestamp) -> String {
        var line = event("report", at: now)
        line.field("exit_code", Int(status.rawValue))
        line.field("took_ms", milliseconds(took))
        line.field("serial", serial)
        line.field("stop", report.stop?.word)
        line.field("created", report.created.map(\.text))
        line.field("adopted", report.adopted.map(\.text))
        line.field("updated", report.updated.map(\.text))
        line.field("replaced", report.replaced.map(\.text))
        line.field("awaited", report.resumed.map(\.text))
        line.field("deleted", report.deleted.map(\.text))
        if !report.expired.isEmpty { line.field("expired", report.expired.map(\.text)) }
        line.field("not_started", report.notStarted.map(\.text))
        line.field("still_creating", report.stillCreating.map(\.text))
        line.field("still_deleting", report.stillDeleting.map(\.text))
        line.field("timed_out", objects: report.timedOut, add)
        line.field("failed", objects: report.failures, add)
        line.field("duplicates", report.duplicates.map(\.text))
        if let fault = report.unlooked { line.field("unlooked", fault.reason) }
        for (name, list) in [
            ("kept_in_use", report.keptInUse), ("found_after_refusal", report.foundAfterRefusal), ("made_elsewhere", report.madeElsewhere),
        ]
        where !list.isEmpty {
            line.field(name, objects: list) { snapshot, object in
                object.field("key", snapshot.key.text)
                object.field("id", snapshot.id.text)
            }
        }
        line.field("not_recorded", objects: report.unrecorded) { $0.write(to: &$1) }
        switch report.stop {
        case .service(let fault): line.object("fault") { add(fault, to: &$0) }
        case .journal(let failure):
            line.field("path", failure.path)
            line.field("message", failure.message)
        case nil, .interrupted, .firstFailure: break
        }
        return ended(line)
    }

    private static func add(_ settlement: Settlement, to line: inout JSONWriter) {
        line.field("key", settlement.key.text)
        line.field("attempt", settlement.attempt.text)
        switch settlement.outcome {
        case .found(let id):
            line.field("outcome", "found")
            line.field("id", id.text)
        case .notCreated: line.field("outcome", "not_created")
        case .unknown(let fault):
            line.field("outcome", "unknown")
            line.object("fault") { add(fault, to: &$0) }
        }
    }

    private static func add(_ wait: TimedOutWait, to line: inout JSONWriter) {
        line.field("key", wait.key.text)
        line.field("activity", wait.activity.rawValue)
        line.field("id", wait.id.text)
        line.field("status", wait.status.description)
        line.field("waited_ms", milliseconds(wait.waited))
    }

    private static func add(_ failure: ItemFailure, to line: inout JSONWriter) {
        line.field("key", failure.key.text)
        line.field("activity", failure.activity.rawValue)
        line.field("cause", failure.cause.word)
        switch failure.cause {
        case .service(let fault), .unsettled(let fault): line.object("fault") { add(fault, to: &$0) }
        case .endedInError(let id), .vanished(let id), .stillThere(let id), .protected(let id), .notOurs(let id), .unstamped(let id):
            line.field("id", id.text)
        case .notAdoptable(let id, let obstacle):
            line.field("id", id.text)
            line.field("obstacle", obstacle.code.replacing("-", with: "_"))
        case .notDeleted(let id, let status), .deletionLeft(let id, let status):
            line.field("id", id.text)
            line.field("status", status.description)
        case .guardNotGood(let id, let kept, let status):
            line.field("id", id.text)
            line.field("guard", kept.text)
            line.field("status", status?.description)
        case .volumeName(let name, let matches):
            line.field("volume_name", name)
            line.field("matches", matches.map(\.text))
        case .journal(let failure):
            line.field("path", failure.path)
            line.field("message", failure.message)
        case .replay(let problem): line.field("message", problem.words)
        }
    }

    private static func add(_ fault: ServiceFault, to line: inout JSONWriter) {
        line.field("kind", fault.kind.word)
        if case .refused(let refusal) = fault.kind { line.field("refusal", refusal.word) }
        line.field("request", fault.request)
        line.field("status", fault.status)
        line.field("code", fault.code)
        line.field("message", fault.message)
        line.field("request_id", fault.requestID)
        if case .throttled(let wait?) = fault.kind { line.field("retry_after_ms", milliseconds(wait)) }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}

import SnapkeepCore
import Testing

@testable import SnapkeepRendering

/// The calendar of `simulate`, as a person reads it.
@Suite struct SimulationReportTests {
    private static func rotation(
        _ name: String, _ due: DueTime, _ keep: [RetentionBucket: Int], on labels: [String], prefer: BucketChoice = .last,
        isPaused: Bool = false
    ) -> RotationSpec {
        RotationSpec(
            name: RotationName(name)!,
            volumes: .listed(labels.map { RotationVolume(label: $0, reference: .named(alias: $0, name: $0)) }),
            schedule: RotationSchedule(due: due, zone: Zone.utc.name, startWithin: .seconds(600)),
            rules: RetentionRules(counts: keep, prefer: prefer), isPaused: isPaused)
    }

    private static func day(_ text: String) -> CivilDate {
        guard case .day(let date) = PeriodKey(text) else { preconditionFailure(text) }
        return date
    }

    private static func report(
        _ from: String, _ until: String, missed: [ClosedRange<CivilDate>] = [], cap: Int? = nil, _ rotations: RotationSpec...,
        recorded: [RotationSnapshot] = []
    ) -> SimulationReport {
        let span = SimulationSpan(from: day(from), until: day(until), missed: missed)
        if !recorded.isEmpty {
            let simulated = rotations[0].simulated(span, in: .utc, beginningWith: recorded)
            let volume = RotationVolume(label: "ledger", reference: .named(alias: "ledger", name: "ledger"))
            let load = VolumeLoad(
                volume: volume, rotations: [rotations[0].name], others: 1, peak: simulated.peak + 1, peakAt: simulated.peakAt)
            let one = SimulatedVolume(volume: volume, simulation: simulated, number: 0)
            return SimulationReport(span: span, rotations: [.init(spec: rotations[0], volumes: [one])], volumes: [load], cap: cap)
        }
        let simulation = ManifestSimulation(Manifest(snapshots: [], rotations: rotations), span, zones: [Zone.utc.name: .utc])
        return SimulationReport(span: span, rotations: simulation.rotations, volumes: simulation.volumes, cap: cap)
    }

    /// Nights of a year with a pause in it; weeks of two years, most of them gone; hours; and what was there before.
    private static let reports: [(title: String, report: SimulationReport)] = [
        (
            "nights",
            report(
                "2026-01-01", "2026-12-31", missed: [day("2026-12-08")...day("2026-12-17")], cap: 7,
                rotation("nightly", .day(minute: 120), [.daily: 7, .weekly: 4, .monthly: 12], on: ["orders-db", "billing"]))
        ),
        (
            "weeks beside nights",
            report(
                "2026-01-01", "2027-12-31", cap: 256,
                rotation("weekly", .week(.sunday, minute: 120), [.weekly: 3, .yearly: 2], on: ["a", "b", "c", "d", "e"], prefer: .first),
                rotation("nightly", .day(minute: 1380), [.daily: 2], on: ["a", "b"]),
                rotation("resting", .month(day: 1, minute: 0), [.monthly: 2], on: ["c"], isPaused: true))
        ),
        (
            "hours",
            report("2026-10-01", "2026-10-14", rotation("hourly", .hour(minute: 0), [.last: 2, .hourly: 6, .daily: 3], on: ["log"]))
        ),
        (
            "what was there before",
            report(
                "2026-10-01", "2026-10-07", rotation("nightly", .day(minute: 120), [.daily: 3], on: []),
                recorded: [
                    RotationSnapshot(period: PeriodKey("2026-03-15")!, standing: .kept(.protected)),
                    RotationSnapshot(period: PeriodKey("2026-09-30")!, standing: .good),
                ])
        ),
    ]

    @Test("A calendar reads well on terminals and in a pipe", arguments: [nil, 40, 80])
    func calendar(width: Int?) {
        let text = Self.reports.map { "== \($0.title)\n" + $0.report.render(width: width, style: .plain) }.joined(separator: "\n")
        GoldenScreen.expect(text, is: "simulation\(width.map { "-\($0)" } ?? "").txt")
        guard let width else { return }
        for line in text.split(separator: "\n") { #expect(TextFlow.columns(String(line)) <= width, "\(line)") }
    }

    @Test func `colour repeats what the signs say`() {
        for (_, report) in Self.reports {
            let coloured = report.render(width: 80, style: .coloured)
            #expect(coloured.contains("\u{1B}[32m"))
            #expect(coloured.replacing(/\u{1B}\[[0-9]*m/, with: "") == report.render(width: 80, style: .plain))
        }
    }

    // P9: nothing from outside acts on the terminal.
    @Test func `P9 no control character passes`() {
        let report = Self.report(
            "2026-10-01", "2026-10-07", cap: 1, Self.rotation("r", .day(minute: 0), [.daily: 3], on: [hostileText]),
            Self.rotation("q", .day(minute: 0), [.daily: 3], on: [hostileText]))
        #expect(!holdsControlCharacter(report.render(width: 80, style: .plain)))
        var document = JSONDocument()
        report.write(to: &document)
        #expect(
            !holdsControlCharacter(
                String(decoding: document.ended(format: "snapkeep.simulation", diagnostics: [], .done), as: UTF8.self)))
    }
}

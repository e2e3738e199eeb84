package import SnapkeepCore
package import SnapkeepState

/// `snapkeep report`: one self-contained page of HTML, for whoever looks after snapshots and has no terminal at hand. A pure function of its
/// values; it asks for nothing, runs nothing, and opens from a file.
package struct ReportPage {
    /// What the page speaks of.
    package enum Origin: Hashable, Sendable {
        /// The cloud was looked at, at this instant.
        case cloud(Timestamp)
        /// Only what is recorded is known.
        case recorded
    }

    /// What the manifest is called: `snapshots.yaml`.
    let title: String
    let target: CloudTarget
    /// Ages count up to here.
    let asOf: Timestamp
    package let origin: Origin
    let manifest: Manifest
    let plan: Plan
    let rows: [StatusRow]
    /// As the cloud has it, where that was looked at.
    let state: RecordedState?
    /// Oldest first.
    let runs: [HistoryEntry]
    let findings: [PlacedDiagnostic]
    /// The options that lead another command to the same manifest, state and cloud.
    let words: [String]
    /// The program's.
    let version: String
    /// Whether a cloud is named which was not to be looked at.
    let leavesCloudAside: Bool

    /// A page of its parts.
    package init(
        title: String, target: CloudTarget, asOf: Timestamp, origin: Origin, manifest: Manifest, plan: Plan, rows: [StatusRow],
        state: RecordedState?, runs: [HistoryEntry], findings: [PlacedDiagnostic], words: [String], version: String,
        leavesCloudAside: Bool = false
    ) {
        self.title = title
        self.target = target
        self.asOf = asOf
        self.origin = origin
        self.manifest = manifest
        self.plan = plan
        self.rows = rows
        self.state = state
        self.runs = runs
        self.findings = findings
        self.words = words
        self.version = version
        self.leavesCloudAside = leavesCloudAside
    }

    /// The last apply, where it did not end well; without any, the last run of another kind.
    var failedRun: HistoryRow? {
        guard let last = runs.last(where: { $0.run.command == "apply" }) ?? runs.last, last.exitCode != 0 else { return nil }
        return HistoryRow(last)
    }

    /// What was found, one of each cause, as a reader wants it.
    var gatheredFindings: [PlacedDiagnostic] { findings.map(\.diagnostic).gathered().map { PlacedDiagnostic($0, sources: []) } }

    /// The page, and what it comes to.
    ///
    /// - Parameter styleDigest: the SHA-256 of `ReportStyle.text` in base 64: the page lets a browser take this style sheet and nothing else.
    package func rendered(styleDigest: String) -> (bytes: [UInt8], summary: Summary) {
        let volumes = ReportVolumes.all(self)
        let summary = Summary(volumes, self)
        var html = HTMLBuffer(capacity: 16_384 + volumes.reduce(0) { $0 + 1024 + $1.snapshots.count * 512 })
        appendHead(styleDigest, to: &html)
        let scale = AgeScale(oldest: volumes.compactMap(\.oldest).min().map { asOf.since($0) } ?? .zero)
        TimelineDrawing(scale: scale, asOf: asOf).appendDefinitions(to: &html)
        appendTop(summary, to: &html)
        html.raw("<main id=\"main\">\n")
        appendVolumes(volumes, summary, scale, to: &html)
        appendRotations(to: &html)
        appendPlan(to: &html)
        appendDrift(to: &html)
        appendRuns(to: &html)
        appendFindings(to: &html)
        html.raw("</main>\n")
        appendFoot(to: &html)
        html.raw("</body>\n</html>\n")
        return (html.bytes, summary)
    }

    /// What the page comes to, in numbers.
    package struct Summary: Hashable, Sendable {
        package var volumes: Int
        package var snapshots: Int
        package var good: Int
        /// GiB.
        package var size: Int
        /// Volumes that somebody should look at.
        package var attention: Int
        package var overdue: Int
        package var changed: Int
        package var actions: Int
        /// Findings that keep an apply from its work, or lie in what is there.
        package var errors: Int
        /// Whether the last apply did not end well.
        package var lastRunFailed: Bool

        init(_ volumes: [ReportVolume], _ page: ReportPage) {
            self.volumes = volumes.count
            snapshots = volumes.reduce(0) { $0 + $1.snapshots.count { $0.record != nil } }
            good = volumes.reduce(0) { $0 + $1.good.count }
            size = volumes.reduce(0) { ReportVolume.sum($0, $1.size) }
            attention = volumes.count(where: \.verdict.needsAttention)
            overdue = page.plan.rotations?.overdueCount ?? 0
            changed = page.plan.drift.count
            actions = page.plan.changes.count(where: \.isAction)
            errors = page.gatheredFindings.count { $0.diagnostic.severity == .error }
            lastRunFailed = page.failedRun != nil
        }

        /// Whether nobody need look.
        var isGood: Bool { attention == 0 && errors == 0 && !lastRunFailed }

        /// `12 volumes, 168 snapshots, 1 volume needs attention`.
        package var words: String {
            var parts = [Quantities.count(volumes, "volume"), Quantities.count(snapshots, "snapshot")]
            if attention > 0 { parts.append("\(Quantities.count(attention, "volume")) \(attention == 1 ? "needs" : "need") attention") }
            if errors > 0 { parts.append(Quantities.count(errors, "error")) }
            if lastRunFailed { parts.append("the last run did not end well") }
            if actions > 0 { parts.append("\(Quantities.count(actions, "change")) for an apply to make") }
            return (parts.count > 2 ? parts : parts + ["nothing needs attention"]).joined(separator: ", ")
        }
    }

    /// `snapkeep plan --refresh -f team/`.
    func command(_ words: String) -> String { VisibleText.escaped(([words] + self.words).joined(separator: " ")) }
}

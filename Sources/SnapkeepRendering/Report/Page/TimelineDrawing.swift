import SnapkeepCore

/// Draws the snapshots of a volume on a line that ends now. All lines of a page have the same scale, so that they compare at a glance.
struct TimelineDrawing {
    let scale: AgeScale
    let asOf: Timestamp

    /// Percent of the width: the oldest, now, and what is still to be made.
    private static let (oldest, now, planned) = (2.0, 94.0, 97.5)
    static let height = 30
    private static let middle = height / 2

    /// What the lines share: the scale behind them, and the signs that are no circles.
    func appendDefinitions(to html: inout HTMLBuffer) {
        html.raw("<svg class=\"defs\" aria-hidden=\"true\" width=\"0\" height=\"0\"><defs>\n<g id=\"scale\">")
        html.raw("<line class=\"base\" x1=\"0\" x2=\"\(text(Self.now))\" y1=\"\(Self.middle)\" y2=\"\(Self.middle)\"/>")
        for tick in scale.ticks {
            let place = text(place(tick.position))
            html.raw("<line x1=\"\(place)\" x2=\"\(place)\" y1=\"0\" y2=\"\(Self.height)\"/>")
        }
        let now = text(Self.now)
        html.raw("<line class=\"now\" x1=\"\(now)\" x2=\"\(now)\" y1=\"0\" y2=\"\(Self.height)\"/></g>\n")
        html.raw(
            """
            <path id="cross" d="M-4-4l8 8m0-8l-8 8"/>
            <path id="ok" d="M10 1a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM5.6 10.2l3 3l5.8-6"/>
            <path id="warn" d="M10 2l9 16h-18zM10 8v4.6m0 2.2v.4"/>
            </defs></svg>

            """)
    }

    /// The words of the scale, to stand above the lines.
    func appendScale(to html: inout HTMLBuffer) {
        html.raw("<svg class=\"t\" aria-hidden=\"true\" height=\"18\">")
        for tick in scale.ticks { html.raw("<text x=\"\(text(place(tick.position)))\" y=\"13\">\(tick.words)</text>") }
        html.raw("<text x=\"\(text(Self.now))\" y=\"13\">now</text></svg>")
    }

    /// One line.
    func append(_ volume: ReportVolume, to html: inout HTMLBuffer) {
        html.raw("<svg class=\"t\" role=\"img\" height=\"\(Self.height)\" aria-label=\"")
        html.text(label(volume))
        html.raw("\"><use href=\"#scale\"/>")
        for mark in ReportSnapshot.Mark.allCases {
            let marked = volume.snapshots.filter { $0.mark == mark }
            if marked.isEmpty { continue }
            html.raw("<g class=\"\(mark.rawValue)\">")
            for snapshot in marked { append(snapshot, to: &html) }
            html.raw("</g>")
        }
        html.raw("</svg>")
    }

    private func append(_ snapshot: ReportSnapshot, to html: inout HTMLBuffer) {
        let made = snapshot.record?.createdAt
        let place = text(made.map { self.place(scale.position(of: asOf.since($0))) } ?? Self.planned)
        if snapshot.mark == .bad {
            html.raw("<use href=\"#cross\" x=\"\(place)\" y=\"\(Self.middle)\">")
        } else {
            html.raw("<circle cx=\"\(place)\" cy=\"\(Self.middle)\" r=\"4\">")
        }
        html.raw("<title>")
        html.text(made.map(Quantities.minute) ?? snapshot.key.text)
        html.raw("</title></\(snapshot.mark == .bad ? "use" : "circle")>")
    }

    /// `14 snapshots of the last 1 y, the newest 6 h old`.
    private func label(_ volume: ReportVolume) -> String {
        let count = volume.snapshots.count { $0.record != nil }
        guard let oldest = volume.oldest else { return "\(Quantities.count(count, "snapshot"))" }
        let newest = volume.newest.map { ", the newest good one \(Quantities.coarse(asOf.since($0))) old" } ?? ", none of them good"
        return "\(Quantities.count(count, "snapshot")), the oldest \(Quantities.coarse(asOf.since(oldest))) old\(newest)"
    }

    private func place(_ position: Double) -> Double { Self.oldest + (Self.now - Self.oldest) * position }

    /// Percent with one digit behind the point.
    private func text(_ percent: Double) -> String {
        let tenths = Int((percent * 10).rounded())
        return tenths.isMultiple(of: 10) ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
    }
}

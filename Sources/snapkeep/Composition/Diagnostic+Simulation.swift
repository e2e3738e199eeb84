import SnapkeepCore
import SnapkeepRendering

// What `simulate` has to object to.
extension Diagnostic {
    static func noRotations(_ title: String) -> Diagnostic {
        Diagnostic(
            .error, code: "no-rotations", "the manifest has no rotations: there is nothing to simulate", at: .named(title),
            help: "write a rotation below 'rotations:', with 'name', 'volumes', 'every', 'timezone' and 'keep'")
    }

    /// A name that narrows the simulation to nothing.
    ///
    /// - Parameter known: what there is.
    static func notSimulated(_ option: String, _ text: String, what: String, known: [String]) -> Diagnostic {
        let near = NearMiss.suggestion(for: text, among: known).map { "did you mean \(VisibleText.named($0))?" }
        let some = Quantities.list(known.prefix(8).map { VisibleText.named($0) })
        return Diagnostic(
            .error, code: option == "--rotation" ? "no-such-rotation" : "no-such-volume", "\(what) \(VisibleText.named(text))",
            at: .named(option), help: near ?? "name \(known.count > 1 ? "one that there is, such as" : "the one that there is:") \(some)")
    }

    static func spanEndsFirst(_ span: SimulationSpan) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-dates", "the last day, \(span.until), comes before the first, \(span.from)", at: .named("--until"),
            help: "give a later --until, or an earlier --from")
    }

    static func spanTooLong(_ span: SimulationSpan, years: Int) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-dates", "\(span.from) to \(span.until) is more than \(years) years", at: .named("--until"),
            help: "simulate \(years) years at most: rules repeat themselves long before")
    }

    /// Volumes that come to more snapshots than the cloud takes.
    ///
    /// - Parameters:
    ///   - loads: of volumes that are alike.
    ///   - range: where it is said what is kept.
    static func overLimit(_ loads: [VolumeLoad], cap: Int, at range: SourceRange) -> Diagnostic {
        let load = loads[0]
        let label = load.volume.map { "volume \(VisibleText.named($0.label))" } ?? "each volume that matches"
        let more = loads.count == 1 ? "" : " and of \(loads.count - 1) more"
        var parts = load.rotations.count == 1 ? [] : [Quantities.list(load.rotations.map(\.text)) + " together"]
        if load.others > 0 { parts.append("\(load.others) of no rotation") }
        let reasons = parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
        return Diagnostic(
            .error, code: "over-limit",
            "up to \(load.peak) snapshots of \(label)\(more) at once\(reasons), over the limit of \(cap); as many for the first time on "
                + "\(load.peakAt.date)",
            at: .range(range), help: "keep \(load.peak - cap) fewer, or raise 'snapshots_per_volume' if the cloud allows more")
    }
}

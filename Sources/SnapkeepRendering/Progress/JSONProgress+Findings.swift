package import SnapkeepCore

extension JSONProgress {
    /// The line of a finding, without a line end: its severity is the event's name.
    package static func line(for diagnostic: PlacedDiagnostic, at now: Timestamp) -> String {
        var line = event(diagnostic.severity.rawValue, at: now)
        diagnostic.write(to: &line)
        return ended(line)
    }

    /// The last line of a run that came to no report, without a line end.
    package static func line(forEnd status: ExitStatus, at now: Timestamp) -> String {
        var line = event("ended", at: now)
        line.field("exit_code", Int(status.rawValue))
        return ended(line)
    }
}

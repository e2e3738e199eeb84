package import SnapkeepCore

/// `snapkeep status --format openmetrics`: OpenMetrics 1.0 text, as the textfile collector of Prometheus' node exporter reads it.
package enum OpenMetrics {
    /// The whole text, with its end mark.
    package static func render(_ rows: [StatusRow], _ rotations: RotationPlan?) -> String {
        var text = ""
        let declared = rows.filter(\.isDeclared)
        let all = [("declared", declared.count), ("as_declared", declared.count(where: \.isGood))]
        text += family("snapkeep_snapshots", "Snapshots that the manifest lists, and those of them that are as it says.")
        for (standing, count) in all { text += sample("snapkeep_snapshots", [("standing", standing)], count) }
        guard let rotations, !rotations.standings.isEmpty else { return text + "# EOF\n" }
        let standings = rotations.standings
        text += family(
            "snapkeep_last_good_timestamp_seconds", "When the newest good snapshot of a rotation's volume was due.", unit: "seconds")
        for standing in standings {
            if let good = standing.lastGood { text += sample("snapkeep_last_good_timestamp_seconds", labels(standing), seconds(good)) }
        }
        text += family("snapkeep_next_due_timestamp_seconds", "When the next snapshot of a rotation's volume is due.", unit: "seconds")
        for standing in standings where standing.demand != .paused {
            text += sample("snapkeep_next_due_timestamp_seconds", labels(standing), seconds(standing.nextDue))
        }
        text += family("snapkeep_overdue", "Whether a rotation's volume lacks a good snapshot that it should have.")
        for standing in standings { text += sample("snapkeep_overdue", labels(standing), standing.overdueSince == nil ? 0 : 1) }
        text += family("snapkeep_kept_snapshots", "Snapshots of a rotation's volume that are kept.")
        for standing in standings { text += sample("snapkeep_kept_snapshots", labels(standing), standing.kept.count) }
        text += family("snapkeep_paused", "Whether a rotation is paused.")
        for standing in standings { text += sample("snapkeep_paused", labels(standing), standing.demand == .paused ? 1 : 0) }
        return text + "# EOF\n"
    }

    private static func family(_ name: String, _ help: String, unit: String? = nil) -> String {
        "# TYPE \(name) gauge\n" + (unit.map { "# UNIT \(name) \($0)\n" } ?? "") + "# HELP \(name) \(help)\n"
    }

    private static func labels(_ standing: RotationStanding) -> [(String, String)] {
        [("rotation", standing.rotation.text), ("volume", standing.volume.label)]
    }

    private static func seconds(_ time: ZonedTime) -> Int { Int(time.instant.microseconds / 1_000_000) }

    private static func sample(_ name: String, _ labels: [(String, String)], _ value: Int) -> String {
        "\(name){\(labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ","))} \(value)\n"
    }

    /// A label's value: backslash, quote and line feed are escaped, all else is taken as it is.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

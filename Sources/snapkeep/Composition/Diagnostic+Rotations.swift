import SnapkeepCore
import SnapkeepRendering

extension Diagnostic {
    /// Copies of a rotation that another run has made, with another copy of the state or none.
    static func foundCopies(_ count: Int) -> Diagnostic {
        Diagnostic(
            .note, code: "found-copies",
            "\(Quantities.count(count, "snapshot")) of the rotations made elsewhere: found by \(count == 1 ? "its stamp" : "their stamps"), and recorded",
            help: nil)
    }

    /// A saved plan makes what was due when it was made, and nothing is made up for.
    static func planTooLate(_ standing: RotationStanding) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-too-late",
            "the plan makes a snapshot of \(standing.rotation)/\(VisibleText.escaped(standing.volume.label)) that could be begun until "
                + RotationWords.day(standing.deadline),
            notes: [.init("nothing was changed", at: .none)], help: "run 'snapkeep plan' again and review it")
    }
}

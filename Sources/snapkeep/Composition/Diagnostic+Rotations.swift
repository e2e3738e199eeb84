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

    /// The days that pass exchange some of what an edit lets go for others; more than was reviewed it must not be.
    static func editGrew(_ growth: EditGrowth) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-stale",
            "the edit of a rotation would expire \(Quantities.count(growth.now, "snapshot")) of one volume by now, such as "
                + "\(VisibleText.named(growth.key.text)); the plan shows \(growth.reviewed)",
            notes: [.init("nothing was changed", at: .none)], help: "run 'snapkeep plan' again and review it")
    }
}

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
}

import SnapkeepCore
import SnapkeepRendering

/// What ends a command: findings to print, and the exit code.
struct Failure: Error {
    var status: ExitStatus
    var diagnostics: [Diagnostic]

    init(_ status: ExitStatus, _ diagnostics: Diagnostic...) {
        self.status = status
        self.diagnostics = diagnostics
    }

    init(_ status: ExitStatus, all diagnostics: [Diagnostic]) {
        self.status = status
        self.diagnostics = diagnostics
    }
}

import ArgumentParser
import SnapkeepRendering

extension ExitStatus {
    /// As the argument parser has it.
    var code: ExitCode { ExitCode(rawValue) }
}

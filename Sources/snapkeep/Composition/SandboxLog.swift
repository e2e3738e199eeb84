import Logging
import SnapkeepCore
import SnapkeepRendering
import SnapkeepSandbox

extension SandboxEnvironment {
    /// The real one, with a line at debug level for each request that a sandbox has answered: method, path, status, milliseconds, and the fault
    /// that a rule chose. Never a field or a body (P8).
    static func logging(to logger: Logger) -> SandboxEnvironment {
        var environment = SandboxEnvironment.live
        guard logger.logLevel <= .debug else { return environment }
        environment.log = { request, took in logger.debug("sandbox", metadata: metadata(of: request, took: took)) }
        return environment
    }

    static func metadata(of request: SandboxRequest, took: Duration) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "method": "\(VisibleText.escaped(request.method))", "path": "\(VisibleText.escaped(request.path))",
            "status": "\(request.status.map(String.init) ?? "none, the connection was cut")", "ms": "\(milliseconds(took))",
        ]
        if !request.query.isEmpty { metadata["query"] = "\(VisibleText.escaped(request.query))" }
        if let fault = request.fault { metadata["fault"] = "\(fault)" }
        return metadata
    }

    /// With one digit behind the point.
    private static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = seconds * 10_000 + attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension SandboxContents {
    /// `3 snapshots and 2 volumes`, and what its clock shows where that was set.
    var words: String {
        let things =
            snapshots == 0 && volumes == 0
            ? "nothing yet" : "\(Quantities.count(snapshots, "snapshot")) and \(Quantities.count(volumes, "volume"))"
        return clock.map { "\(things), its clock at \($0.minuteText) UTC" } ?? things
    }
}

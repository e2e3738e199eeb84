import ArgumentParser
import SnapkeepSandbox

/// How the embedded sandbox behaves in this run. What is typed to go on after it leaves these out: they belong to one run.
struct SandboxOptions: ParsableArguments {
    @Option(
        name: .customLong("sandbox-fault"),
        help: ArgumentHelp(
            "What goes wrong in the embedded sandbox, as 'snapkeep help sandbox' tells; repeatable.", valueName: "rule"),
        transform: { try FaultRule(parsing: $0) })
    var faults: [FaultRule] = []

    @Option(
        name: .customLong("sandbox-create-delay"),
        help: ArgumentHelp("How long a snapshot stays 'creating' in the embedded sandbox.", valueName: "time"))
    var createDelay: TimeSpan?

    @Option(
        name: .customLong("sandbox-delete-delay"),
        help: ArgumentHelp("How long a snapshot stays 'deleting' in the embedded sandbox.", valueName: "time"))
    var deleteDelay: TimeSpan?

    @Option(
        name: .customLong("sandbox-latency"),
        help: ArgumentHelp("How long the embedded sandbox holds each answer back.", valueName: "time"))
    var latency: TimeSpan?

    /// The first option that was given, if any: each asks for --sandbox.
    var firstGiven: String? {
        if !faults.isEmpty { return "--sandbox-fault" }
        if createDelay != nil { return "--sandbox-create-delay" }
        if deleteDelay != nil { return "--sandbox-delete-delay" }
        return latency == nil ? nil : "--sandbox-latency"
    }

    /// Makes a sandbox behave so.
    func apply(to configuration: inout SandboxConfiguration) {
        configuration.faults = faults
        if let createDelay { configuration.createDelay = createDelay.duration }
        if let deleteDelay { configuration.deleteDelay = deleteDelay.duration }
        if let latency { configuration.answerLatency = latency.duration }
    }
}

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

    @Option(
        name: .customLong("sandbox-clock"),
        help: ArgumentHelp(
            "Set the embedded sandbox's clock forward to this instant, such as 2026-03-01T02:00:00Z. It stays in its data.",
            valueName: "instant"),
        transform: { try SandboxInstant(parsing: $0) })
    var clock: SandboxInstant?

    @Option(
        name: .customLong("sandbox-snapshots-per-volume"),
        help: ArgumentHelp("Most snapshots of one volume in the embedded sandbox; some clouds have 7.", valueName: "n"))
    var snapshotsPerVolume: Int?

    @Option(
        name: .customLong("sandbox-auto-snapshots"),
        help: ArgumentHelp(
            "Snapshots of a volume that the cloud's own backup service has made, as 'snapkeep help sandbox' tells; repeatable.",
            valueName: "volume=n"),
        transform: { try AutoSnapshots(parsing: $0) })
    var autoSnapshots: [AutoSnapshots] = []

    /// The first option that was given, if any: each asks for --sandbox.
    var firstGiven: String? {
        if !faults.isEmpty { return "--sandbox-fault" }
        if createDelay != nil { return "--sandbox-create-delay" }
        if deleteDelay != nil { return "--sandbox-delete-delay" }
        if latency != nil { return "--sandbox-latency" }
        if clock != nil { return "--sandbox-clock" }
        if snapshotsPerVolume != nil { return "--sandbox-snapshots-per-volume" }
        return autoSnapshots.isEmpty ? nil : "--sandbox-auto-snapshots"
    }

    /// Makes a sandbox behave so.
    func apply(to configuration: inout SandboxConfiguration) {
        configuration.faults = faults
        if let createDelay { configuration.createDelay = createDelay.duration }
        if let deleteDelay { configuration.deleteDelay = deleteDelay.duration }
        if let latency { configuration.answerLatency = latency.duration }
        configuration.snapshotsPerVolume = snapshotsPerVolume
        configuration.clock = clock
        configuration.autoSnapshots = autoSnapshots
    }
}

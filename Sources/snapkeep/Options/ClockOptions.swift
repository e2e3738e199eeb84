import ArgumentParser
import SnapkeepCore

/// The instant at which rotations are looked at.
struct ClockOptions: ParsableArguments {
    @Option(
        name: .customLong("now"),
        help: ArgumentHelp(
            "Look at rotations as of this instant, such as 2026-10-25T02:00:00Z. Default: this machine's clock.", valueName: "instant"),
        transform: Instant.init(typed:))
    var now: Instant?

    /// The option as it was typed.
    var words: [String] { now.map { ["--now \($0)"] } ?? [] }
}

/// Which part of a plan is meant.
struct PartOptions: ParsableArguments {
    @Option(
        name: .customLong("target"),
        help: ArgumentHelp(
            "Only snapshots whose key fits: '*' stands for any text, '?' for one character. May be repeated.", valueName: "key-pattern"),
        completion: Completions.keys)
    var targets: [String] = []

    @Flag(
        name: [.customLong("only-changed-by-manifest"), .customLong("reviewed-only")],
        help: "Leave what is due by the clock to another run: of a saved plan only what was reviewed is carried out.")
    var onlyChangedByManifest = false

    /// The options as they are typed.
    var words: [String] {
        targets.map { "--target " + $0.quotedForShell } + (onlyChangedByManifest ? ["--only-changed-by-manifest"] : [])
    }

    func validate() throws {
        if targets.contains("") { throw ValidationError("--target takes a pattern of keys, such as 'nightly/*'") }
    }
}

/// An instant as a person writes it: ISO 8601 with `Z` or an offset; seconds may be left out.
struct Instant: CustomStringConvertible, Sendable {
    let timestamp: Timestamp
    let description: String

    /// - Throws: what such a time looks like.
    init(typed argument: String) throws {
        // Without a zone nobody could tell which instant is meant.
        guard let zone = argument.lastIndex(where: { "Zz+-".contains($0) }), let day = argument.firstIndex(where: { "Tt ".contains($0) }),
            zone > day
        else { throw ValidationError("write a day, a time and a zone, such as 2026-10-25T02:00:00Z or 2026-10-25T02:00+01:00") }
        guard let timestamp = Timestamp(argument) ?? Timestamp(argument[..<zone] + ":00" + argument[zone...]) else {
            throw ValidationError("there is no such time; write it as 2026-10-25T02:00:00Z or 2026-10-25T02:00+01:00")
        }
        (self.timestamp, description) = (timestamp, argument)
    }
}

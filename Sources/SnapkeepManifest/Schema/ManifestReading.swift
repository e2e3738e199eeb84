public import SnapkeepCore

/// What a manifest says, and what is wrong with it.
public struct ManifestReading: Sendable {
    /// All snapshots without a mistake, defaults and volume aliases applied.
    public let manifest: Manifest
    /// Where the manifest says where its state is, if it does: a path is one beside that source.
    public let stateRange: SourceRange?
    /// Whether it says something else, or may say it: there is a mistake in what it says, or a source that could not be read to its end.
    public let isStateUnclear: Bool
    /// Where each of them stands; parallel to `manifest.snapshots`.
    public let places: [SnapshotPlaces]
    /// Where each rotation without a mistake stands; parallel to `manifest.rotations`.
    public let rotationPlaces: [RotationPlaces]
    /// The volumes that the snapshots are of, each counted once, by whatever alias they are named.
    public let volumeCount: Int
    /// The volumes that the rotations list, counted likewise: those that a pattern picks only the cloud knows.
    public let rotationVolumeCount: Int
    /// What `volumes:` declares, by alias.
    public let volumeAliases: [String: VolumeReference]
    /// In source order, errors and warnings; at most `ManifestLimits.diagnostics`, then a note that counts the rest.
    public let diagnostics: [Diagnostic]
    /// Errors and warnings beyond those in `diagnostics`.
    public let omittedErrors: Int
    public let omittedWarnings: Int

    public var hasErrors: Bool { omittedErrors > 0 || diagnostics.contains { $0.severity == .error } }

    /// The code of the one error that `--allow-empty` lifts (P3).
    public static let emptyManifestCode = "empty-manifest"
}

import SnapkeepCore

/// What all files read so far declare: arrays side by side rather than one of large rows, as most of it is handed on as it is.
struct ManifestDraft: Sendable {
    /// A setting of the whole manifest and where it was given first.
    struct Setting<Value: Hashable & Sendable>: Sendable {
        var value: Value
        var range: SourceRange
    }

    struct DeclaredVolume: Sendable {
        var alias: String
        var range: SourceRange
        /// `nil` where the declaration has a mistake.
        var target: VolumeReference?
        /// The number of its id, where it has one.
        var id: UInt32?
        var isUsed = false
    }

    var version: Setting<Int>?
    var stack: Setting<StackName>?
    var projectID: Setting<ProjectID>?
    var state: Setting<StateAddress>?
    /// Whether there is a mistake in a `state`: which one is meant is then unknown.
    var isStateUnclear = false

    var specs: [SnapshotSpec] = []
    var places: [SnapshotPlaces] = []
    /// How each of `specs` names its volume.
    var volumes: [VolumeMark] = []
    /// The fields that each of `specs` gives itself.
    var given: [UInt16] = []
    /// The rotations of all files, good and bad: which is which shows when all were read.
    var rotations: [RotationDraft] = []
    var snapshotsPerVolume: Setting<Int>?
    /// The items of all lists of snapshots and rotations, good and bad.
    var itemCount = 0

    var ids = VolumeIDTable()
    var aliases = AliasTable()
    /// Longer texts of metadata, of which many stand at more than one snapshot.
    var longTexts: Set<ExactText> = []
    var keys = KeyTable()
    /// Where each snapshot that a line names by `id` is named first.
    var idPlaces: [SnapshotID: SourceRange] = [:]

    var declaredVolumes: [DeclaredVolume] = []
    var declaredNumbers: [String: Int] = [:]
    /// Texts in `volume:` and `volume_id:` that are not what the field takes: told at the end, when all aliases are known.
    var misplacedVolumes: [(text: String, field: SnapshotField, range: SourceRange)] = []
    /// Aliases that defaults use, and snapshots with another mistake.
    var otherAliasUses: [(alias: UInt32, range: SourceRange)] = []
    /// Aliases behind keys that are no field, and were probably meant to be `volume`: used, if there are such.
    var meantAliases: [UInt32] = []
    /// Whether a file was not read to its end: what it would have declared is unknown.
    var isIncomplete = false
}

import SnapkeepCore

/// How a snapshot names its volume, in four bytes: aliases are looked up when all files were read.
enum VolumeMark: Hashable {
    case none
    /// A number in the table of ids.
    case id(UInt32)
    /// A number in the table of aliases.
    case alias(UInt32)
}

/// The fields of one snapshot, or of `defaults:`, while its mapping is read.
struct SnapshotDraft {
    /// What a message calls the mapping.
    enum Role {
        case snapshot
        case defaults
    }

    let role: Role
    var item: Place
    /// The fields met so far.
    var given: UInt16 = 0
    /// Where the key of each field stands, by the field's index.
    var keyPlaces = InlineArray<10, Place>(repeating: .none)
    /// Whether a mistake was found, so that the snapshot will not be in the manifest.
    var isBad = false

    var name: SnapshotName?
    var namePlace = Place.none
    var key: SnapshotKey?
    var keyPlace = Place.none
    var volume = VolumeMark.none
    var volumePlace = Place.none
    var id: SnapshotID?
    var idPlace = Place.none
    var description: SnapshotDescription?
    var descriptionPlace = Place.none
    var force = false
    var forcePlace = Place.none
    var metadata: Metadata?
    var timeout = SnapshotSpec.defaultTimeout
    var protect = false
    /// Keys that are no fields: told at the end, when the snapshot's name is known.
    var unknownKeys: [UnknownKey] = []
    /// The fields that unknown keys were probably meant to be: one mistake, not also a missing field.
    var misspelt: UInt16 = 0

    /// A key that is no field.
    struct UnknownKey {
        var text: String
        var place: Place
        /// The field that it was probably meant to be.
        var nearest: SnapshotField?
    }

    @inline(__always)
    init(_ role: Role, item: Place) {
        self.role = role
        self.item = item
    }

    func has(_ field: SnapshotField) -> Bool { given & field.bit != 0 }

    /// Whether the field was met, or probably meant.
    func hasOrMeant(_ field: SnapshotField) -> Bool { hasOneOf(field) || misspelt & field.bit != 0 }

    /// Whether the field, or its other form, was met.
    func hasOneOf(_ field: SnapshotField) -> Bool {
        switch field {
        case .volume, .volume_id: given & (SnapshotField.volume.bit | SnapshotField.volume_id.bit) != 0
        default: has(field)
        }
    }
}

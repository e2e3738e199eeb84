public import SnapkeepCore

/// Where the parts of one snapshot stand in its source, for messages that come after the reading.
public struct SnapshotPlaces: Hashable, Sendable {
    /// A part that a later message may point at.
    public enum Field: Hashable, Sendable {
        /// The first key of the snapshot.
        case item
        case name
        case key
        /// The value of `volume` or `volume_id`.
        case volume
        /// The value of `id`.
        case id
        case force
        case description
    }

    let source: UInt32
    let item: Place
    let name: Place
    let key: Place
    let volume: Place
    let id: Place
    let force: Place
    let description: Place

    /// The place of a field's value; the name's where the snapshot does not write the field itself, as with defaults.
    public func range(of field: Field) -> SourceRange {
        let place =
            switch field {
            case .item: item
            case .name: name
            case .key: key
            case .volume: volume
            case .id: id
            case .force: force
            case .description: description
            }
        return (place.isNone ? name : place).range(source: Int(source))
    }
}

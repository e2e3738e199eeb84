public import SnapkeepCore

/// Where the parts of one rotation stand in its source, for messages that come after the reading.
public struct RotationPlaces: Hashable, Sendable {
    /// A part that a later message may point at.
    public enum Field: Hashable, Sendable {
        /// The first key of the rotation.
        case item
        /// The value of `name`.
        case name
        /// The key `volumes` or `match`.
        case volumes
        /// The values of `every` and `at`.
        case every
        case at
        /// The value of `timezone`.
        case timezone
        /// The value of `start_within`.
        case startWithin
        /// The key `keep`.
        case keep
        /// The value of `name` below `snapshot`.
        case snapshotName
        /// The value of `from` below `moved`.
        case movedFrom
    }

    let source: UInt32
    var item: Place
    var name = Place.none
    var volumes = Place.none
    var every = Place.none
    var at = Place.none
    var timezone = Place.none
    var startWithin = Place.none
    var keep = Place.none
    var snapshotName = Place.none
    var movedFrom = Place.none

    init(source: Int, item: Place) {
        self.source = UInt32(source)
        self.item = item
    }

    /// The place of a field; the name's where the rotation does not write the field itself, and the first key's where that is missing.
    public func range(of field: Field) -> SourceRange {
        let place =
            switch field {
            case .item: item
            case .name: name
            case .volumes: volumes
            case .every: every
            case .at: at
            case .timezone: timezone
            case .startWithin: startWithin
            case .keep: keep
            case .snapshotName: snapshotName
            case .movedFrom: movedFrom
            }
        return (place.isNone ? name.isNone ? item : name : place).range(source: Int(source))
    }
}

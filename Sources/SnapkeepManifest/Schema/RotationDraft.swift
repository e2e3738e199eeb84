import SnapkeepCore

/// A rotation as it was read: what has a mistake is missing in it. Its volumes are looked up when all files were read.
struct RotationDraft: Sendable {
    /// A volume as the rotation names it.
    struct NamedVolume: Sendable {
        var text: String
        var place: Place
        /// The number of the id that the text is, where it is one.
        var id: UInt32?
    }

    var places: RotationPlaces
    /// Whether a mistake was found, so that the rotation will not be in the manifest.
    var isBad = false
    var name: RotationName?
    var volumes: [NamedVolume] = []
    var pattern: VolumePattern?
    var unit: PeriodUnit?
    /// `at:` and what a message calls it, until `every:` is known.
    var at: (text: String, words: String)?
    var due: DueTime?
    var zone: ZoneName?
    var startWithin: Duration?
    var rules = RetentionRules(counts: [:])
    var isPaused = false
    var template = SnapshotTemplate()
    /// The fields that the template gives itself, by the bits of `SnapshotField`.
    var given: UInt16 = 0
    var movedFrom: RotationName?

    init(source: Int, item: Place) { places = RotationPlaces(source: source, item: item) }

    /// What messages call it.
    var title: String { name.map { "rotation \($0.text.quoted)" } ?? "a rotation" }

    /// Fills in what the template leaves open.
    mutating func apply(_ common: SnapshotDraft) {
        let open = common.given & ~given
        if open & SnapshotField.description.bit != 0 { template.description = common.description }
        if open & SnapshotField.force.bit != 0 { template.force = common.force }
        if open & SnapshotField.timeout.bit != 0 { template.timeout = common.timeout }
        if let metadata = common.metadata { template.metadata = metadata.merging(template.metadata) }
    }

    /// The rotation of its volumes; `nil` where a part is missing.
    func spec(of volumes: RotationVolumes) -> RotationSpec? {
        guard !isBad, let name, let due, let zone else { return nil }
        return RotationSpec(
            name: name, volumes: volumes,
            schedule: RotationSchedule(
                due: due, zone: zone, startWithin: startWithin ?? RotationSchedule.defaultStartWithin(due.unit)),
            rules: rules, isPaused: isPaused, template: template, movedFrom: movedFrom)
    }
}

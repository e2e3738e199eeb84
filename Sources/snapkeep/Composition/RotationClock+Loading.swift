import SnapkeepCore
import SnapkeepManifest

extension Manifest {
    /// Whether a rotation picks its volumes by a pattern.
    var picksVolumes: Bool {
        rotations.contains { if case .matching = $0.volumes { true } else { false } }
    }
}

extension LoadedManifest {
    /// The clock for the manifest's rotations; `nil` where it has none: then no time is read, and no zone.
    ///
    /// - Throws: `ManifestFailure` for each zone that cannot be had, at the line that names it.
    func clock(_ options: ClockOptions, _ session: Session) throws -> RotationClock? {
        if manifest.rotations.isEmpty { return nil }
        var files = ZoneFiles(environment: session.environment)
        let (zones, problems) = files.zones(for: Set(manifest.rotations.map(\.schedule.zone)))
        if !problems.isEmpty {
            let told = zip(manifest.rotations, reading.rotationPlaces).compactMap { rotation, places in
                problems[rotation.schedule.zone].map { Diagnostic.noZone(rotation.schedule.zone, $0, at: places.range(of: .timezone)) }
            }
            throw ManifestFailure(sources: sources, diagnostics: told.inSourceOrder())
        }
        return RotationClock(now: options.now?.timestamp ?? SystemTime.now(), zones: zones, isMachineTime: options.now == nil)
    }
}

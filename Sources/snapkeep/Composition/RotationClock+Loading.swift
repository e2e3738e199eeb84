import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

extension SavedPlan {
    /// The clock for the plan's rotations; `nil` where it has none.
    ///
    /// - Throws: `Told` with each zone that cannot be had.
    func clock(at now: Instant?, _ session: Session) throws -> RotationClock? {
        guard let declared = plan.rotations?.declared, !declared.isEmpty else { return nil }
        return try RotationClock(of: declared, at: now, session) { problems in
            Told(.error, problems.sorted { $0.key.text < $1.key.text }.map { .noZone($0.key, $0.value, at: nil) })
        }
    }
}

extension LoadedManifest {
    /// The clock for the manifest's rotations; `nil` where it has none: then no time is read, and no zone.
    ///
    /// - Throws: `ManifestFailure` for each zone that cannot be had, at the line that names it.
    func clock(at now: Instant?, _ session: Session) throws -> RotationClock? {
        if manifest.rotations.isEmpty { return nil }
        return try RotationClock(of: manifest.rotations, at: now, session) { problems in
            let told = zip(manifest.rotations, reading.rotationPlaces).compactMap { rotation, places in
                problems[rotation.schedule.zone].map { Diagnostic.noZone(rotation.schedule.zone, $0, at: places.range(of: .timezone)) }
            }
            return ManifestFailure(sources: sources, diagnostics: told.inSourceOrder())
        }
    }
}

extension RotationClock {
    /// - Parameters:
    ///   - now: the instant that was named; `nil` for this machine's clock.
    ///   - failure: what is thrown for the zones that cannot be had.
    fileprivate init(
        of rotations: [RotationSpec], at now: Instant?, _ session: Session, failure: ([ZoneName: ZoneProblem]) -> any Error
    ) throws {
        var files = ZoneFiles(environment: session.environment)
        let (zones, problems) = files.zones(for: Set(rotations.map(\.schedule.zone)))
        if !problems.isEmpty { throw failure(problems) }
        self.init(now: now?.timestamp ?? SystemTime.now(), zones: zones, isMachineTime: now == nil)
    }
}

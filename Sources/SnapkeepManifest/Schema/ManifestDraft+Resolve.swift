import SnapkeepCore

extension ManifestDraft {
    /// Notes a text that `volume` or `volume_id` does not take.
    mutating func misplaced(_ text: String, in field: SnapshotField, at range: SourceRange) {
        // As many as can ever be told.
        if misplacedVolumes.count < 1000 { misplacedVolumes.append((text, field, range)) }
    }

    /// Ends the reading when all files were read: looks up volumes, finds what only the whole can show, leaves out bad snapshots.
    consuming func resolved(_ findings: Findings) -> ManifestReading {
        let targets = resolveAliases()
        let rotations = resolveRotations(findings)
        tellMisplacedVolumes(findings)
        if !isIncomplete { tellUnusedVolumes(findings) }
        let tally = VolumeTally(of: self, targets)
        tellCrowding(tally, rotations, findings)
        if itemCount == 0 && !findings.hasErrors && !isIncomplete { findings.error(.emptyManifest()) }
        if volumes.contains(.none) { leaveOutVolumeless() }
        let (diagnostics, omittedErrors, omittedWarnings) = findings.report()
        let aliasesByID = Dictionary(
            declaredVolumes.compactMap { volume in volume.target?.id.map { ($0, volume.alias) } }, uniquingKeysWith: { first, _ in first })
        let volumeAliases = Dictionary(
            declaredVolumes.compactMap { volume in volume.target.map { (volume.alias, $0) } }, uniquingKeysWith: { first, _ in first })
        return ManifestReading(
            manifest: Manifest(
                stack: stack?.value, projectID: projectID?.value, state: state?.value, snapshots: specs,
                rotations: rotations.map(\.spec), snapshotsPerVolume: snapshotsPerVolume?.value, aliases: aliasesByID),
            stateRange: state?.range, isStateUnclear: isStateUnclear || isIncomplete && state == nil, places: places,
            rotationPlaces: rotations.map(\.places),
            volumeCount: tally.volumeCount, rotationVolumeCount: Set(rotations.lazy.flatMap(\.identities)).count,
            volumeAliases: volumeAliases, diagnostics: diagnostics, omittedErrors: omittedErrors,
            omittedWarnings: omittedWarnings)
    }

    /// Gives each snapshot the volume that its alias stands for. Returns the declared volume of each alias number.
    private mutating func resolveAliases() -> [Int?] {
        let targets = aliases.texts.map { declaredNumbers[$0] }
        if targets.isEmpty { return [] }
        for (alias, range) in otherAliasUses { use(targets[Int(alias)], alias, at: range) }
        for alias in meantAliases { if let target = targets[Int(alias)] { declaredVolumes[target].isUsed = true } }
        let volumeFields = SnapshotField.volume.bit | SnapshotField.volume_id.bit
        for index in specs.indices {
            guard case .alias(let alias) = volumes[index] else { continue }
            if let target = targets[Int(alias)] {
                declaredVolumes[target].isUsed = true
                if let volume = declaredVolumes[target].target { specs[index].volume = volume } else { volumes[index] = .none }
            } else {
                // An alias that comes from the defaults is told there, once.
                if given[index] & volumeFields != 0 { use(nil, alias, at: places[index].range(of: .volume)) }
                volumes[index] = .none
            }
        }
        return targets
    }

    private mutating func use(_ target: Int?, _ alias: UInt32, at range: SourceRange) {
        if let target { declaredVolumes[target].isUsed = true } else { misplaced(aliases.texts[Int(alias)], in: .volume, at: range) }
    }

    private mutating func tellMisplacedVolumes(_ findings: Findings) {
        for (text, field, range) in misplacedVolumes {
            if field == .volume_id {
                let declared = declaredNumbers[text]
                if let declared { declaredVolumes[declared].isUsed = true }
                findings.error(.badVolumeID(text, isDeclared: declared != nil, at: range))
            } else if !isIncomplete {
                let suggestion = findings.suggestion(for: text, among: declaredNumbers.keys)
                // One slip is one mistake: what was probably meant is not unused.
                if let meant = suggestion.flatMap({ declaredNumbers[$0] }) { declaredVolumes[meant].isUsed = true }
                findings.error(.unknownVolume(text, suggestion: suggestion, at: range))
            }
        }
    }

    private func tellUnusedVolumes(_ findings: Findings) {
        for volume in declaredVolumes where !volume.isUsed { findings.warning(.unusedVolume(volume.alias, at: volume.range)) }
    }

    private mutating func leaveOutVolumeless() {
        var kept = 0
        for index in specs.indices where volumes[index] != .none {
            if kept != index {
                specs.swapAt(kept, index)
                places.swapAt(kept, index)
            }
            kept += 1
        }
        specs.removeLast(specs.count - kept)
        places.removeLast(places.count - kept)
    }
}

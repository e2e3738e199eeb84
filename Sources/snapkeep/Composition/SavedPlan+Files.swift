import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

extension SavedPlan {
    /// The plan that a file holds.
    ///
    /// - Throws: `Failure` when it is no plan, is damaged, or was changed after it was saved.
    static func read(path: String) throws -> SavedPlan {
        try read(try InputFiles.read(path: path, within: .plan).bytes, path: path)
    }

    /// Whether a file begins as a saved plan does, whatever its name.
    static func isSaved(_ path: String) -> Bool {
        InputFiles.start(of: path, bytes: 64).filter { !$0.isWhitespace }.hasPrefix("{\"format\":\"snapkeep.plan\"")
    }

    /// The plan that the bytes of a file say.
    ///
    /// - Throws: as above.
    static func read(_ bytes: [UInt8], path: String) throws -> SavedPlan {
        let saved: SavedPlan
        do throws(StateFileProblem) { saved = try PlanFile.decode(bytes) } catch {
            throw Failure(.error, .unreadablePlan(path, error))
        }
        // The id is a digest of everything else: a plan that was edited is not the plan that was reviewed (P5).
        guard saved.id == saved.digest else { throw Failure(.refused, .changedPlan(path)) }
        return saved
    }
}

extension LoadedManifest {
    /// Where the manifest lists the snapshots that a plan changes.
    func savedPlaces(for plan: Plan) -> [SnapshotKey: SavedPlace] {
        let changed = Set(plan.changes.lazy.map(\.key))
        var saved: [SnapshotKey: SavedPlace] = [:]
        saved.reserveCapacity(changed.count)
        for (spec, places) in zip(manifest.snapshots, reading.places) where changed.contains(spec.key) {
            let range = places.range(of: .name)
            saved[spec.key] = SavedPlace(file: sources[range.source].name, range: range)
        }
        return saved
    }
}

extension Diagnostic {
    static func unreadablePlan(_ path: String, _ problem: StateFileProblem) -> Diagnostic {
        func finding(_ words: String, help: String) -> Diagnostic {
            Diagnostic(.error, code: "not-a-plan", words, at: .named(path), help: help)
        }
        let planAgain = "save it again with 'snapkeep plan --out FILE'"
        return switch problem {
        case .otherContent(let words): finding("this is not a saved plan: it \(words)", help: planAgain)
        case .tooNew(let version): finding("the plan was saved by a newer snapkeep (format version \(version))", help: "use that version")
        case .unknownField(let name, let place):
            finding(
                "line \(place.line) has the unknown field '\(VisibleText.escaped(name))'",
                help: "use the snapkeep that saved it, or plan again")
        case .mergeConflict(let line):
            finding("a merge has left a conflict in the plan: line \(line)", help: planAgain)
        case .damaged(let place, let words), .changed(let place, let words):
            finding("the plan is damaged at line \(place.line), column \(place.column): \(words)", help: planAgain)
        }
    }

    static func changedPlan(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-changed", "the plan was changed after it was saved", at: .named(path),
            help: "save it again with 'snapkeep plan --out FILE': what is carried out is what was reviewed; nothing was changed")
    }
}

package import SnapkeepCore
import SnapkeepEngine
package import SnapkeepManifest

// Every finding about lines with an `id:`, about what they might have named, and about keys that look renamed, on one page.
extension Diagnostic {
    /// Why a line cannot adopt what it names by `id:`.
    ///
    /// - Parameter options: those that a command of the same manifest, cloud and state needs, as they were typed.
    static func notAdopted(
        _ key: SnapshotKey, _ id: SnapshotID, _ obstacle: AdoptionObstacle, at subject: Subject, options: [String] = []
    ) -> Diagnostic {
        let word = key.text.quotedForShell
        func command(_ words: String...) -> String { "'" + (["snapkeep"] + words + options).joined(separator: " ") + "'" }
        let without = "remove the 'id:' line to have a new one made"
        let help: String
        switch obstacle {
        case .notFound: help = "correct the id, or \(without)"
        case .lost: help = "\(without), with today's data; 'snapkeep forget \(word)' drops its record"
        case .madeByServer: help = "name a snapshot that was made by hand, or \(without)"
        case .otherOwner: help = "leave it to that owner's state, or run 'snapkeep forget KEY' there and remove the 'snapkeep.*' metadata"
        case .otherKey(let other):
            let old = other.quotedForShell
            help = "run \(command("import", old, id.text)), then \(command("rename", old, word)); or list it with that key"
        case .keyInUse: help = "run 'snapkeep forget \(word)' first, or remove the 'id:' line to keep what is recorded"
        case .idInUse(let record, isSuperseded: false):
            // With both lines a rename would leave the old one to be made anew.
            let old = VisibleText.named(record.key.text)
            let rename = command("rename", record.key.text.quotedForShell, word)
            help = "where \(old) is no longer listed, run \(rename); else remove the 'id:' line"
        case .idInUse(_, isSuperseded: true): help = "name another snapshot, or remove the 'id:' line"
        case .otherID: help = "correct the id"
        case .status(.deleting), .status(.errorDeleting), .status(.error): help = "name another snapshot, or \(without)"
        case .status: help = "run 'snapkeep apply' when it is available"
        case .otherVolume: help = "correct the volume or the id"
        case .volumeName(let name, let matches):
            var finding = Diagnostic.volumeName(name, matches: matches, at: nil)
            finding.subject = subject
            return finding
        case .unstamped: help = "check that metadata is allowed for snapshots"
        }
        return Diagnostic(
            .error, code: obstacle.code,
            "\(VisibleText.named(key.text)) is not \(obstacle == .lost ? "made again" : "adopted"): \(obstacle.why(id, isNamed: true))",
            at: subject,
            help: VisibleText.escaped(help))
    }

    /// The same, at the line's places.
    static func notAdopted(
        _ key: SnapshotKey, _ id: SnapshotID, _ obstacle: AdoptionObstacle, listedAt places: SnapshotPlaces?, options: [String]
    ) -> Diagnostic {
        let field: SnapshotPlaces.Field =
            switch obstacle {
            case .volumeName: .volume
            default: .id
            }
        return notAdopted(key, id, obstacle, at: places.map { .range($0.range(of: field)) } ?? .none, options: options)
    }

    /// A new one would stand beside one that looks the same and that nobody keeps.
    static func lookAlike(
        _ key: SnapshotKey, _ id: SnapshotID, createdAt: Timestamp?, count: Int, at subject: Subject, options: [String]
    ) -> Diagnostic {
        let made = createdAt.map { ", made \(Quantities.minute($0)) UTC" } ?? ""
        let command = (["snapkeep import \(key.text.quotedForShell) \(id)"] + options).joined(separator: " ")
        var notes: [Note] = [.init("\(count == 1 ? "it" : "the youngest") is \(id)\(made); the plan makes another one", at: .none)]
        if count == 1 { notes[0].message = "it is \(id)\(made); the plan makes a second one" }
        return Diagnostic(
            .warning, code: "look-alike",
            "the cloud has \(count == 1 ? "a snapshot" : "\(count) snapshots") of the name and the volume of \(VisibleText.named(key.text)) "
                + "without our stamp",
            at: subject, notes: notes,
            help: "to adopt it, add 'id: \(id)' to the line or run '\(VisibleText.escaped(command))'; to have another one made, go on")
    }

    /// A line whose key is new may stand for one that is recorded under another key.
    package static func renamed(_ hint: RenameHint, at place: SourceRange?, options: [String]) -> Diagnostic {
        let new = VisibleText.named(hint.new.text)
        var names = hint.candidates.map { VisibleText.named($0.key.text) }
        if hint.count > names.count { names.append("\(hint.count - names.count) more") }
        let (are, would) =
            hint.count == 1
            ? ("is", "would be deleted")
            : ("are", hint.deletedCount == hint.count ? "would be deleted" : "would in part be deleted")
        // With several the one that is meant is for a person to say.
        let old = hint.count == 1 ? hint.candidates[0].key.text : "KEY"
        let command = (["snapkeep rename \(old.quotedForShell) \(hint.new.text.quotedForShell)"] + options).joined(separator: " ")
        return Diagnostic(
            hint.isDeleted ? .warning : .note, code: "renamed",
            "renamed? \(new) is new, and \(Quantities.list(names)) of the same volume \(are) no longer listed\(hint.isDeleted ? " and \(would)" : "")",
            at: place.map { .range($0) } ?? .none,
            help: "if it is \(hint.count == 1 ? "the same snapshot" : "one of these"), run '\(VisibleText.escaped(command))', "
                + "or keep 'key: \(VisibleText.escaped(old))' on the line"
        ).gathered(for: hint.new, cause: hint.candidates.map(\.id.text).joined(separator: " "))
    }
}

extension AdoptionObstacle {
    /// A word for programs that stays when the wording changes.
    var code: String {
        switch self {
        case .notFound: "snapshot-not-found"
        case .lost: "lost"
        case .madeByServer: "made-by-server"
        case .otherOwner: "other-owner"
        case .otherKey: "other-key"
        case .keyInUse: "key-in-use"
        case .idInUse: "snapshot-in-use"
        case .otherID: "other-id"
        case .status: "wrong-status"
        case .otherVolume: "other-volume"
        case .volumeName(_, let matches): matches.isEmpty ? "volume-name-unknown" : "volume-name-ambiguous"
        case .unstamped: "unstamped"
        }
    }

    /// What stands in the way, in one clause.
    ///
    /// - Parameter isNamed: whether the manifest's line names the snapshot by `id:`.
    func why(_ id: SnapshotID, isNamed: Bool, project: ProjectID? = nil) -> String {
        let snapshot = "snapshot \(id)"
        switch self {
        case .notFound: return "there is no \(snapshot) in " + (project.map { "project \($0)" } ?? "this project")
        case .lost: return "its line names \(snapshot) by 'id:', and that is gone from the cloud"
        case .madeByServer: return "\(snapshot) was made by the cloud's backup service, which keeps it itself"
        case .otherOwner(let owner): return "\(snapshot) carries the stamp of another owner, \(VisibleText.named(owner))"
        case .otherKey(let other): return "\(snapshot) carries our stamp with the key \(VisibleText.named(other))"
        case .keyInUse(let record):
            return isNamed
                ? "the key is recorded as snapshot \(record.id), the manifest says \(id)"
                : "snapshot \(record.id) is recorded under that key"
        case .idInUse(let record, isSuperseded: false): return "\(snapshot) is recorded under the key \(VisibleText.named(record.key.text))"
        case .idInUse(let record, isSuperseded: true):
            return "\(snapshot) is recorded as one that another took the place of, under \(VisibleText.named(record.key.text))"
        case .otherID(let listed): return "the manifest's line says 'id: \(listed)'"
        case .status(let status):
            return "\(snapshot) is in status \(VisibleText.escaped(status.description)), expected "
                + (isNamed ? "available or creating" : "available, creating or error")
        case .otherVolume(let listed, let observed):
            return "\(snapshot) is of volume \(observed), the manifest says \(listed)"
                + (isNamed ? "" : ", so a plan would replace it")
        case .volumeName(let name, let matches):
            return "\(matches.isEmpty ? "no volume is" : "\(matches.count) volumes are") named \(VisibleText.named(name))"
        case .unstamped: return "the cloud accepted the stamp and does not show it on \(snapshot)"
        }
    }
}

extension Plan {
    /// What manifest and state alone show beside a plan that was made without a look at the cloud.
    ///
    /// - Parameters:
    ///   - state: what the plan was made from.
    ///   - words: the options that lead another command to the same manifest, state and cloud.
    package func ownFindings(
        state: RecordedState?, _ options: Reconciliation.Options, words: [String], places: () -> [SnapshotKey: SnapshotPlaces]
    ) -> [Diagnostic] {
        let renames = RenameHint.hints(in: self)
        let adoptions = Preflight.findings(adoptingIn: self, state: state, recreates: options.recreate)
        // A large manifest is not gone through for nothing.
        let others = targetFindings + rotationFindings(state: state)
        if renames.isEmpty, adoptions.isEmpty { return others }
        let places = places()
        let found = adoptions.map { Diagnostic($0, places, options: words) }
        return others + (found + renames.map { .renamed($0, at: places[$0.new]?.range(of: .name), options: words) }).inSourceOrder()
    }
}

package import SnapkeepCore
package import SnapkeepEngine

// Every finding that an import can end with, on one page.
extension Diagnostic {
    /// Why a snapshot is not taken into the state.
    package static func notImported(
        _ request: Adoption.Request, _ obstacle: AdoptionObstacle, project: ProjectID, at place: SourceRange?
    ) -> Diagnostic {
        let key = request.key.text.quotedForShell
        let help: String
        var subject = Subject.none
        switch obstacle {
        case .notFound, .lost: help = "correct the id, or check that project and endpoint are the right ones"
        case .madeByServer: help = "choose a snapshot that was made by hand"
        case .otherOwner: help = "leave it to that owner's state, or run 'snapkeep forget KEY' there and remove the 'snapkeep.*' metadata"
        case .otherKey(let other):
            help = "run 'snapkeep import \(other.quotedForShell) \(request.id)', then 'snapkeep rename \(other.quotedForShell) \(key)'"
        case .keyInUse: help = "choose another key, or run 'snapkeep forget \(key)' first"
        case .idInUse(let record, isSuperseded: false):
            // With both lines a rename would leave the old one to be made anew.
            help =
                "where \(VisibleText.named(record.key.text)) is no longer listed, run 'snapkeep rename "
                + "\(VisibleText.escaped(record.key.text.quotedForShell)) \(key)'; else keep one of the two lines"
        case .idInUse(_, isSuperseded: true): help = "choose another snapshot"
        case .otherID:
            help = "give that id, or correct the line"
            subject = place.map { .range($0) } ?? .none
        case .status(.deleting), .status(.errorDeleting): help = "choose another snapshot"
        case .status(.error): help = "choose another snapshot, or remove the line's 'id:'"
        case .status: help = "import it when it is available"
        case .otherVolume:
            help = "correct the volume in the manifest, or choose another snapshot"
            subject = place.map { .range($0) } ?? .none
        case .volumeName(let name, let matches): return .volumeName(name, matches: matches, at: place)
        case .unstamped: help = "check that metadata is allowed for snapshots"
        }
        return Diagnostic(
            .error, code: obstacle.code,
            "\(VisibleText.named(request.key.text)) is not imported: "
                + obstacle.why(request.id, isNamed: request.spec?.id == request.id, project: project),
            at: subject, help: VisibleText.escaped(help))
    }

    /// The cloud gave no usable answer. `isOpen`: the stamp may have been set.
    package static func importFailed(_ request: Adoption.Request, _ fault: ServiceFault, isOpen: Bool) -> Diagnostic {
        Diagnostic(
            .error, code: "import-failed", "\(VisibleText.named(request.key.text)) is not imported: \(fault.reason)", at: fault.place,
            notes: fault.sayings
                + (isOpen ? [Note("the stamp may have been set; the same command finds it out", at: .none)] : []),
            help: fault.importHelp)
    }

    /// What became of an earlier try cannot be told now.
    package static func importUnsettled(_ key: SnapshotKey, _ fault: ServiceFault) -> Diagnostic {
        Diagnostic(
            .error, code: "unsettled",
            "\(VisibleText.named(key.text)) is not imported: an earlier run under this key was interrupted, and the look-up got no answer: "
                + fault.reason, at: fault.place, notes: fault.sayings, help: fault.importHelp)
    }

    /// Recorded, and no line of the manifest stands for it.
    package static func importedUnlisted(_ key: SnapshotKey) -> Diagnostic {
        Diagnostic(
            .note, code: "unlisted", "the manifest does not list \(VisibleText.named(key.text)): 'apply --prune' would delete the snapshot",
            help: "add it to the manifest, or run 'snapkeep forget \(VisibleText.escaped(key.text.quotedForShell))'")
    }

    /// Recorded, and of no use.
    package static func importedInError(_ key: SnapshotKey) -> Diagnostic {
        Diagnostic(
            .warning, code: "imported-in-error", "the snapshot of \(VisibleText.named(key.text)) is in status error: a plan replaces it",
            help: "run 'snapkeep plan' to see that, or 'snapkeep forget \(VisibleText.escaped(key.text.quotedForShell))'")
    }

    /// Pairs behind an interruption or a fault that ends everything.
    package static func importNotStarted(_ count: Int) -> Diagnostic {
        Diagnostic(
            .note, code: "not-started", "\(Quantities.count(count, "pair")) not tried",
            help: "run the same command again; it goes on from there")
    }

    package static func badSnapshotID(_ text: String, key: SnapshotKey) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-snapshot-id",
            "\(VisibleText.named(text)) cannot be the id of a snapshot: expected letters, digits and '-', '_', '.'",
            help: "write each key in front of its id: 'snapkeep import \(VisibleText.escaped(key.text.quotedForShell)) SNAPSHOT_ID'")
    }

    package static func givenTwice(_ what: String, _ text: String) -> Diagnostic {
        Diagnostic(.error, code: "given-twice", "the \(what) \(VisibleText.named(text)) is given twice", help: "leave one of them out")
    }
}

extension ServiceFault {
    /// The request as a place; there is none where nothing was sent.
    var place: Diagnostic.Subject { request.isEmpty ? .none : .named(VisibleText.escaped(request)) }

    /// The cloud's own words, where the reason is in ours.
    fileprivate var sayings: [Diagnostic.Note] {
        guard status != nil, !reason.contains(words) else { return [] }
        let code = code.map { " (\(VisibleText.escaped($0)))" } ?? ""
        return [Diagnostic.Note("the cloud says: \(words)\(code)", at: .none)]
    }

    fileprivate var importHelp: String {
        switch kind {
        case .refused(.forbidden):
            "have the right to read snapshots and to change their metadata granted, then run the same command again"
        case .refused(.badProject), .unauthenticated: "check the credentials and '--project-id', then run the same command again"
        case .refused(.noSuchService): "check '--endpoint' with 'snapkeep doctor': it must be the block-storage service's URL"
        case .accountBlocked: "settle the account with the provider, then run the same command again"
        case .refused(.listBound): Diagnostic.listBoundHelp
        case .refused(.pageBound): Diagnostic.pageBoundHelp
        case .refused: "change what the cloud objects to, then run the same command again"
        case .throttled, .notSent, .uncertain, .unintelligible: "run the same command again"
        }
    }
}

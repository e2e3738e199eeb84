package import SnapkeepCore
package import SnapkeepEngine

// Every finding that an apply can end with, on one page, so that the wording can be read as a whole.
extension Diagnostic {
    /// The cloud understood and said no.
    static func refused(
        _ key: SnapshotKey, _ activity: Activity, _ refusal: ServiceFault.Refusal, _ fault: ServiceFault, at place: SourceRange?
    ) -> Diagnostic {
        let what = "the cloud refused \(activity.whatWasAsked(of: key))"
        let again = "then run 'snapkeep apply' again"
        func finding(_ code: String, help: String) -> Diagnostic {
            Diagnostic(
                .error, code: code, "\(what): \(refusal.why ?? fault.words)\(fault.brackets)", at: fault.subject(place),
                notes: [fault.ownWords(place)], help: help)
        }
        switch refusal {
        case .volumeAttached: return finding("volume-attached", help: "add 'force: true' to snapshot an attached volume, \(again)")
        case .volumeNotFound:
            return finding(
                "volume-not-found", help: "correct the volume's id, or check project and endpoint with 'snapkeep doctor', \(again)")
        case .snapshotNotFound: return finding("snapshot-not-found", help: Self.forgetHelp)
        case .volumeBusy:
            return finding("volume-busy", help: "wait until the volume is idle, or have it repaired where its status is error, \(again)")
        case .quota:
            return finding("quota", help: "free quota or have it raised, \(again); recorded snapshots are not created twice")
        case .forbidden: return finding("forbidden", help: "have the right to \(activity.right) granted, \(again)")
        case .wrongStatus: return finding("wrong-status", help: "run 'snapkeep apply' again when its snapshot is available")
        case .hasDependents:
            return finding(
                "has-dependents",
                help: "delete the volume or clone that was made from it, or have it made independent, then run "
                    + "'snapkeep apply --prune' again; 'snapkeep forget \(VisibleText.escaped(key.text.quotedForShell))' keeps the snapshot "
                    + "and drops its record")
        case .snapshotBusy:
            return finding(
                "snapshot-busy",
                help: "when the other operation has ended, run 'snapkeep apply --prune' again; a snapshot of a group goes with its group")
        case .listBound, .pageBound:
            return Diagnostic(
                .error, code: "list-bound", "the list that \(VisibleText.named(key.text)) needs is not read to its end: \(fault.words)",
                at: fault.subject(place), help: refusal == .listBound ? Self.listBoundHelp : Self.pageBoundHelp)
        case .noSuchService:
            return finding("no-such-service", help: Self.endpointHelp)
        case .badProject: return finding("bad-project", help: "check '--project-id' and the credentials with 'snapkeep doctor', \(again)")
        case .name: return finding("name-refused", help: "shorten 'name', or use letters, digits, '-' and '_' only, \(again)")
        case .description: return finding("description-refused", help: "shorten 'description', or use plain characters only, \(again)")
        case .metadata: return finding("metadata-refused", help: "remove the metadata entry that the cloud names, \(again)")
        case .other:
            return Diagnostic(
                .error, code: "refused", "\(what): \(fault.words)\(fault.brackets)", at: fault.subject(place), notes: fault.origin(place),
                help: "change what the cloud objects to, \(again); the others are not affected")
        }
    }

    /// Turned away again and again before the service acted.
    static func throttled(_ key: SnapshotKey, _ activity: Activity, _ fault: ServiceFault, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "throttled", "\(activity.noun(key)) is turned away again and again: \(fault.overload)\(fault.brackets)",
            at: fault.subject(place), notes: [fault.ownWords(place)],
            help: fault.overloadHelp)
    }

    /// No connection could be made.
    static func notSent(_ key: SnapshotKey, _ activity: Activity, _ fault: ServiceFault, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "not-sent", "\(activity.noun(key)) is not sent: \(fault.words)\(fault.brackets)", at: fault.subject(place),
            notes: fault.origin(place), help: "check the endpoint and the network, then run 'snapkeep apply' again")
    }

    /// The cloud may or may not have acted, and the tries are used up.
    static func unclear(_ key: SnapshotKey, _ activity: Activity, _ fault: ServiceFault, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "unclear-answer", "\(activity.noun(key)) has no clear answer: \(fault.words)\(fault.brackets)",
            at: fault.subject(place), notes: fault.origin(place) + [Note(activity.safety, at: .none)],
            help: fault.isOfAnotherSpeaker
                ? "check what stands between here and the cloud (proxy, firewall, gateway), then run 'snapkeep apply' again"
                : "run 'snapkeep apply' again")
    }

    /// An answer that does not fit the interface.
    static func unintelligible(_ key: SnapshotKey, _ activity: Activity, _ fault: ServiceFault, at place: SourceRange?)
        -> Diagnostic
    {
        Diagnostic(
            .error, code: "unintelligible-answer", "the answer to \(activity.noun(key)) is not understood: \(fault.words)\(fault.brackets)",
            at: fault.subject(place), notes: fault.origin(place) + [Note(activity.safety, at: .none)],
            help: "check that the endpoint is that of the block-storage service with 'snapkeep doctor', then run 'snapkeep apply' again")
    }

    /// What is wrong with the account or its credentials, so that nothing else would work either; `nil` for any other fault.
    package static func ofAccount(_ fault: ServiceFault, notes: [Note] = []) -> Diagnostic? {
        switch fault.kind {
        case .unauthenticated: .unauthenticated(fault, notes: notes)
        case .accountBlocked: .accountBlocked(fault, notes: notes)
        case .refused, .throttled, .notSent, .uncertain, .unintelligible: nil
        }
    }

    /// The credentials are refused; `notes` may name the snapshots that met it.
    static func unauthenticated(_ fault: ServiceFault, notes: [Note] = []) -> Diagnostic {
        Diagnostic(
            .error, code: "unauthenticated", "\(fault.accessRefused)\(fault.brackets)", at: fault.requestSubject,
            notes: [fault.ownWords(nil), Self.recordedIsSafe] + notes,
            help: fault.looksUnasked
                ? "check that the endpoint is the cloud's own with 'snapkeep doctor', then run 'snapkeep apply' again"
                : "check or renew the credentials, then run 'snapkeep apply' again")
    }

    /// The account is frozen or suspended.
    static func accountBlocked(_ fault: ServiceFault, notes: [Note] = []) -> Diagnostic {
        Diagnostic(
            .error, code: "account-blocked", "the account is frozen or suspended\(fault.brackets)", at: fault.requestSubject,
            notes: [fault.ownWords(nil), Self.recordedIsSafe] + notes,
            help: "settle the account with the provider, then run 'snapkeep apply' again")
    }

    /// Not available, or not gone, within its time. Nothing has failed.
    static func timedOut(_ wait: TimedOutWait, at place: SourceRange?) -> Diagnostic {
        let isDeletion = wait.activity == .delete
        return Diagnostic(
            .warning, code: "timed-out",
            "\(VisibleText.named(wait.key.text)) is still \(wait.status.text) after \(Quantities.limit(wait.waited)), expected "
                + (isDeletion ? "gone" : "available"),
            at: .place(place),
            notes: [Note("snapshot \(wait.id.text) is recorded\(isDeletion ? "" : " and is not created again")", at: .none)],
            help: isDeletion
                ? "run 'snapkeep apply --prune' again to go on waiting; if it never ends, ask the cloud's operator"
                : "run 'snapkeep apply' again to go on waiting, or raise its 'timeout'; if it never ends, ask the cloud's operator, and "
                    + "'snapkeep forget KEY' lets the next apply make another")
    }

    /// The cloud gave the creation up.
    static func endedInError(_ key: SnapshotKey, _ id: SnapshotID, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "ended-in-error", "the cloud could not make \(VisibleText.named(key.text)): its snapshot ended in status error",
            at: .place(place), notes: [Note("snapshot \(id.text) is recorded as error", at: .none)],
            help: RotationKey(key) == nil
                ? "run 'snapkeep apply' again: a new one is made first, this one is kept until it is pruned"
                : "run 'snapkeep apply' again: within its time a new one is made, and then this one goes")
    }

    /// The cloud gave up what another had it create, and a line names.
    static func adoptedInError(_ key: SnapshotKey, _ id: SnapshotID, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "ended-in-error", "the cloud could not make what \(VisibleText.named(key.text)) names: it ended in status error",
            at: .place(place), notes: [Note("snapshot \(id.text) is stamped and recorded as error", at: .none)],
            help: "remove the 'id:' line to have a new one made; this one is kept until it is pruned")
    }

    /// A recorded snapshot is not there.
    static func vanished(_ key: SnapshotKey, _ id: SnapshotID, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "vanished", "the snapshot of \(VisibleText.named(key.text)) is gone from the cloud", at: .place(place),
            notes: [Note("snapshot \(id.text) is still recorded", at: .none)],
            help: Self.forgetHelp)
    }

    /// What is to stay while another one expires cannot be relied on (P13).
    static func guardNotGood(
        _ key: SnapshotKey, _ id: SnapshotID, guard kept: SnapshotID, status: SnapshotStatus?, at place: SourceRange?
    ) -> Diagnostic {
        let state = status.map { "is \(VisibleText.escaped($0.description))" } ?? "is gone from the cloud"
        return Diagnostic(
            .error, code: "guard-not-good", "\(VisibleText.named(key.text)) did not expire: what is to be kept in its place \(state)",
            at: .place(place), notes: [Note("snapshot \(id.text) stays; \(kept.text) was to be kept", at: .none)],
            help: "run 'snapkeep plan --refresh' to see what there is, and 'snapkeep apply --refresh' to go by it")
    }

    /// What was to be made anew is there.
    static func stillThere(_ key: SnapshotKey, _ id: SnapshotID, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "still-there", "the snapshot of \(VisibleText.named(key.text)) is not lost after all, so it is left as it is",
            at: .place(place), notes: [Note("snapshot \(id.text) is in the cloud", at: .none)],
            help: "run 'snapkeep plan --refresh' to see what is left to do")
    }

    /// A plan that is older than the protection.
    static func protected(_ key: SnapshotKey, _ id: SnapshotID, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "protected", "\(VisibleText.named(key.text)) is not deleted: it is protected", at: .place(place),
            notes: [Note("snapshot \(id.text): `protect: true` stands in its record", at: .none)],
            help: "run 'snapkeep plan' again; to have it deleted, take 'protect' away and apply that first")
    }

    /// The stamp is not on the snapshot that was made.
    static func unstamped(_ key: SnapshotKey, _ id: SnapshotID, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "unstamped", "the cloud made the snapshot of \(VisibleText.named(key.text)) and did not keep our stamp on it",
            at: .place(place),
            notes: [Note("snapshot \(id.text) is recorded; without its stamp it can be neither found again nor pruned", at: .none)],
            help:
                "check that the cloud allows metadata of snapshots; this one can only be deleted by hand: 'snapkeep forget KEY' drops its record"
        )
    }

    /// A deletion did not happen.
    static func notDeleted(_ key: SnapshotKey, _ id: SnapshotID, status: SnapshotStatus, at place: SourceRange?) -> Diagnostic {
        let name = VisibleText.named(key.text)
        let (message, help) =
            switch status {
            case .errorDeleting:
                (
                    "the cloud could not delete \(name): its snapshot is in status \(status.text)",
                    "ask the cloud's support to remove it, or run 'snapkeep forget KEY' to drop its record"
                )
            case .available, .error:
                // Some storage keeps a snapshot as long as a volume needs it, and finds that out late (CloudAPI#delete).
                (
                    "the cloud accepted the deletion of \(name) and kept it: its snapshot is \(status.text) again",
                    "delete the volume or clone that was made from it, if there is one, then run 'snapkeep apply --prune' again"
                )
            case .deleting: ("\(name) is still being deleted", "run 'snapkeep apply --prune' again to go on waiting")
            case .creating, .rollingBack, .backingUp, .restoring, .other:
                (
                    "\(name) cannot be deleted now: its snapshot is in status \(status.text)",
                    "run 'snapkeep apply --prune' again when it is available"
                )
            }
        return Diagnostic(
            .error, code: "not-deleted", message, at: .place(place), notes: [Note("snapshot \(id.text) is still recorded", at: .none)],
            help: help)
    }

    /// A deletion of an earlier run that this one was not asked for.
    static func deletionLeft(_ key: SnapshotKey, _ id: SnapshotID, status: SnapshotStatus, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "deletion-left",
            "an earlier run began to delete \(VisibleText.named(key.text)) and was cut short: its snapshot is in status \(status.text)",
            at: .place(place), notes: [Note("snapshot \(id.text) is kept and recorded; nothing was deleted", at: .none)],
            help: "run 'snapkeep apply --prune' to delete it")
    }

    /// The stamp is missing or another's.
    static func notOurs(_ key: SnapshotKey, _ id: SnapshotID, _ activity: Activity, at place: SourceRange?) -> Diagnostic {
        let name = VisibleText.escaped(key.text.quotedForShell)
        return Diagnostic(
            .error, code: "not-ours",
            "\(VisibleText.named(key.text)) is not \(activity == .update ? "changed" : "deleted"): its snapshot does not carry our stamp",
            at: .place(place), notes: [Note("snapshot \(id.text) is left alone", at: .none)],
            help: activity == .update
                ? "if it is yours, stamp it anew with 'snapkeep forget \(name)' and 'snapkeep import \(name) \(id.text)'"
                : "run 'snapkeep forget \(name)' to drop its record and keep the snapshot")
    }

    /// A volume that is given by name, and is none or several.
    static func volumeName(_ name: String, matches: [VolumeID], at place: SourceRange?) -> Diagnostic {
        let named = VisibleText.named(name)
        let shown = matches.sorted().prefix(10).map(\.text) + (matches.count > 10 ? ["\(matches.count - 10) more"] : [])
        return Diagnostic(
            .error, code: matches.isEmpty ? "volume-name-unknown" : "volume-name-ambiguous",
            matches.isEmpty
                ? "no volume is named \(named), expected exactly one" : "\(matches.count) volumes are named \(named), expected exactly one",
            at: .place(place), notes: matches.isEmpty ? [] : [Note("they are \(Quantities.list(shown))", at: .none)],
            help: matches.isEmpty
                ? "correct the name, or give the volume's id, then run it again"
                : "give the volume's id instead of its name, then run it again")
    }

    /// Whether a creation, of this run or of an earlier one, happened is not known.
    static func unsettled(_ key: SnapshotKey, _ fault: ServiceFault, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "unsettled",
            "\(VisibleText.named(key.text)) may have been created: its answer was lost, and the look-up "
                + (fault.isAboutBounds ? "came to no end" : "got no answer") + fault.brackets,
            at: fault.subject(place), notes: [fault.ownWords(place), Note("it is not created before that is known", at: .none)],
            help: fault.boundHelp ?? "run 'snapkeep apply' again")
    }

    /// Whether the stamp of an adoption, of this run or of an earlier one, was set is not known.
    static func adoptionUnsettled(_ key: SnapshotKey, _ fault: ServiceFault, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "unsettled",
            "whether \(VisibleText.named(key.text)) is adopted is not known: there is no clear answer" + fault.brackets,
            at: fault.subject(place),
            notes: [fault.ownWords(place), Note("the stamp may have been set; nothing is made for the line", at: .none)],
            help: fault.boundHelp ?? "run 'snapkeep apply' again: it carries the adoption to its end")
    }

    /// The disk, or the service that keeps the state, takes no more lines.
    package static func journal(_ failure: JournalFailure, notes: [Note] = []) -> Diagnostic {
        let isInService = StateAddress.service(at: failure.path) != nil
        let (standing, next): (String, String) =
            switch failure.cause {
            case .lockLost:
                (
                    "what it held when the lock was lost is safe, and nothing new is started; what the cloud made since is found by its stamp",
                    "then run 'snapkeep recover': it adds by the stamps what this run made, and deletes nothing"
                )
            case .storeReplaced:
                (
                    "what it held is not there any more, and nothing new is started; what this run made is in the cloud and found by its stamp",
                    "or run 'snapkeep recover', which makes a state of the stamps; do not apply before that"
                )
            case .takenAway where isInService:
                (
                    "nothing new is started; what this run made is in the cloud and found by its stamp",
                    "then run 'snapkeep recover': it adds by the stamps what this run made, and deletes nothing"
                )
            case .takenAway:
                (
                    "what this run made is safe: it goes into the state, and carries its stamp in the cloud; nothing new is started",
                    "then run the same command again"
                )
            default:
                (
                    "what it holds already is safe, and nothing new is started; what the cloud made since is found by its stamp",
                    "then run the same command again"
                )
            }
        return Diagnostic(
            .error, code: "journal", "the journal takes no more lines: \(VisibleText.escaped(failure.message))",
            at: .named(VisibleText.escaped(failure.path)), notes: notes + [Note(standing, at: .none)],
            help: "\(VisibleText.escaped(failure.cause.remedy(for: failure.path, .write))); \(next)")
    }

    /// The run's own lines contradict each other: a fault of ours, worded for a report.
    static func replay(_ key: SnapshotKey, _ problem: ReplayProblem, at place: SourceRange?) -> Diagnostic {
        Diagnostic(
            .error, code: "journal-mismatch", "the journal does not fit the state at \(VisibleText.named(key.text)): \(problem.words)",
            at: .place(place),
            help: "keep the state, its backup and its journal as they are, report this, and run nothing before it is answered")
    }

    /// Nothing else would work either, for a reason that is not the credentials'.
    static func serviceGaveOut(_ fault: ServiceFault, notes: [Note] = []) -> Diagnostic {
        let (code, message, help): (String, String, String) =
            switch fault.kind {
            case .throttled:
                ("throttled", "the cloud takes no requests for too long", fault.overloadHelp)
            case .notSent:
                ("not-sent", "no connection to the cloud", "check the endpoint and the network, then run 'snapkeep apply' again")
            case .uncertain, .unintelligible:
                ("unclear-answer", "the cloud gives no usable answer", "check the endpoint, then run 'snapkeep apply' again")
            case .refused(.badProject):
                (
                    "bad-project", "the project is not the one that the credentials are for",
                    "check '--project-id' and the credentials with 'snapkeep doctor', then run 'snapkeep apply' again"
                )
            case .refused(.noSuchService):
                (
                    "no-such-service", "there is no block-storage API of this version at the endpoint",
                    Self.endpointHelp
                )
            case .refused, .unauthenticated, .accountBlocked:
                ("refused", "the cloud refuses everything", "check the credentials and the project, then run 'snapkeep apply' again")
            }
        return Diagnostic(
            .error, code: code, "\(message): \(fault.words)\(fault.brackets)", at: fault.requestSubject,
            notes: [Self.recordedIsSafe] + notes, help: help)
    }

    /// `--on-error stop`.
    static func stoppedAtFirstFailure(notStarted: Int) -> Diagnostic {
        Diagnostic(
            .warning, code: "stopped",
            "the run stops at its first failure, as asked; \(Quantities.count(notStarted, "change")) not started",
            help: "leave out '--on-error stop' to carry out what does not depend on it")
    }
}

// Parts of the sentences above.

extension Diagnostic {
    fileprivate static let forgetHelp = "'snapkeep forget KEY' drops the record; the next apply then makes a new one with today's data"
    static let listBoundHelp =
        "where the project really holds more, raise the bound with '--max-list-rows N'; else check the endpoint with 'snapkeep doctor'"
    static let pageBoundHelp = "check with 'snapkeep doctor' that the endpoint is the block-storage service's"
    fileprivate static let endpointHelp =
        "check '--endpoint' with 'snapkeep doctor': it must be the block-storage service's URL, and this cloud may speak /v3 only"

    /// What is safe when a run stops before its end.
    fileprivate static let recordedIsSafe = Note("what was made until then is recorded and is not created again", at: .none)
}

extension Diagnostic.Subject {
    fileprivate static func place(_ range: SourceRange?) -> Self { range.map { .range($0) } ?? .none }
}

extension SnapshotStatus {
    fileprivate var text: String { VisibleText.escaped(description) }
}

extension ServiceFault {
    /// The cloud's own words, or the transport's.
    package var words: String { message.isEmpty ? "no reason given" : VisibleText.escaped(message) }

    /// ` (HTTP 400, request req-5d1…)`, or nothing.
    package var brackets: String {
        let parts = [status.map { "HTTP \($0)" }, requestID.map { "request \(VisibleText.escaped($0))" }].compactMap { $0 }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    /// Whether somebody else than the service has answered: then the way there is to be looked at.
    fileprivate var isOfAnotherSpeaker: Bool { kind == .uncertain && status.map { $0 < 500 } ?? false }

    fileprivate var isAboutBounds: Bool { boundHelp != nil }

    /// What to do about a list that is not read to its end.
    var boundHelp: String? {
        switch kind {
        case .refused(.listBound): Diagnostic.listBoundHelp
        case .refused(.pageBound): Diagnostic.pageBoundHelp
        default: nil
        }
    }

    fileprivate func subject(_ place: SourceRange?) -> Diagnostic.Subject { place.map { .range($0) } ?? requestSubject }

    /// The request as a place; there is none where nothing was sent at all.
    fileprivate var requestSubject: Diagnostic.Subject { request.isEmpty ? .none : .named(VisibleText.escaped(request)) }

    /// `the cloud says: Volume is in use (EVS.1047)`, in front of it the request where the finding itself points at the manifest.
    fileprivate func ownWords(_ place: SourceRange?) -> Diagnostic.Note {
        let speaker = isAboutBounds ? "what is not read proves nothing" : status == nil ? "there is no answer" : "the cloud says"
        return Diagnostic.Note("\(speaker): \(words)\(codeInBrackets)", at: place == nil ? .none : requestSubject)
    }

    /// The cloud's code, where its words stand in the message already.
    fileprivate func origin(_ place: SourceRange?) -> [Diagnostic.Note] {
        guard let code else { return [] }
        return [Diagnostic.Note("the cloud's code is \(VisibleText.escaped(code))", at: place == nil ? .none : requestSubject)]
    }

    private var codeInBrackets: String { code.map { " (\(VisibleText.escaped($0)))" } ?? "" }
}

extension Activity {
    fileprivate func whatWasAsked(of key: SnapshotKey) -> String {
        let name = VisibleText.named(key.text)
        return switch self {
        case .create: name
        case .adopt: "to adopt \(name)"
        case .replace: "a new \(name)"
        case .resume: "to show \(name)"
        case .update: "to change \(name)"
        case .delete, .expire: "to delete \(name)"
        }
    }

    fileprivate func noun(_ key: SnapshotKey) -> String {
        let name = VisibleText.named(key.text)
        return switch self {
        case .create: "the creation of \(name)"
        case .adopt: "the adoption of \(name)"
        case .replace: "the replacement of \(name)"
        case .resume: "the wait for \(name)"
        case .update: "the change of \(name)"
        case .delete, .expire: "the deletion of \(name)"
        }
    }

    fileprivate var right: String {
        switch self {
        case .create, .replace: "create snapshots and to list them"
        case .adopt: "read snapshots and to change their metadata"
        case .resume: "list snapshots"
        // Removing one metadata key counts as a deletion on Huawei (CloudAPI#metadata).
        case .update: "change snapshots and to delete their metadata"
        case .delete, .expire: "delete snapshots"
        }
    }

    /// What is known after the last try. Creations are looked up each time, after the settle time, before they are given up (P1).
    fileprivate var safety: String {
        switch self {
        case .create, .replace:
            "looked up by its stamp after each try: it was not created"
        case .adopt: "nothing was stamped, and nothing is made for the line"
        case .resume: "the snapshot is recorded and is not created again"
        case .update, .delete, .expire: "whether the cloud acted is not known: asking again is safe"
        }
    }
}

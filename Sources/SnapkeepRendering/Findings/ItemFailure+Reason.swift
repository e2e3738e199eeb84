import SnapkeepCore
package import SnapkeepEngine

extension ItemFailure {
    /// Why it failed in a few words, for a line that already names the snapshot; the finding at the end says the rest.
    var reason: String {
        switch cause {
        case .service(let fault): fault.reason
        case .notAdoptable(let id, let obstacle): "not adopted: \(obstacle.why(id, isNamed: true))"
        case .endedInError: "ended in status error"
        case .vanished: "gone from the cloud"
        case .stillThere: "not lost after all, so left as it is"
        case .protected: "protected, left alone"
        case .notDeleted(_, let status): "not deleted, its status is \(VisibleText.escaped(status.description))"
        case .deletionLeft(_, let status):
            "its deletion was left by an earlier run and was not asked for now; its status is \(VisibleText.escaped(status.description))"
        case .unstamped: "created, but the cloud did not keep our stamp on it"
        case .guardNotGood(_, let kept, let status):
            "kept: \(kept.text), which is to stay, is \(status.map { VisibleText.escaped($0.description) } ?? "gone")"
        case .notOurs: "does not carry our stamp, left alone"
        case .volumeName(let name, let matches):
            "\(matches.isEmpty ? "no volume is" : "\(matches.count) volumes are") named \(VisibleText.named(name))"
        case .unsettled(let fault) where activity == .adopt: "may have been stamped: \(fault.reason)"
        case .unsettled(let fault): "may have been created, and the look-up got no answer: \(fault.reason)"
        case .journal(let failure): "not recorded: \(VisibleText.escaped(failure.message))"
        case .replay: "the journal does not fit the state"
        }
    }
}

extension TimedOutWait {
    /// How it stands, in a few words for a line that already names the snapshot.
    var words: String {
        "still \(VisibleText.escaped(status.description)) after \(Quantities.limit(waited)); the next apply goes on waiting"
    }
}

extension ServiceFault {
    /// The same of a fault, with status and request id.
    var reason: String {
        let why =
            switch kind {
            case .refused(let refusal): refusal.why ?? words
            case .throttled: overload
            case .notSent: "not sent: \(words)"
            case .uncertain: "no clear answer: \(words)"
            case .unauthenticated: looksUnasked ? accessRefused : "the credentials are not accepted"
            case .accountBlocked: "the account is frozen or suspended"
            case .unintelligible: "the answer is not understood: \(words)"
            }
        return why + brackets
    }

    /// Why it was turned away before the service acted: 503 is not about how much was asked.
    var overload: String { status == 503 ? "the service is not available for now" : "too many requests" }

    /// What to do about that.
    var overloadHelp: String {
        "run 'snapkeep apply' again later"
            + (status == 503 ? "; 'snapkeep doctor' shows when it answers" : ", or with a lower '--parallelism'")
    }

    /// Whether an answer of success says in effect that nobody asked: credentials that are good are then no help.
    var looksUnasked: Bool { status.map { (200..<400).contains($0) } ?? false }

    /// That there is no access, and whose doing that looks like.
    package var accessRefused: String {
        if looksUnasked { return "the answer is not one to these credentials, good or bad" }
        return status == nil || status == 401
            ? "the cloud does not accept the credentials" : "the cloud gives no access with these credentials"
    }
}

extension ServiceFault.Refusal {
    /// What the cloud objects to; `nil` where only its own words tell.
    var why: String? {
        switch self {
        case .volumeAttached: "its volume is attached and 'force' is not set"
        case .volumeNotFound: "its volume is not in this project"
        case .snapshotNotFound: "its snapshot is not in the cloud"
        case .volumeBusy: "its volume is busy, or in a status that allows no snapshot"
        case .quota: "a quota is used up"
        case .forbidden: "these credentials may not do that"
        case .wrongStatus: "the status of its snapshot does not allow that"
        case .hasDependents: "something that was made from its snapshot still needs it"
        case .snapshotBusy: "another operation uses its snapshot, or it belongs to a group of snapshots"
        case .noSuchService: "there is no block-storage API of this version at the endpoint"
        case .badProject: "the project is not the one that the credentials are for"
        case .name: "its name is not accepted"
        case .description: "its description is not accepted"
        case .metadata: "its metadata is not accepted"
        case .listBound, .pageBound, .other: nil
        }
    }
}

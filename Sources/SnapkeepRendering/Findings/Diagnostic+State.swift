package import SnapkeepCore
package import SnapkeepState

extension StateFault {
    /// The fault for the user (Contributing#wording-of-findings): what stands in front is the path, with the place where there is one.
    package var diagnostic: Diagnostic {
        switch self {
        case .notAState(let path, let words):
            if let service {
                .fault(
                    "not-a-state", path, "what stands there \(words), not a state of snapkeep",
                    "name the state's place with --state; where it was the state, "
                        // Over HTTP a recovery replaces nothing that another program may have written.
                        + (service.scheme.isEtcd ? Self.recovery : "put back the version of it that the service or a backup keeps"))
            } else {
                .fault(
                    "not-a-state", path, "the file \(words), not a state of snapkeep",
                    "name the state file with --state; where it was the state, \(Self.recovery)")
            }
        case .tooNew(let path, let version):
            .fault(
                "state-too-new", path, "made by a newer snapkeep: the format's version is \(version), this one reads \(StateFile.version)",
                "use the newer snapkeep; nothing was changed")
        case .unknownField(let path, let name, let place):
            .fault(
                "unknown-state-field", path.at(place), "the field '\(name)' is not known to this snapkeep and would be lost",
                "use the snapkeep that wrote it; where it was added by hand, take it out; "
                    + "where the \(service == nil ? "file" : "state") is damaged, \(Self.recovery)")
        case .damaged(let path, let place, let what, let backup):
            .fault(
                "state-damaged", path.at(place), "the state is damaged: \(what)",
                "put an undamaged copy back, or \(Self.recovery); "
                    + (backup.map { "the backup '\($0)' lacks what the last run did: an apply from it would create that again" }
                        ?? Self.dangerWithoutState))
        case .changed(let path, let place, let what, let backup):
            .fault(
                "state-changed", path.at(place), what,
                "\(Self.recovery): it keeps the lines that are as they were written, looks the others up in the cloud, and deletes nothing; "
                    + (backup.map { "the backup '\($0)' lacks what the last run did: an apply from it would create that again" }
                        ?? "do not apply an older copy: what it lacks would be created a second time"),
                notes: [Self.nothingChanged])
        case .mergeConflict(let path, let line):
            .fault(
                "state-conflict", "\(path):\(line)", "a merge has left a conflict in the state",
                (service == nil
                    ? "take one side whole ('git checkout --theirs -- \(path.quotedForShell)', or '--ours')"
                    : "put one side back whole, as snapkeep wrote it")
                    + ", then \(Self.recovery), which adds what the other side made; put together by hand, the state would lack some of it, "
                    + "and an apply would create that again",
                notes: [Self.nothingChanged])
        case .notAJournal(let path):
            if let service {
                .fault(
                    "not-a-journal", path, "what stands there as the journal is none of snapkeep's",
                    "keep a copy and take it away\(service.commandToMoveJournal.map { ": '\($0)'" } ?? ""); where it was the journal, "
                        + Self.recovery)
            } else {
                .fault(
                    "not-a-journal", path, "the file is not a journal of snapkeep",
                    "move it away; where it was the journal, \(Self.recovery)")
            }
        case .journalTooNew(let path, let version):
            .fault(
                "journal-too-new", path,
                "made by a newer snapkeep: the format's version is \(version), this one reads \(JournalFile.version)",
                "use the newer snapkeep; nothing was changed")
        case .journalDamaged(let path, let line, let what):
            .fault(
                "journal-damaged", "\(path):\(line)", "the journal is damaged: \(what)",
                "put an undamaged copy back, or \(Self.recovery); \(Self.dangerWithoutJournal)")
        case .journalWithoutState(let path, let state, let backup):
            .fault(
                "journal-without-state", path, "there is a journal, but its state '\(state)' is gone",
                "put the state back, or \(Self.recovery); "
                    + (backup.map { "the backup '\($0)' is one run older and does not fit the journal" } ?? Self.dangerWithoutState))
        case .journalOfOtherState(let path, let state):
            .fault(
                "journal-of-other-state", path, "the journal belongs to another state than '\(state)'",
                StateAddress.service(at: state) == nil
                    ? "put it back beside its own state; where that is lost, \(Self.recovery)"
                    : "put the state back that it belongs to; where that is lost, \(Self.recovery)")
        case .journalOfOtherSerial(let path, let state, let journal, let serial):
            .fault(
                "journal-of-other-serial", path, "the journal continues serial \(journal), and '\(state)' has serial \(serial)",
                "put the state with serial \(journal) back, or \(Self.recovery); \(Self.dangerWithoutJournal)")
        case .journalOfOtherContents(let path, let state):
            .fault(
                "journal-of-other-contents", path, "the journal continues another '\(state)' with the same serial",
                "put the state back that the run began with, or \(Self.recovery); \(Self.dangerWithoutJournal)")
        case .journalMissing(let path, let run):
            if let run, service != nil {
                .fault(
                    "journal-missing", path,
                    "\(LockHolder(run)) was cut off, and its journal is on another machine: what it made is not known here",
                    "run the same command on \(run.host) as \(run.user), which goes on from the journal; where that machine is gone, "
                        + "\(Self.recovery), which finds by the stamps what the run made", notes: [Self.nothingChanged])
            } else {
                .fault(
                    "journal-missing", path,
                    "\(run.map { "\(LockHolder($0))" } ?? "a run") was cut off and its journal is gone: what it made is not known here",
                    "put the journal back, or \(Self.recovery), which finds by the stamps what the run made", notes: [Self.nothingChanged])
            }
        case .journalCut(let path, let bytes, let expected):
            .fault(
                "journal-cut", path,
                "the journal has \(bytes) bytes, and \(expected) were \(service == nil ? "on disk" : "stored"): its end is missing",
                "put the whole journal back, or \(Self.recovery), which finds by the stamps what the run made",
                notes: [Self.nothingChanged])
        case .replaced(let path, let kept):
            .fault(
                "state-replaced", path, "somebody else has written the state while this run was at work; it is left as it is",
                "\(Self.recovery): it adds by the stamps what this run made, and deletes nothing; do not apply before that",
                notes: [
                    (kept.map { "what this run would have written is kept as '\($0)'; " } ?? "")
                        + "the journal \(service == nil ? "beside the state" : "of this run") holds what was done: leave it there"
                ])
        case .taken(let path, let holder, let kept):
            .fault(
                "lock-taken", path,
                "the lock file was removed while this run held it, and another run has come" + (holder.map { ": \($0)" } ?? ""),
                "let the other run end, then \(Self.recovery): it adds by the stamps what this run made, and deletes nothing",
                notes: [
                    "nothing new is started, and the state is left to the other run"
                        + (kept.map { "; what this run would have written is kept as '\($0)'" } ?? "")
                ])
        case .lockLost(let path, let holder):
            .fault(
                "lock-lost", path,
                "this run does not hold the state's lock any more" + (holder.map { ": \($0) does" } ?? ": it ran out, or was broken"),
                (holder == nil ? "" : "let the other run end, then ")
                    + "\(Self.recovery): it adds by the stamps what this run made, and deletes nothing",
                notes: ["nothing new is started, and nothing was written since the lock was lost"])
        case .notOurs(let path):
            .fault(
                "not-ours", path, "this is not a file of snapkeep's, so it is left as it is",
                "move it away, or name another state with --state: beside a state snapkeep keeps files of its own",
                notes: [Self.nothingChanged])
        case .journalDoesNotFit(let path, let line, let problem):
            .fault(
                "journal-does-not-fit", "\(path):\(line)", "the line does not fit the state: \(problem.words)",
                "put the state back that the journal belongs to, or \(Self.recovery); \(Self.dangerWithoutJournal)")
        case .noFolder(let path): .fault("no-folder", path, "there is no such folder", "make it, or name another state with --state")
        case .notAFile(let path): StateFileRole(path).notAFile(path)
        case .tooLarge(let path, let size, let limit): StateFileRole(path).tooLarge(path, size: size, limit: limit)
        case .io(let path, let call, let words, .storeReplaced, let access):
            .fault(
                "file-fault", path, "\(activity(call, access)): \(words)",
                "\(FileProblem.storeReplaced.remedy(for: path, access)), or \(Self.recovery), which makes a state of the stamps in the cloud",
                notes: ["do not apply before that: what was recorded there would be made a second time"])
        case .io(let path, "unlock", let words, let cause, _):
            .fault(
                "file-fault", path, "cannot unlock it: \(words)",
                "\(cause.remedy(for: path, .write)); 'snapkeep unlock' shows who holds the lock",
                notes: [
                    cause == .storeUnreachable || cause == .storeUnsure
                        ? "whether the lock is broken is not known" : "the lock is as it was, and so is the state"
                ])
        case .io(let path, let call, let words, let cause, let access):
            .fault(
                "file-fault", path, "\(activity(call, access)): \(words)",
                "\(cause.remedy(for: path, access)); then run the same command again: "
                    + (access == .read
                        ? "reading changes nothing"
                        : "the state \(service == nil ? "on disk" : "there") is whole, and what is recorded is not done twice"))
        case .locked(let path, let holder): locked(path, holder)
        case .alreadyThere(let path):
            .fault(
                "state-exists", path, "there is a state already, and a first one was to be made",
                "run the same command again, which goes on from it, or name another state\(service == nil ? " file" : "") with --state; "
                    + "it was not touched")
        case .noState(let path):
            .fault(
                "no-state", path, "there is no state",
                "run 'snapkeep apply' first, or name the state\(service == nil ? " file" : "'s place") with --state")
        case .inconsistent(let path, let what):
            .fault(
                "inconsistent-state", path, "the new state is not written, for it breaks a rule: \(what)",
                "keep the state and its journal as they are and report this; "
                    + "the state \(service == nil ? "on disk" : "there") is the one from before")
        case .unsteady(let path):
            .fault("unsteady-state", path, "the state changed again and again while it was read", "try again when no other run is active")
        }
    }

    private func locked(_ path: String, _ holder: LockHolder?) -> Diagnostic {
        // A server that speaks HTTP was asked and names nobody; in another store the holder has only just ended.
        let whose = holder.map { ": \($0)" } ?? (service?.scheme.isEtcd == false ? ", and the server does not tell which" : "")
        let process = holder.map { ", which 'ps -p \($0.pid ?? 0)' shows on \($0.host ?? "its machine")" } ?? ""
        return .fault(
            "locked", path, "another run holds the state" + whose,
            "wait for it to end, or add '--lock-timeout 5m'; "
                + (holder?.token == nil && service == nil
                    ? "the lock goes away with its holder" + process
                    : "'snapkeep unlock' shows more of it, and breaks a lock whose holder is dead"),
            notes: holder?.witness == .note
                ? ["the server does not tell who has the lock: this is the run that has begun there and not ended"] : [])
    }

    /// The service that the state lives in; `nil` for a file. One that lives in a service has no files that a person could move or look at.
    private var service: StateAddress.Service? { StateAddress.service(at: path) }

    private static let recovery = "run 'snapkeep recover'"

    fileprivate static let nothingChanged = "nothing was changed, neither here nor in the cloud"

    private static let dangerWithoutState = "do not apply without it: what it records would be created a second time"

    /// Why a journal must not just be moved away, and what it is good for even where it cannot be used.
    private static let dangerWithoutJournal =
        "do not apply without the journal: what it tells of would be created a second time (the ids can be read in it)"

    private func activity(_ call: String, _ access: FileProblem.Access) -> String {
        switch call {
        case "open", "opendir": "cannot open it"
        case "mkdir": "cannot make the folder"
        case "read", "stat": "cannot read it"
        case "flock": "cannot lock it"
        case "fsync": "the disk did not confirm what was written"
        default: access == .read ? "cannot read it" : access == .lock ? "cannot lock it" : "cannot write it"
        }
    }
}

extension StateAddress.Service {
    /// What to type to take the lines of a journal out of etcd and keep them in a file; `nil` elsewhere.
    fileprivate var commandToMoveJournal: String? {
        if !scheme.isEtcd { return nil }
        let prefix = (path + "/j/").quotedForShell
        return "etcdctl get --prefix \(prefix) > journal.aside && etcdctl del --prefix \(prefix)"
    }
}

/// The files of a state, as a user knows them.
private enum StateFileRole {
    case state, journal, lock, backup, history

    /// What a path's last part tells.
    init(_ path: String) {
        self =
            if path.hasSuffix(".journal") { .journal } else if path.hasSuffix(".lock") { .lock } else if path.hasSuffix(".backup") {
                .backup
            } else if path.hasSuffix(".history") { .history } else { .state }
    }

    private var words: String {
        switch self {
        case .state: "the state"
        case .journal: "the state's journal"
        case .lock: "the state's lock"
        case .backup: "the state's backup"
        case .history: "the state's history"
        }
    }

    /// What follows from moving away what is there.
    private var consequence: String {
        switch self {
        case .state: "then run 'snapkeep recover'; do not apply before that: what the state records would be created a second time"
        case .journal: "where the last run was killed or failed, then run 'snapkeep recover', which finds what it made in the cloud"
        case .lock: "no other run can hold it"
        case .backup: "the state itself is not concerned"
        case .history: "the next run begins a new one"
        }
    }

    private func moving(_ path: String) -> String {
        "move away what is there: 'mv \(path.quotedForShell) \((path + ".aside").quotedForShell)'; \(consequence)"
    }

    /// Something else stands where this file belongs.
    func notAFile(_ path: String) -> Diagnostic {
        let help =
            switch self {
            case .state:
                "name the state's file with --state; where this is a folder that holds it: "
                    + "'--state \((path + "/snapkeep.state.json").quotedForShell)'"
            case .journal, .lock, .backup, .history: moving(path)
            }
        return .fault("not-a-file", path, "a file was expected here, \(words), and this is a folder, a pipe or a device", help)
    }

    /// Far larger than what this program writes.
    func tooLarge(_ path: String, size: Int, limit: Int) -> Diagnostic {
        .fault(
            "file-too-large", path, "\(words) has \(size) bytes, and at most \(limit) are read",
            "put a whole copy back, or \(moving(path))",
            notes: [StateFault.nothingChanged])
    }
}

extension Diagnostic {
    fileprivate static func fault(
        _ code: String, _ subject: String, _ message: String, _ help: String, notes: [String] = []
    ) -> Diagnostic {
        Diagnostic(.error, code: code, message, at: .named(subject), notes: notes.map { Note($0, at: .none) }, help: help)
    }
}

extension String {
    fileprivate func at(_ place: SourcePosition) -> String { "\(self):\(place.line):\(place.column)" }
}

extension ReplayProblem {
    /// What does not fit.
    package var words: String {
        switch self {
        case .unknownAttempt(let attempt): "no creation is open under the attempt '\(attempt)'"
        case .unknownSnapshot(let id): "the snapshot '\(id)' is not recorded"
        case .attemptTwice(let attempt): "the attempt '\(attempt)' is open already"
        case .keyInUse(let key): "another snapshot is recorded under the key '\(key)'"
        case .misplacedBegin: "a run begins in the middle, or not at the front"
        }
    }
}

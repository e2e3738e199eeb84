package import SnapkeepCore
package import SnapkeepState

extension RecoveryOutcome {
    /// Writes the members of `snapkeep recover --json`: `condition` of the state that was there (`absent`, `whole`, `older`, `damaged`), the
    /// lists `records`, `superseded` and `open_intents` of what is to be recorded, `findings`, and `left_alone` in numbers.
    package func write(to document: inout JSONDocument, found: RecoverableState) {
        document.field("condition", found.condition.word)
        document.records("records", records)
        document.records("superseded", superseded)
        document.intents(openIntents)
        document.object("findings", findings.write)
        document.object("left_alone") { counts in
            counts.field(
                "other_owners", objects: findings.counts.otherOwners.sorted { $0.key < $1.key }
            ) { owner, object in
                object.field("owner", owner.key)
                object.field("count", owner.value)
            }
            counts.field("forgotten", findings.counts.forgotten)
            counts.field("unstamped", findings.counts.unstamped)
            counts.field("made_by_server", findings.counts.serverMade)
        }
    }
}

extension Answer {
    /// What is told when a recovery was written down.
    package static func recovered(_ outcome: RecoveryOutcome, serial: Int, kept: [String]) -> Answer {
        Answer(RecoveryRenderer.done(outcome, serial: serial, kept: kept)) { document in
            document.field("serial", serial)
            document.field("kept_files", kept)
        }
    }
}

extension RecoveryFindings {
    fileprivate func write(to line: inout JSONWriter) {
        line.field("duplicates", objects: duplicates) { duplicate, object in
            object.field("key", duplicate.key.text)
            object.field("kept", duplicate.kept?.text)
            object.field("others", objects: duplicate.others) { other, object in
                object.field("id", other.id.text)
                object.field("same_attempt", other.hasSameAttempt)
            }
        }
        line.field("unfinished", objects: unfinished) { snapshot, object in
            object.field("key", snapshot.key.text)
            object.field("id", snapshot.id.text)
            object.field("status", snapshot.status.description)
        }
        line.field("damaged_stamps", objects: damagedStamps) { stamp, object in
            object.field("id", stamp.id.text)
            object.field("problem", stamp.problem.word)
        }
        line.field("gone", objects: gone) { snapshot, object in
            object.field("key", snapshot.key.text)
            object.field("id", snapshot.id.text)
        }
        line.field("not_settled", awaitingSettlement.map(\.text))
        line.field("unlisted", unlisted.map(\.text))
    }
}

extension RecoveryFindings.StampProblem {
    fileprivate var word: String {
        switch self {
        case .owner: "owner"
        case .key: "key"
        case .attempt: "attempt"
        }
    }
}

extension RecoverableState.Condition {
    fileprivate var word: String {
        switch self {
        case .absent: "absent"
        case .whole: "whole"
        case .older: "older"
        case .damaged: "damaged"
        }
    }
}

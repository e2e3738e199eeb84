package import SnapkeepCore
package import SnapkeepState

/// What a recovery found, for a person: a table of what is to be recorded, then what should be known, then the sum.
package enum RecoveryRenderer {
    /// The whole text, each line ended.
    ///
    /// - Parameters:
    ///   - aliases: what a manifest calls the volumes.
    ///   - words: the options that lead another command to the same manifest, state and cloud.
    ///   - width: of the terminal; `nil` elsewhere.
    package static func render(
        _ outcome: RecoveryOutcome, owner: String, projectID: ProjectID?, path: String, found: RecoverableState,
        aliases: [VolumeID: String] = [:], words: [String] = [], width: Int?, style: TextStyle
    ) -> String {
        var parts: [String] = []
        let what = "\(VisibleText.escaped(path)) · owner \(VisibleText.escaped(owner))"
        parts.append("\(what) · \(Quantities.count(outcome.findings.counts.seen, "snapshot")) in project \(projectID?.text ?? "?")\n")
        if let words = condition(found) { parts.append(words + "\n") }
        if !outcome.records.isEmpty || !outcome.superseded.isEmpty { parts.append(table(outcome, aliases, width, style)) }
        let lines = damage(found, outcome) + findings(outcome)
        if !lines.isEmpty { parts.append(lines.map { "  \($0.leading(to: words))\n" }.joined()) }
        parts.append(sum(outcome, isWhole: found.isWhole))
        return TextFlow.filled(parts.joined(separator: "\n"), width: width)
    }

    /// The line after the writing.
    static func done(_ outcome: RecoveryOutcome, serial: Int, kept: [String]) -> String {
        let what = numbers(outcome, ["recorded", "kept as superseded", "left to the next apply"])
        var text = "\nRecovered: \(what) · state serial \(serial)\n"
        for name in kept { text += "The former file is kept as \(VisibleText.escaped(name)).\n" }
        return text + KeptState.wayBack(to: kept)
    }

    /// What is wrong with the state; `nil` where nothing is.
    private static func condition(_ found: RecoverableState) -> String? {
        switch found.condition {
        case .absent: found.lastSerial > 0 ? "There is no state; its history tells of serial \(found.lastSerial)." : "There is no state."
        case .whole: nil
        case .older(let state, let serial):
            "The state has serial \(state.header.serial), and its history tells of serial \(serial): it is set aside."
        case .damaged(let fault): "The state cannot be used and is set aside: \(VisibleText.escaped(fault.diagnostic.message))."
        }
    }

    private static let columns: [TextTable.Column] = [
        .init(head: "key", kind: .name(atLeast: 12)), .init(head: "snapshot", kind: .id, worth: 4),
        .init(head: "volume", kind: .name(atLeast: 9), worth: 2, label: "volume"), .init(head: "status"),
        .init(head: "made (UTC)", worth: 1, label: "made"), .init(kind: .prose),
    ]

    private static func table(_ outcome: RecoveryOutcome, _ aliases: [VolumeID: String], _ width: Int?, _ style: TextStyle) -> String {
        let volume = VolumeNames((outcome.records + outcome.superseded).map(\.volumeID), aliases, width: width)
        func cells(_ record: SnapshotRecord, _ word: String) -> [String] {
            [
                VisibleText.escaped(record.key.text), VisibleText.escaped(record.id.text), volume(record.volumeID),
                VisibleText.escaped(record.status.description), record.createdAt.map(Quantities.minute) ?? "", word,
            ]
        }
        let rows =
            outcome.records.map { TextTable.Row(sign: "+", cells: cells($0, ""), role: .create) }
            + outcome.superseded.map { TextTable.Row(sign: "=", cells: cells($0, "superseded"), role: .keep) }
        return TextTable.render(columns, rows, indent: 2, width: width, style: style)
    }

    // MARK: Damage

    /// What the lines of a damaged state cost.
    private static func damage(_ found: RecoverableState, _ outcome: RecoveryOutcome) -> [String] {
        guard case .damaged = found.condition else { return [] }
        let keys = Set((outcome.records + outcome.superseded).map(\.key.text))
        var words = found.damagedLines.prefix(10).map { line in
            let name = line.key.map { " (\(VisibleText.named($0)))" } ?? ""
            let what = "line \(line.number)\(name) is not as it was written"
            if line.isIntent {
                return what + ": a creation was open, so let 30 s pass before the next apply; what was made by then is seen"
            }
            let isThere = line.key.map(keys.contains) ?? true
            return what + (isThere ? ": its snapshot is recorded as the cloud has it" : ", and no snapshot in the cloud carries this key")
        }
        if found.damagedLines.count > 10 { words.append("\(found.damagedLines.count - 10) more lines are not as they were written") }
        for record in outcome.records + outcome.superseded where found.forgottenInDoubt.contains(record.id) {
            words.append(
                "snapshot \(record.id) of \(VisibleText.named(record.key.text)) was forgotten, as far as the state tells, and is recorded again: "
                    + "'snapkeep forget KEY' drops it")
        }
        return words
    }

    // MARK: Findings

    fileprivate static func findings(_ outcome: RecoveryOutcome) -> [String] {
        let findings = outcome.findings
        return findings.duplicates.map(words) + findings.unfinished.map(words) + findings.damagedStamps.map(words)
            + findings.gone.map {
                "the lost state knew \(VisibleText.named($0.key.text)) as snapshot \($0.id), which is gone: it stays recorded, and "
                    + "`snapkeep plan --refresh` tells it as lost"
            }
            + findings.awaitingSettlement.map { "snapshot \($0) belongs to an open creation: the next apply settles it" }
            + outcome.openIntents.map { intent in
                "\(VisibleText.named(intent.key.text)) was asked for and is not there: the next apply looks for it before anything is made"
            } + unlisted(findings.unlisted) + leftAlone(findings.counts)
    }

    private static func words(_ duplicate: RecoveryFindings.Duplicate) -> String {
        let others = duplicate.others.map { "\($0.id) (\($0.hasSameAttempt ? "of the same creation" : "of another creation"))" }
        let standing = duplicate.kept.map { "\($0) stands for it" } ?? "a creation under it is open"
        return "the key \(VisibleText.named(duplicate.key.text)) is carried by several snapshots: \(standing), superseded: "
            + Quantities.list(others)
    }

    private static func words(_ unfinished: RecoveryFindings.Unfinished) -> String {
        let subject = "snapshot \(unfinished.id) of \(VisibleText.named(unfinished.key.text))"
        return switch unfinished.status {
        case .creating: "\(subject) is still creating"
        case .error: "\(subject) ended in status error"
        case .deleting: "\(subject) is being deleted and is not recorded"
        case .errorDeleting: "\(subject) could not be deleted by the cloud (error_deleting)"
        default: "\(subject) is in status \(VisibleText.escaped(unfinished.status.description))"
        }
    }

    private static func words(_ stamp: RecoveryFindings.DamagedStamp) -> String {
        let part =
            switch stamp.problem {
            case .owner: Stamp.ownerKey
            case .key: Stamp.keyKey
            case .attempt: Stamp.attemptKey
            }
        return "snapshot \(stamp.id) is not recorded: its stamp has no usable '\(part)'; if it is yours, adopt it with 'snapkeep import'"
    }

    private static func unlisted(_ keys: [SnapshotKey]) -> [String] {
        if keys.isEmpty { return [] }
        let shown = keys.prefix(5).map { VisibleText.named($0.text) } + (keys.count > 5 ? ["\(keys.count - 5) more"] : [])
        let verb = keys.count == 1 ? "is" : "are"
        return [
            "\(Quantities.list(shown)) \(verb) not listed in a manifest and \(verb) recorded as protected: "
                + "a stamp does not say what was; list them with 'protect: false' to lift it, or drop each with 'snapkeep forget KEY'"
        ]
    }

    private static func leftAlone(_ counts: RecoveryFindings.Counts) -> [String] {
        var words = counts.otherOwners.sorted { $0.key < $1.key }.prefix(10).map { "\($1) of owner \(VisibleText.named($0))" }
        if counts.otherOwners.count > 10 { words.append("those of \(counts.otherOwners.count - 10) more owners") }
        if counts.forgotten > 0 { words.append("\(counts.forgotten) that \(counts.forgotten == 1 ? "was" : "were") forgotten on purpose") }
        if counts.unstamped > 0 { words.append("\(counts.unstamped) without a stamp") }
        if counts.serverMade > 0 { words.append("\(counts.serverMade) made by the cloud itself") }
        return words.isEmpty ? [] : ["left alone: \(Quantities.list(words))"]
    }

    // MARK: Sum

    /// The last line alone.
    package static func sum(_ outcome: RecoveryOutcome, found: RecoverableState) -> String {
        sum(outcome, isWhole: found.isWhole)
    }

    private static func sum(_ outcome: RecoveryOutcome, isWhole: Bool) -> String {
        if !outcome.isEmpty { return "Recover: \(numbers(outcome, ["to record", "to keep as superseded", "left to the next apply"]))\n" }
        if !isWhole { return "Nothing found to record.\n" }
        let (held, open) = (outcome.findings.counts.held, outcome.findings.awaitingSettlement.count)
        let known = held == 1 ? "the one snapshot that carries" : "all \(held) snapshots that carry"
        if open > 0 {
            return "Nothing to recover: \(Quantities.count(held, "snapshot")) with the state's stamp recorded; "
                + "\(Quantities.count(open, "open creation")) left to the next apply.\n"
        }
        return held == 0
            ? "Nothing to recover: no snapshot carries the state's stamp.\n" : "Nothing to recover: the state knows \(known) its stamp.\n"
    }

    fileprivate static func numbers(_ outcome: RecoveryOutcome, _ words: [String]) -> String {
        let numbers = [outcome.records.count, outcome.superseded.count, outcome.openIntents.count]
        return zip(numbers, words).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}

extension RecoveryRenderer {
    /// What a run without a state says of its beginning: the sum, and what a person should know.
    package static func brief(_ outcome: RecoveryOutcome, owner: String) -> String {
        let sum =
            outcome.isEmpty
            ? "No state, and no snapshot carries the stamp of owner \(VisibleText.escaped(owner)): beginning anew."
            : "No state: beginning from the stamps of owner \(VisibleText.escaped(owner)), "
                + numbers(outcome, ["snapshot\(outcome.records.count == 1 ? "" : "s") found", "more of the same keys", "still open"]) + "."
        return sum + "\n" + findings(outcome).map { "  \($0)\n" }.joined()
    }
}

extension RecoverableState {
    /// Whether there is a state to be gone on with.
    package var isWhole: Bool { if case .whole = condition { true } else { false } }
}

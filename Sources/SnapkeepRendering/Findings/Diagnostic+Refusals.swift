package import SnapkeepCore
package import SnapkeepEngine

extension PlacedDiagnostic {
    /// Whether an apply of the plan that it was found with would be refused as a whole, or fail for certain.
    package var makesApplyRefuse: Bool {
        severity == .error
            || [Diagnostic.tooManyDeletionsCode, Diagnostic.olderStateCode, Diagnostic.journalElsewhereCode].contains(code)
    }
}

/// Why an apply ends before its first change, or is not the whole of what was declared.
extension Diagnostic {
    /// - Parameter isSaved: whether a saved plan was to be carried out.
    package static func noApproval(isSaved: Bool) -> Diagnostic {
        Diagnostic(
            .error, code: "no-approval", "there is no terminal to ask on, so nothing was created, changed or deleted",
            help: isSaved
                ? "add --auto-approve, where somebody has reviewed this plan"
                : "add --auto-approve; to review it first, save it with 'snapkeep plan --out FILE' and apply that")
    }

    package static func lostLeft(_ count: Int) -> Diagnostic {
        Diagnostic(
            .error, code: "lost", "\(Quantities.count(count, "declared snapshot")) \(count == 1 ? "is" : "are") lost, and not made again",
            help:
                "add --refresh --recreate to make new ones with today's data, or run 'snapkeep forget KEY' for what is not wanted any more")
    }

    package static let declined = Diagnostic(
        .error, code: "declined", "not confirmed; nothing was created, changed or deleted",
        help: "run it again and type 'yes', or add --auto-approve")

    static let tooManyDeletionsCode = "too-many-deletions"

    /// Of a state that is older than its history.
    package static let olderStateCode = "older-state"

    /// Of a state whose open run has its journal on another machine.
    package static let journalElsewhereCode = "journal-elsewhere"

    /// The lock ended while a person was asked.
    package static func lockLostMeanwhile(_ failure: JournalFailure) -> Diagnostic {
        Diagnostic(
            .error, code: "lock-lost", "another run may have been at work meanwhile: \(VisibleText.escaped(failure.message))",
            at: .named(VisibleText.escaped(failure.path)),
            notes: [.init("what was planned is not carried out: it was planned by what was recorded before", at: .none)],
            help: "run the same command again: it plans by what is recorded now")
    }

    /// - Parameter path: what `--out` names.
    package static func planNotSaved(_ path: String) -> Diagnostic {
        Diagnostic(
            .note, code: "plan-not-saved", "the plan is not saved: what is certain to fail is not a plan to be carried out",
            at: .named(path), help: "fix what the errors say, then run it again; what stood there before is left as it was")
    }

    /// - Parameter errors: what was found when the plan was made.
    package static func planWithErrors(_ errors: [PlacedDiagnostic]) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-with-errors", "the plan was made with \(Quantities.count(errors.count, "error")), and would fail",
            notes: errors.prefix(3).map { .init($0.message, at: $0.diagnostic.subject) }
                + [.init("nothing was changed", at: .none)],
            help: "fix what the errors say, then run 'snapkeep plan' again")
    }

    package static func deletionsRefused(_ refusals: [DeletionGuard.Refusal], of plan: Plan, severity: Severity) -> Diagnostic {
        let lead = severity == .error ? "refused before the first change" : "apply will refuse this plan"
        var limits: [String] = []
        var flags: [String] = []
        for refusal in refusals {
            switch refusal {
            case .tooMany(let deletions, let limit):
                limits.append("\(Quantities.count(deletions, "deletion")), the limit is \(limit)")
                flags.append("--max-deletes \(deletions)")
            case .tooLargeShare(let deletions, let recorded, let percent):
                limits.append("\(deletions) of \(recorded) recorded snapshots, the limit is \(percent) %")
                flags.append("--max-delete-percent \((deletions * 100 + recorded - 1) / recorded)")
            }
        }
        return Diagnostic(
            severity, code: tooManyDeletionsCode, "\(lead): \(limits.joined(separator: "; "))", notes: withheld(by: plan, severity),
            help: "if that many are meant, add '\(flags.joined(separator: " "))'")
    }

    /// A run is refused as a whole: what it was to make is not made either.
    private static func withheld(by plan: Plan, _ severity: Severity) -> [Note] {
        let count = plan.summary.create
        guard count > 0 else { return [] }
        let tense = severity == .error ? (count == 1 ? "was" : "were") : "will"
        let verb = severity == .error ? "not made either" : "not be made either"
        return [.init("\(Quantities.count(count, "snapshot")) of this plan \(tense) \(verb)", at: .none)]
    }

    /// The key of a new snapshot stands in the stamp of one that is recorded under another key.
    ///
    /// - Parameters:
    ///   - isListed: whether the old key, too, has its line.
    ///   - isTaken: whether another snapshot is recorded under the new key.
    package static func halfRenamed(
        _ severity: Severity, _ rename: CutRename, isListed: Bool, isTaken: Bool = false, at subject: Subject, options: [String]
    ) -> Diagnostic {
        func command(_ words: String...) -> String {
            "'" + VisibleText.escaped((["snapkeep"] + words + options).joined(separator: " ")) + "'"
        }
        let ends = "run \(command("rename", rename.old.text.quotedForShell, rename.new.text.quotedForShell)) to end it"
        let undoes = "run \(command("import", rename.old.text.quotedForShell, rename.id.text)) to put the old key back"
        return Diagnostic(
            severity, code: "half-renamed",
            "a rename of \(VisibleText.named(rename.old.text)) to \(VisibleText.named(rename.new.text)) was cut short: the stamp has the new "
                + "key, the state the old one",
            at: subject,
            notes: [
                .init(
                    "snapshot \(rename.id) is in place"
                        + (severity == .error ? "; nothing was changed now, and a new one would be a second one with that stamp" : ""),
                    at: .none)
            ],
            help: isTaken ? undoes : isListed ? "\(undoes), or \(ends)" : ends)
    }
}

import SnapkeepCore

extension PlacedDiagnostic {
    /// Whether an apply of the plan that it was found with would be refused as a whole, or fail for certain.
    var makesApplyRefuse: Bool { severity == .error || code == Diagnostic.tooManyDeletionsCode || code == StaleState.code }
}

/// Why an apply ends before its first change, or is not the whole of what was declared.
extension Diagnostic {
    static let noApproval = Diagnostic(
        .error, code: "no-approval", "there is no terminal to ask on, so nothing was created, changed or deleted",
        help: "add --auto-approve, or apply a saved plan that was reviewed")

    static func lostLeft(_ count: Int) -> Diagnostic {
        Diagnostic(
            .error, code: "lost", "\(Quantities.count(count, "declared snapshot")) \(count == 1 ? "is" : "are") lost, and not made again",
            help: "add --refresh --recreate to make new ones with today's data, or 'snapkeep forget' what is not wanted any more")
    }

    static let declined = Diagnostic(
        .error, code: "declined", "not confirmed; nothing was created, changed or deleted",
        help: "run it again and type 'yes', or add --auto-approve")

    static let tooManyDeletionsCode = "too-many-deletions"

    /// - Parameter path: what `--out` names.
    static func planNotSaved(_ path: String) -> Diagnostic {
        Diagnostic(
            .note, code: "plan-not-saved", "the plan is not saved: what is certain to fail is not a plan to be carried out",
            at: .named(path), help: "fix what the errors say, then run it again; what stood there before is left as it was")
    }

    /// - Parameter errors: what was found when the plan was made.
    static func planWithErrors(_ errors: [PlacedDiagnostic]) -> Diagnostic {
        Diagnostic(
            .error, code: "plan-with-errors", "the plan was made with \(Quantities.count(errors.count, "error")), and would fail",
            notes: errors.prefix(3).map { .init($0.message, at: $0.diagnostic.subject) }
                + [.init("nothing was changed", at: .none)],
            help: "fix what the errors say, then run 'snapkeep plan' again")
    }

    static func deletionsRefused(_ refusals: [DeletionGuard.Refusal], severity: Severity) -> Diagnostic {
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
            severity, code: tooManyDeletionsCode, "\(lead): \(limits.joined(separator: "; "))",
            help: "if that many are meant, add '\(flags.joined(separator: " "))'")
    }
}

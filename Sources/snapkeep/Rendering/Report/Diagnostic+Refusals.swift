import SnapkeepCore

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
            severity, code: "too-many-deletions", "\(lead): \(limits.joined(separator: "; "))",
            help: "if that many are meant, add '\(flags.joined(separator: " "))'")
    }
}

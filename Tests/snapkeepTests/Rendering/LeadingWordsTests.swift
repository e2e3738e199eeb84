import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// A remedy can be typed as it stands: its commands lead to the same manifest, state and cloud as the run that names them.
@Suite struct LeadingWordsTests {
    private let words = ["-f 'a b.yaml'", "--state s.json", "--cloud prod"]

    @Test(
        "P9: a command in a help gets the options of the run, as far as it takes them",
        arguments: [
            ("run 'snapkeep apply' again", "run 'snapkeep apply -f 'a b.yaml' --state s.json --cloud prod' again"),
            (
                "run 'snapkeep apply --prune' to delete it",
                "run 'snapkeep apply --prune -f 'a b.yaml' --state s.json --cloud prod' to delete it"
            ),
            ("'snapkeep forget KEY' drops the record", "'snapkeep forget KEY -f 'a b.yaml' --state s.json' drops the record"),
            ("try it with 'snapkeep doctor'", "try it with 'snapkeep doctor --cloud prod'"),
            ("run 'snapkeep import a 0b1c --cloud prod'", "run 'snapkeep import a 0b1c --cloud prod -f 'a b.yaml' --state s.json'"),
            ("begin anew with 'snapkeep sandbox reset'", "begin anew with 'snapkeep sandbox reset -f 'a b.yaml' --state s.json'"),
            ("`snapkeep recover` finds it", "`snapkeep recover -f 'a b.yaml' --state s.json --cloud prod` finds it"),
            ("'snapkeep state list' shows the keys", "'snapkeep state list -f 'a b.yaml' --state s.json' shows the keys"),
            // A state that it names is the one that it is about.
            ("run 'snapkeep recover --state b.json'", "run 'snapkeep recover --state b.json -f 'a b.yaml' --cloud prod'"),
            ("'snapkeep state list --state b.json' shows it", "'snapkeep state list --state b.json' shows it"),
            // Somebody else's state is not this run's.
            ("run 'snapkeep forget' there and remove it", "run 'snapkeep forget' there and remove it"),
            // A saved plan knows where it belongs.
            ("run 'snapkeep apply next.plan'", "run 'snapkeep apply next.plan'"), ("'snapkeep --help' lists", "'snapkeep --help' lists"),
            // Whatever stands in a key.
            ("run 'snapkeep forget 'a b''", "run 'snapkeep forget 'a b' -f 'a b.yaml' --state s.json'"),
            (
                "`snapkeep forget nightly/db+1@2026-10-25` drops its record",
                "`snapkeep forget nightly/db+1@2026-10-25 -f 'a b.yaml' --state s.json` drops its record"
            ),
            (
                "'snapkeep forget' or 'snapkeep history'",
                "'snapkeep forget -f 'a b.yaml' --state s.json' or "
                    + "'snapkeep history -f 'a b.yaml' --state s.json'"
            ),
        ])
    func leading(_ help: String, _ expected: String) {
        let finding = Diagnostic(.error, code: "x", "it failed", help: help)
        #expect(finding.leading(to: words).help == expected)
        #expect(finding.leading(to: words).leading(to: words).help == expected)
        #expect(finding.leading(to: []).help == help)
    }

    @Test("P9: the sandbox's state is named to a command that needs no cloud")
    func sandbox() {
        let finding = Diagnostic(.error, code: "x", "it failed", help: "run 'snapkeep forget a' or 'snapkeep history'")
        #expect(finding.leading(to: ["--sandbox"]).help == "run 'snapkeep forget a --sandbox' or 'snapkeep history --sandbox'")
    }
}

import ArgumentParser
import SnapkeepSandbox
import Testing

@testable import snapkeep

/// The help of the sandbox is where a person learns what can go wrong in it.
@Suite struct SandboxHelpTests {
    /// The rules that the help shows, each at the beginning of a line.
    private var rules: [String] {
        SandboxCommand.configuration.discussion.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("  '") else { return nil }
            return line.dropFirst(3).split(separator: "'").first.map(String.init)
        }
    }

    @Test("Every rule in the help is one")
    func rulesAreRules() throws {
        #expect(rules.count >= 20)
        for rule in rules { #expect(throws: Never.self, "\(rule)") { try FaultRule(parsing: rule) } }
    }

    @Test("The help has an example of every kind of fault")
    func everyKind() throws {
        let shown = Set(try rules.map { word(for: try FaultRule(parsing: $0).kind) })
        #expect(shown == Self.words)
    }

    private static let words: Set = [
        "status", "status-after", "status/code", "cut-before", "cut-after", "cut-middle", "late", "slow", "slow-after", "wrong-json",
        "torn-json", "html", "html-after", "html=status", "bare", "twice", "list-endless", "list-circle", "list-rows", "list-arrays",
    ]

    /// No `default`: a new kind does not build before it has a word here, and fails above before the help shows it.
    private func word(for kind: FaultRule.Kind) -> String {
        switch kind {
        case .status(_, _, .some, _): "status/code"
        case .status(_, _, nil, let acts): acts ? "status-after" : "status"
        case .cut(let acts): acts ? "cut-after" : "cut-before"
        case .cutMiddle: "cut-middle"
        case .late: "late"
        case .slow: "slow"
        case .slowAfter: "slow-after"
        case .wrongJSON: "wrong-json"
        case .tornJSON: "torn-json"
        case .html(let acts): acts ? "html-after" : "html"
        case .page: "html=status"
        case .bare: "bare"
        case .twice: "twice"
        case .list(.endless): "list-endless"
        case .list(.circle): "list-circle"
        case .list(.rows): "list-rows"
        case .list(.arrays): "list-arrays"
        }
    }

    @Test("A length of time is shown as it can be typed", arguments: ["100ms", "0s", "90s", "1s500ms"])
    func times(_ text: String) { #expect(TimeSpan(argument: text)?.description == text) }
}

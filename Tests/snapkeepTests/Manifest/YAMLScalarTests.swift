import SnapkeepCore
import SnapkeepManifest
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct YAMLScalarTests {
    // Plain only where nobody could read something else.
    @Test(
        "Ordinary words stay plain",
        arguments: ["orders", "orders-nightly", "Daily backup", "a", "v1.2", "team/payments", "nullable", "x_1"])
    func plain(_ text: String) { #expect(YAMLScalar.text(text) == text) }

    @Test(
        "What YAML could read otherwise is quoted",
        arguments: [
            ("", "\"\""), ("001", "\"001\""), ("1e3", "\"1e3\""), ("no", "\"no\""), ("TRUE", "\"TRUE\""), ("Null", "\"Null\""),
            ("y", "\"y\""),
            ("~", "\"~\""), ("- a", "\"- a\""), ("a # b", "\"a # b\""), ("a: b", "\"a: b\""), ("it's", "\"it's\""), ("a ", "\"a \""),
            (" a", "\" a\""), ("a  b", "\"a  b\""), ("\"", "\"\\\"\""), ("\\", "\"\\\\\""), ("a\nb", "\"a\\nb\""),
            ("\u{1B}[2J", "\"\\x1B[2J\""),
            ("é", "\"é\""), ("📸", "\"📸\""), ("\u{202E}", "\"\\u202E\""), ("\u{85}", "\"\\x85\""), ("\u{7F}", "\"\\x7F\""),
            ("\u{FEFF}", "\"\\uFEFF\""), ("\u{E0041}", "\"\\U000E0041\""), ("{a}", "\"{a}\""), ("*a", "\"*a\""), ("<<", "\"<<\""),
            ("2026-11-24", "\"2026-11-24\""), (".inf", "\".inf\""),
        ])
    func quoted(_ text: String, written: String) { #expect(YAMLScalar.text(text) == written) }

    @Test("Whatever a manifest takes as a name comes back as it was written", arguments: 0..<40)
    func roundTrip(_ seed: Int) throws {
        let alphabet: [Character] = [
            "a", "N", "0", " ", "-", ":", "#", "\"", "'", "\\", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@", "`", "é", "数",
            "📸",
            "\u{202E}", "\u{200D}", "~", "?", "=", "<", ".", "\u{FEFF}", "\u{AD}",
        ]
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let text = String((0..<Int.random(in: 1...40, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            guard let name = try? SnapshotName(text) else { continue }
            let file = "snapshots:\n  - name: \(YAMLScalar.text(text))\n    volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635\n"
            let reading = ManifestReader.read([SourceFile(name: "a.yaml", bytes: Array(file.utf8))])
            #expect(reading.manifest.snapshots.first?.name.text.unicodeScalars.elementsEqual(name.text.unicodeScalars) == true, "\(file)")
        }
    }
}

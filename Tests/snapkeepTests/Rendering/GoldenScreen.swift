import FoundationEssentials
import Testing

/// Compares a screen with the file that holds the agreed one. With `SNAPKEEP_RECORD_GOLDEN=1` the files are written anew and the run fails,
/// so that a recording run never counts as a pass.
enum GoldenScreen {
    static func expect(_ shown: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) {
        // A sandbox takes any free port.
        let text = shown.replacing(/127\.0\.0\.1:[0-9]{5}/, with: "127.0.0.1:PORT")
        let file = folder + "/" + name
        if ProcessInfo.processInfo.environment["SNAPKEEP_RECORD_GOLDEN"] == "1" {
            try! Data(text.utf8).write(to: URL(filePath: file))
            Issue.record("recorded \(name)", sourceLocation: sourceLocation)
            return
        }
        guard let data = try? Data(contentsOf: URL(filePath: file)) else {
            Issue.record("no golden file \(name): record it with SNAPKEEP_RECORD_GOLDEN=1", sourceLocation: sourceLocation)
            return
        }
        #expect(text == String(decoding: data, as: UTF8.self), "\(name) differs", sourceLocation: sourceLocation)
    }

    private static let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Golden"
}

/// Whether a text holds anything that a terminal acts on, line ends apart.
func holdsControlCharacter(_ text: String) -> Bool {
    text.unicodeScalars.contains { scalar in
        guard scalar != "\n" else { return false }
        return scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029 || scalar.value == 0xFEFF
    }
}

/// Text that tries to act: an escape sequence, a bell, a line break, a turned direction, a C1 introducer.
let hostileText = "a\u{1B}[31mb\u{07}\nc\r\td\u{202E}e\u{9B}2Jf\u{2028}\u{FEFF}\u{7F}"

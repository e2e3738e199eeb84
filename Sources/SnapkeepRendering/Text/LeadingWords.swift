import SnapkeepCore

extension String {
    /// The same text with commands that can be typed as they stand: where it says 'snapkeep recover', in straight quotes or in backticks, the
    /// options are added that lead to the same manifest, state and cloud, as far as that command takes them.
    ///
    /// - Parameter words: these options, as they were typed; one for each element, with its value.
    package func leading(to words: [String]) -> String {
        guard !words.isEmpty else { return self }
        var result: [UInt8] = []
        var rest = Array(utf8)[...]
        while let start = rest.firstIndex(where: QuotedCommand.isQuote) {
            guard let command = QuotedCommand(rest[start...]) else {
                result += rest[...start]
                rest = rest[(start + 1)...]
                continue
            }
            result += rest[..<command.end]
            for word in words where command.lacks(word) { result += " \(VisibleText.escaped(word))".utf8 }
            rest = rest[command.end...]
            // Its own end is no other one's begin.
            result.append(rest.removeFirst())
        }
        return String(decoding: result + rest, as: UTF8.self)
    }
}

/// A command of this program that a sentence names. It is looked for byte by byte: a plan may have a sentence for each of 100,000 rows.
private struct QuotedCommand {
    private static let names = [
        "plan", "apply", "status", "recover", "history", "import", "rename", "forget", "unlock", "doctor", "sandbox reset", "report",
        "state list", "state show", "state pull", "state push",
    ].map { Array($0.utf8) }
    private static let program = Array("snapkeep ".utf8)
    private static let elsewhere = Array(" there".utf8)
    /// Commands that work on a state alone.
    private static let withoutCloud = ["state ", "forget", "history", "unlock"]

    private let name: String
    /// With the blank in front of each.
    private let arguments: String
    /// Of the quote behind it.
    let end: Int

    static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") }

    /// Reads from a quote on; `nil` where none begins there that is to be completed.
    init?(_ bytes: ArraySlice<UInt8>) {
        let quote = bytes[bytes.startIndex]
        var rest = bytes.dropFirst()
        guard rest.starts(with: Self.program) else { return nil }
        rest = rest.dropFirst(Self.program.count)
        let name = Self.names.first { name in
            rest.starts(with: name) && [quote, UInt8(ascii: " ")].contains(rest.dropFirst(name.count).first)
        }
        guard let name else { return nil }
        rest = rest.dropFirst(name.count)
        let arguments = rest
        while rest.first == UInt8(ascii: " ") {
            rest = rest.dropFirst()
            let word = rest.prefix { Self.isPlain($0) }
            rest = rest[word.endIndex...]
            // A word in quotes is one of the command's, as `quotedForShell` writes it where there is no quote in it.
            if word.isEmpty {
                guard rest.first == UInt8(ascii: "'") else { return nil }
                let quoted = rest.dropFirst().prefix { !Self.isQuote($0) && $0 != UInt8(ascii: "\n") }
                guard !quoted.isEmpty, quoted.endIndex < rest.endIndex, rest[quoted.endIndex] == UInt8(ascii: "'") else { return nil }
                rest = rest[(quoted.endIndex + 1)...]
            }
        }
        // What is to be typed elsewhere is not about this run's files.
        guard rest.first == quote, !rest.dropFirst().starts(with: Self.elsewhere) else { return nil }
        end = rest.startIndex
        self.name = String(decoding: name, as: UTF8.self)
        self.arguments = String(decoding: arguments[..<end], as: UTF8.self)
        // A saved plan knows where it belongs.
        if self.name == "apply", !self.arguments.isEmpty, !self.arguments.hasPrefix(" --") { return nil }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_.,:/=[]@%+-".utf8.contains(byte)
        }
    }

    /// Whether an option is to be added: the command takes it, and has it not, be it with another value. A state that it names is the one that
    /// it is about, and nothing else is needed to find that.
    func lacks(_ word: String) -> Bool {
        let namesState = arguments.contains(" --state ")
        let isOfFiles = ["-f ", "--allow-empty", "--state "].contains { word.hasPrefix($0) }
        if arguments.contains(word) || word.hasPrefix("--state ") && namesState { return false }
        if Self.withoutCloud.contains(where: { name.hasPrefix($0) }) { return !namesState && (isOfFiles || word == "--sandbox") }
        return switch name {
        case "sandbox reset": isOfFiles
        case "doctor": !isOfFiles
        default: true
        }
    }
}

import SnapkeepCore

// What is wrong with a text, in words: one place for the rules of `TextProblem`.
extension Diagnostic {
    static func badText(_ field: String, _ problem: TextProblem, _ text: Event, at range: SourceRange) -> Diagnostic {
        if text.style == .block, problem == .outerBlank || problem == .lineBreak, text.text.contains(0x0A) {
            return blockText(field, text, at: range)
        }
        return Diagnostic(
            .error, code: problem.code, "'\(field)' \(problem.words)", at: .range(range), help: problem.help(for: text.string))
    }

    /// `|` and `>` end in a line break, which is easily overlooked.
    private static func blockText(_ field: String, _ text: Event, at range: SourceRange) -> Diagnostic {
        let isOneLine = text.text.dropLast().allSatisfy { $0 != 0x0A }
        return Diagnostic(
            .error, code: TextProblem.lineBreak.code, "'\(field)' \(isOneLine ? "ends in a line break" : "has a line break in it")",
            at: .range(range), help: "write '>-', which joins the lines and drops the last break")
    }

    static func badMetadataKey(_ key: String, _ problem: TextProblem, at range: SourceRange) -> Diagnostic {
        let help =
            if case .badCharacter = problem {
                "use letters, digits, '_', '.', ':' and '-' only; clouds differ on all others"
            } else {
                problem.help(for: key)
            }
        return Diagnostic(.error, code: problem.code, "metadata key \(key.quoted) \(problem.words)", at: .range(range), help: help)
    }
}

extension Diagnostic {
    static func badVolumeName(_ name: String, _ problem: TextProblem, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: problem.code, "volume name \(name.quoted) \(problem.words)", at: .range(range), help: problem.help(for: name))
    }
}

extension Diagnostic {
    /// The name of a rotation's snapshot, once it is filled in.
    static func badFilledName(_ problem: TextProblem, _ key: RotationKey, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: problem.code,
            "the name \(problem.words) once it is filled in for volume \(key.volume.quoted) and period '\(key.period)'",
            at: .range(range), help: problem.help(for: ""))
    }
}

extension TextProblem {
    fileprivate var code: String {
        switch self {
        case .empty: "text-empty"
        case .tooLong: "text-too-long"
        case .outerBlank: "text-outer-blank"
        case .controlCharacter: "text-control-character"
        case .lineBreak: "text-line-break"
        case .outsideBasicPlane: "text-outside-basic-plane"
        case .reservedPrefix: "text-reserved-prefix"
        case .badCharacter: "text-bad-character"
        }
    }

    /// The predicate of a sentence whose subject is the text.
    fileprivate var words: String {
        switch self {
        case .empty: "is empty"
        case .tooLong(let limit, let found, let unit): "is \(found) \(unit.rawValue) long, over the limit of \(limit)"
        case .outerBlank: "starts or ends with a blank"
        case .controlCharacter: "has a control character in it"
        case .lineBreak: "has a line break in it"
        case .outsideBasicPlane: "has a character outside the Basic Multilingual Plane"
        case .reservedPrefix(let prefix): "starts with '\(prefix)', which is reserved"
        case .badCharacter(let scalar): "has the character \(String(Character(scalar)).quoted) in it"
        }
    }

    fileprivate func help(for text: String) -> String? {
        switch self {
        case .empty: "write a text, or remove the line"
        case .tooLong(_, _, .bytes) where text.utf8.count != text.unicodeScalars.count:
            "shorten it; a character outside ASCII takes 2 to 4 bytes"
        case .tooLong: "shorten it"
        case .outerBlank: "remove the blank: clouds strip it, so that the text would differ at every run"
        case .controlCharacter: "remove the escape that writes it"
        case .lineBreak: "write it on one line"
        case .outsideBasicPlane: "remove \(text.firstOutsideBasicPlane ?? "it"): some clouds cannot store such characters in descriptions"
        case .reservedPrefix("autobk_snapshot_"): "choose another name; this prefix belongs to the cloud's backup service"
        case .reservedPrefix("snapkeep."): "choose another key; these mark what snapkeep made"
        case .reservedPrefix: "choose another key; these belong to the cloud"
        case .badCharacter: nil
        }
    }
}

extension String {
    fileprivate var firstOutsideBasicPlane: String? { unicodeScalars.first { $0.value > 0xFFFF }.map { String(Character($0)).quoted } }
}

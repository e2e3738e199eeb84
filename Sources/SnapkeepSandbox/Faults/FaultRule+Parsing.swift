extension FaultRule {
    /// Why a text is no fault rule.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        /// The whole rule as typed.
        public let rule: String
        /// What is wrong with it.
        public let reason: String

        /// The rule and the reason in one clause.
        public var description: String { "fault rule '\(rule)': \(reason)" }
    }

    /// The rule that `text` describes; see ``FaultRule`` for the form.
    ///
    /// - Throws: ``ParseError``, which names the word that is wrong.
    public init(parsing text: String) throws {
        func fault(_ reason: String) -> ParseError { ParseError(rule: text, reason: reason) }

        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 4 else {
            throw fault("expected four words, METHOD PATHPART WHEN KIND, found \(words.count)")
        }
        guard words[0] == "*" || Self.methods.contains(words[0].uppercased()) else {
            throw fault("'\(words[0])' is not a method; expected \(Self.methods.joined(separator: ", ")) or *")
        }
        guard let when = When(words[2]) else {
            throw fault("'\(words[2])' does not say when; expected 3, 2-5, 4-, every:3 or always")
        }
        guard let kind = Kind(words[3]) else {
            throw fault(
                "'\(words[3])' is not a kind of fault; expected a status (429, 429=2, 500-after, 403/EVS.2144), cut-before, cut-after, "
                    + "cut-middle, late=SECONDS, slow=SECONDS, slow-after=SECONDS, wrong-json, torn-json, html, html-after, html=STATUS, "
                    + "bare=STATUS (each also -after), twice, list-endless, list-circle, list-rows=N or list-arrays=N")
        }
        self.init(
            method: words[0] == "*" ? nil : words[0].uppercased(), pathPart: words[1] == "*" ? nil : words[1], when: when, kind: kind)
    }

    private static let methods = ["GET", "POST", "PUT", "DELETE"]
}

extension FaultRule.When {
    init?(_ word: String) {
        if word == "always" {
            self = .range(from: 1, to: nil)
        } else if word.hasPrefix("every:") {
            guard let step = Self.positive(word.dropFirst(6)) else { return nil }
            self = .every(step)
        } else if let number = Self.positive(word[...]) {
            self = .range(from: number, to: number)
        } else {
            let ends = word.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let from = Self.positive(ends[0]) else { return nil }
            if ends[1].isEmpty {
                self = .range(from: from, to: nil)
                return
            }
            guard let to = Self.positive(ends[1]), to >= from else { return nil }
            self = .range(from: from, to: to)
        }
    }

    private static func positive(_ text: Substring) -> Int? {
        guard let number = plainInteger(text), number > 0 else { return nil }
        return number
    }
}

extension FaultRule.Kind {
    init?(_ word: String) {
        let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let argument = halves.count > 1 ? halves[1] : nil
        switch (halves[0], argument) {
        case ("cut-before", nil): self = .cut(acts: false)
        case ("cut-after", nil): self = .cut(acts: true)
        case ("cut-middle", nil): self = .cutMiddle
        case ("wrong-json", nil): self = .wrongJSON
        case ("torn-json", nil): self = .tornJSON
        case ("html", nil): self = .html(acts: false)
        case ("html-after", nil): self = .html(acts: true)
        case ("html", let status?):
            guard let (status, acts) = Self.statusAndTime(status) else { return nil }
            self = .page(status, acts: acts)
        case ("bare", let status?):
            guard let (status, acts) = Self.statusAndTime(status) else { return nil }
            self = .bare(status, acts: acts)
        case ("twice", nil): self = .twice
        case ("list-endless", nil): self = .list(.endless)
        case ("list-circle", nil): self = .list(.circle)
        case ("list-rows", let count?):
            guard let count = plainInteger(count) else { return nil }
            self = .list(.rows(count))
        case ("list-arrays", let count?):
            guard let count = plainInteger(count) else { return nil }
            self = .list(.arrays(count))
        case ("slow", let seconds?):
            guard let delay = Duration(seconds: seconds) else { return nil }
            self = .slow(delay)
        case ("slow-after", let seconds?):
            guard let delay = Duration(seconds: seconds) else { return nil }
            self = .slowAfter(delay)
        case ("late", let seconds?):
            guard let delay = Duration(seconds: seconds) else { return nil }
            self = .late(delay)
        default:
            guard let status = Self.statusFault(halves[0], argument) else { return nil }
            self = status
        }
    }

    /// `403`, `403-after`: any status that has a body or may lack one.
    private static func statusAndTime(_ word: Substring) -> (status: Int, acts: Bool)? {
        let acts = word.hasSuffix("-after")
        guard let status = plainInteger(acts ? word.dropLast(6) : word), (200...599).contains(status) else { return nil }
        return (status, acts)
    }

    private static func statusFault(_ word: Substring, _ argument: Substring?) -> Self? {
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var number = parts[0]
        var acts = false
        if number.hasSuffix("-after") {
            acts = true
            number = number.dropLast(6)
        } else if number.hasSuffix("-before") {
            number = number.dropLast(7)
        }
        guard let status = plainInteger(number), (400...599).contains(status) else { return nil }
        let code = parts.count > 1 ? String(parts[1]) : nil
        guard code != "" else { return nil }
        guard let argument else { return .status(status, retryAfter: nil, code: code, acts: acts) }
        guard let seconds = plainInteger(argument) else { return nil }
        return .status(status, retryAfter: seconds, code: code, acts: acts)
    }
}

/// The number that decimal digits alone write; no sign, no blank.
private func plainInteger(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
}

extension Duration {
    /// A duration written in seconds, with or without a fraction of up to six digits, such as `1.5`; at most nine digits before the point.
    init?(seconds text: some StringProtocol) {
        let parts = Substring(text).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].count <= 9, let whole = plainInteger(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self = .seconds(whole)
            return
        }
        guard parts[1].count <= 6, let fraction = plainInteger(parts[1]) else { return nil }
        var microseconds = fraction
        for _ in parts[1].count..<6 { microseconds *= 10 }
        self = .seconds(whole) + .microseconds(microseconds)
    }

    /// The whole microseconds of the duration.
    var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}

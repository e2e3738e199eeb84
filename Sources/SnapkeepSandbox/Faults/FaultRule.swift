/// One thing that goes wrong on purpose: which requests, which of them, and how.
///
/// Its text has four words, `METHOD PATHPART WHEN KIND`:
/// - METHOD: `GET`, `POST`, …, or `*`.
/// - PATHPART: a text that the path and query must contain, or `*`.
/// - WHEN: `3` (the third matching request), `2-5`, `4-` (from the fourth on), `every:3`, `always`.
/// - KIND: see ``Kind``.
///
/// Each rule counts the requests that match its first two words, from 1, whether or not another rule decided the answer.
public struct FaultRule: Sendable, Equatable {
    /// The method, or nil for any.
    public var method: String?
    /// The text in the path and query, or nil for any.
    public var pathPart: String?
    /// Which of the matching requests.
    public var when: When
    /// What happens to them.
    public var kind: Kind

    /// A rule from its parts.
    public init(method: String? = nil, pathPart: String? = nil, when: When, kind: Kind) {
        self.method = method
        self.pathPart = pathPart
        self.when = when
        self.kind = kind
    }

    /// Which of the matching requests a rule takes; the first is 1.
    public enum When: Sendable, Equatable {
        /// From the one to the other, both included; an open end when nil.
        case range(from: Int, to: Int?)
        /// Each whose number is a multiple.
        case every(Int)

        func includes(_ number: Int) -> Bool {
            switch self {
            case .range(let from, let to): number >= from && number <= (to ?? .max)
            case .every(let step): number % step == 0
            }
        }
    }

    /// What goes wrong. Before: the service does not see the request. After: it acts on it first.
    public enum Kind: Sendable, Equatable {
        /// `429`, `429=2`, `500-after`, `403/EVS.2144`: an error answer, with `Retry-After` in seconds, with the service's own code.
        case status(Int, retryAfter: Int?, code: String?, acts: Bool)
        /// `cut-before`, `cut-after`: the connection is closed without an answer.
        case cut(acts: Bool)
        /// `cut-middle`: acts, sends half of the answer's body, and closes.
        case cutMiddle
        /// `late=5`: closes the connection at once and acts only after that many seconds.
        case late(Duration)
        /// `slow=1.5`: waits, then acts and answers.
        case slow(Duration)
        /// `slow-after=1.5`: acts, then waits before it answers.
        case slowAfter(Duration)
        /// `wrong-json`: acts; the answer is JSON of a shape nobody expects.
        case wrongJSON
        /// `torn-json`: acts; the answer's text ends in the middle, though its length says it is whole.
        case tornJSON
        /// `html`, `html-after`: a proxy's page with status 502.
        case html(acts: Bool)
        /// `html=403`, `html=403-after`: a page of a proxy or a firewall with any other status.
        case page(Int, acts: Bool)
        /// `bare=401`, `bare=204-after`: a status and nothing else, from 200 on; a redirect names a place.
        case bare(Int, acts: Bool)
        /// `twice`: what stands before the service sends the request two times and passes the second answer on.
        case twice
        /// `list-endless`, `list-circle`, `list-rows=400000`, `list-arrays=20000000`: what comes instead of one page of a list.
        case list(FaultyList)
    }
}

/// Counts the matching requests of each rule. A value, kept by the store's actor.
struct FaultCounter {
    private var rules: [(rule: FaultRule, count: Int)]

    init(_ rules: [FaultRule]) {
        self.rules = rules.map { ($0, 0) }
    }

    /// Adds rules behind those that are there; their counts start at 0.
    mutating func add(_ more: [FaultRule]) {
        rules += more.map { ($0, 0) }
    }

    /// Counts the request and says what goes wrong with it.
    mutating func next(method: String, target: String) -> FaultRule.Kind? {
        var kind: FaultRule.Kind?
        for index in rules.indices where matches(rules[index].rule, method: method, target: target) {
            rules[index].count += 1
            if kind == nil, rules[index].rule.when.includes(rules[index].count) { kind = rules[index].rule.kind }
        }
        return kind
    }

    private func matches(_ rule: FaultRule, method: String, target: String) -> Bool {
        if let wanted = rule.method, wanted != method { return false }
        guard let part = rule.pathPart else { return true }
        return target.contains(part)
    }
}

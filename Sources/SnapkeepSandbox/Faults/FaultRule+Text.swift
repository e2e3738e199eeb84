extension FaultRule.Kind: CustomStringConvertible {
    /// The word that a rule has for it; read again, it gives the same.
    public var description: String {
        switch self {
        case .status(let status, let retryAfter, let code, let acts):
            "\(status)\(Self.after(acts))\(code.map { "/\($0)" } ?? "")\(retryAfter.map { "=\($0)" } ?? "")"
        case .cut(let acts): acts ? "cut-after" : "cut-before"
        case .cutMiddle: "cut-middle"
        case .late(let delay): "late=\(delay.secondsText)"
        case .slow(let delay): "slow=\(delay.secondsText)"
        case .slowAfter(let delay): "slow-after=\(delay.secondsText)"
        case .wrongJSON: "wrong-json"
        case .tornJSON: "torn-json"
        case .html(let acts): "html\(Self.after(acts))"
        case .page(let status, let acts): "html=\(status)\(Self.after(acts))"
        case .bare(let status, let acts): "bare=\(status)\(Self.after(acts))"
        case .twice: "twice"
        case .list(.endless): "list-endless"
        case .list(.circle): "list-circle"
        case .list(.rows(let count)): "list-rows=\(count)"
        case .list(.arrays(let count)): "list-arrays=\(count)"
        }
    }

    private static func after(_ acts: Bool) -> String { acts ? "-after" : "" }
}

extension Duration {
    /// The seconds, with a fraction where there is one: `1.5`.
    fileprivate var secondsText: String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        guard fraction > 0 else { return String(seconds) }
        var digits = String(1_000_000 + fraction).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(seconds).\(digits)"
    }
}

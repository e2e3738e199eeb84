import SnapkeepCore

/// A proxy, and what it asks for.
public struct ProxyServer: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How to speak to a proxy.
    public enum Kind: String, Hashable, Sendable {
        case http
        case socks5
    }

    public let kind: Kind
    public let host: String
    public let port: Int
    let user: String?
    let password: String?

    /// Reads `http://[user:password@]host:port`, `socks5://host:port`, or `host:port`.
    ///
    /// - Throws: `ProxyProblem`; it repeats nothing of the text, which may hold a password (P8).
    public init(_ text: String) throws(ProxyProblem) {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace || last == "/" { rest.removeLast() }
        var kind = Kind.http
        if let colon = rest.utf8.firstIndex(of: 0x3A), rest[colon...].hasPrefix("://") {
            switch rest[..<colon].lowercased() {
            case "http": kind = .http
            case "socks5", "socks5h": kind = .socks5
            default: throw .scheme
            }
            rest = rest[colon...].dropFirst(3)
        }
        var credentials: Substring?
        if let at = rest.lastIndex(of: "@") {
            credentials = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        // The rules for an address are those of an endpoint.
        guard !rest.contains("/"), let address = try? Endpoint.parse("http://\(rest)").endpoint else { throw .address }
        self.kind = kind
        host = address.host.hasPrefix("[") ? String(address.host.dropFirst().dropLast()) : address.host
        port = address.port ?? (kind == .socks5 ? 1080 : 80)
        guard let credentials else {
            (user, password) = (nil, nil)
            return
        }
        // The library's SOCKS client knows no log-in.
        if kind == .socks5 { throw .socksLogin }
        let parts = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = percentDecoded(parts[0]), let password = percentDecoded(parts.count > 1 ? parts[1] : "") else { throw .login }
        (self.user, self.password) = (user, password)
    }

    /// Without the log-in (P8).
    public var description: String { "\(kind.rawValue)://\(host):\(port)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text names no proxy.
public enum ProxyProblem: Error, Hashable, Sendable {
    case scheme
    case address
    case login
    case socksLogin

    /// The mistake in one clause, without a full stop.
    public var message: String {
        switch self {
        case .scheme: "the proxy's scheme is not http or socks5"
        case .address: "the proxy has no usable address"
        case .login: "the proxy's user or password has a broken '%' escape"
        case .socksLogin: "a log-in at a SOCKS proxy is not supported"
        }
    }
}

/// Which requests go through a proxy.
public struct ProxyRules: Hashable, Sendable {
    /// For `http` and for `https` endpoints.
    public var http: ProxyServer?
    public var https: ProxyServer?
    /// Hosts that are reached directly, as the list of `no_proxy` names them.
    public var exceptions: [String]

    /// No proxy at all.
    public static let none = ProxyRules()

    /// - Parameter exceptions: a comma-separated list: `*`, names that also stand for what is below them (`example.com`,
    ///   `.example.com`), addresses, blocks (`10.0.0.0/8`), each with or without a port.
    public init(http: ProxyServer? = nil, https: ProxyServer? = nil, exceptions: String = "") {
        self.http = http
        self.https = https
        self.exceptions = exceptions.split { $0 == "," || $0.isWhitespace }.map { $0.lowercased() }
    }

    /// The proxy for an endpoint; `nil` for the direct way.
    public func proxy(for endpoint: Endpoint) -> ProxyServer? {
        guard let proxy = endpoint.scheme == .http ? http : https else { return nil }
        let host = endpoint.host.hasPrefix("[") ? String(endpoint.host.dropFirst().dropLast()) : endpoint.host
        let port = endpoint.port ?? endpoint.scheme.defaultPort
        return exceptions.contains { Self.matches($0, host: host, port: port) } ? nil : proxy
    }

    private static func matches(_ exception: String, host: String, port: Int) -> Bool {
        if exception == "*" { return true }
        var name = exception[...]
        if name.hasPrefix("["), let end = name.lastIndex(of: "]") {
            if let wanted = portNumber(after: end, in: name), wanted != port { return false }
            name = name[name.index(after: name.startIndex)..<end]
        } else if name.count(where: { $0 == ":" }) == 1, let colon = name.firstIndex(of: ":") {
            guard portNumber(after: name.index(before: colon), in: name) == port else { return false }
            name = name[..<colon]
        }
        if let address = ipv4(host[...]) {
            if let slash = name.firstIndex(of: "/"), let network = ipv4(name[..<slash]), let bits = Int(name[name.index(after: slash)...]) {
                guard (0...32).contains(bits) else { return false }
                let mask: UInt32 = bits == 0 ? 0 : ~0 << (32 - UInt32(bits))
                return address & mask == network & mask
            }
            return name == host
        }
        while name.first == "." || name.hasPrefix("*.") { name = name.dropFirst() }
        return !name.isEmpty && (name == host || host.hasSuffix("." + name))
    }

    private static func portNumber(after index: Substring.Index, in text: Substring) -> Int? {
        let rest = text[text.index(after: index)...]
        return rest.first == ":" ? Int(rest.dropFirst()) : nil
    }

    private static func ipv4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part) else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }
}

/// Where a state lives in an etcd cluster: `etcd://host[:2379][,host2[:port],…]/prefix`, or `etcds://…` with TLS.
///
/// Several hosts are members of one cluster. The prefix is the part of the cluster's keys that belongs to this state alone. Neither a user
/// nor a password has a place here: an address stands in manifests, plans, messages and process lists (P8).
public struct EtcdAddress: Hashable, Sendable, CustomStringConvertible {
    /// Whether the members are spoken to over TLS.
    public let isSecure: Bool
    /// Each `host:port`, in the order in which they are tried; an IPv6 address stands in its brackets. No host comes twice.
    public let hosts: [String]
    /// Begins with a slash and does not end with one. Every key of the state is this text, a slash, and more.
    public let prefix: String

    /// The port that etcd serves its clients on where none is named.
    static let defaultPort = 2379
    /// The most members that are taken; clusters have 3 to 7.
    static let hostLimit = 32
    /// The longest prefix, in bytes.
    static let prefixLimit = 512

    /// Reads what stands behind `etcd://` or `etcds://`.
    ///
    /// - Throws: `EtcdAddressProblem` for the first rule that the text breaks; it quotes nothing that may be a password.
    public init(_ text: some StringProtocol, isSecure: Bool) throws(EtcdAddressProblem) {
        // Looked for first, and in all of the text: a password may hold a slash.
        if text.contains("@") { throw .userInformation }
        if text.contains("?") || text.contains("#") { throw .query }
        let authority = text.prefix { $0 != "/" }
        let hosts = try authority.split(separator: ",", omittingEmptySubsequences: false).map { member throws(EtcdAddressProblem) in
            try Self.member(String(member))
        }
        if hosts.count > Self.hostLimit { throw .tooManyHosts }
        var known: Set<String> = []
        self.isSecure = isSecure
        self.hosts = hosts.filter { known.insert($0).inserted }
        prefix = try Self.prefix(String(text.dropFirst(authority.count)))
    }

    /// The whole address; equal addresses have equal texts.
    public var text: String { "\(isSecure ? "etcds" : "etcd")://\(hosts.joined(separator: ","))\(prefix)" }
    public var description: String { text }

    private static func member(_ text: String) throws(EtcdAddressProblem) -> String {
        var host = text
        var port = defaultPort
        let bracket = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[bracket...].lastIndex(of: ":") {
            host = String(text[..<colon])
            let digits = text[text.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits), (1...65_535).contains(number) else {
                throw .port
            }
            port = number
        }
        guard isHost(host) else { throw .host }
        return "\(host.lowercased()):\(port)"
    }

    private static func isHost(_ host: String) -> Bool {
        if host.hasPrefix("[") {
            let inside = host.dropFirst().dropLast()
            return host.hasSuffix("]") && inside.utf8.count > 1
                && inside.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte) || byte == 0x3A
                        || byte == 0x2E
                }
        }
        guard (1...253).contains(host.utf8.count), host.first != ".", host.first != "-", !host.contains("..") else { return false }
        return host.utf8.allSatisfy { isPlain($0) && $0 != 0x7E && $0 != 0x5F }
    }

    private static func prefix(_ path: String) throws(EtcdAddressProblem) -> String {
        let segments = path.split(separator: "/")
        if segments.isEmpty { throw .noPrefix }
        guard segments.allSatisfy({ $0 != "." && $0 != ".." && $0.utf8.allSatisfy(isPlain) }) else { throw .prefix }
        if segments.contains(where: { EtcdLayout.folders.contains(String($0)) }) { throw .reserved }
        let prefix = "/" + segments.joined(separator: "/")
        if prefix.utf8.count > prefixLimit { throw .longPrefix }
        return prefix
    }

    /// Letters, digits and `-._~`: what means the same in a URL, in a shell and in a key.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
    }
}

/// What is wrong with an address of etcd.
public enum EtcdAddressProblem: Error, Hashable, Sendable, CaseIterable {
    case userInformation
    case query
    case host
    case port
    case tooManyHosts
    case noPrefix
    case prefix
    case longPrefix
    /// A part of it is one under which another state would take the keys for its own.
    case reserved

    /// The mistake and its remedy in one clause, without a full stop.
    public var message: String {
        switch self {
        case .userInformation:
            "an address holds no user and no password: set SNAPKEEP_ETCD_USER and SNAPKEEP_ETCD_PASSWORD in the environment"
        case .query: "an address of etcd has neither '?' nor '#'"
        case .host: "a host is a name or an IP address, IPv6 in brackets: etcd://host:2379,[::1]:2379/prefix"
        case .port: "a port is a number from 1 to 65535"
        case .tooManyHosts: "an address names at most \(EtcdAddress.hostLimit) hosts"
        case .noPrefix: "the prefix is missing, under which this state's keys stand: etcd://host:2379/snapkeep/payments-prod"
        case .prefix: "a prefix is made of letters, digits, '-', '.', '_' and '~', with slashes in between"
        case .reserved:
            "no part of a prefix is \(EtcdLayout.folders.map { "'\($0)'" }.joined(separator: ", ")): a state keeps its own keys under these names"
        case .longPrefix: "a prefix has at most \(EtcdAddress.prefixLimit) bytes"
        }
    }
}

public import SnapkeepCore

/// Where a block-storage service is reached: `https://host[:port]/path/v3`, without its project.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// The two ways to speak HTTP.
    public enum Scheme: String, Hashable, Sendable {
        case http
        case https

        var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// The dialects of the Cinder API that this client speaks (CloudAPI#dialects).
    public enum Version: String, Hashable, Sendable {
        case v2
        case v3
    }

    public let scheme: Scheme
    /// Lower case; an IPv6 address stands in its brackets.
    public let host: String
    /// `nil` for the scheme's own port.
    public let port: Int?
    /// What stands before the version: empty, or segments that each begin with a slash (`/volume`).
    public let prefix: String
    public let version: Version

    /// The text kept in the state: equal endpoints have equal texts.
    public var text: String { "\(scheme.rawValue)://\(authority)\(prefix)/\(version.rawValue)" }

    public var description: String { text }

    /// `host[:port]`, exactly as the `Host` field says it.
    public var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// Whether what is sent stays inside this machine: `localhost`, `127.…` or `[::1]`.
    public var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether a token would cross a network in clear text; worth a warning.
    public var exposesCredentials: Bool { scheme == .http && !isLoopback }

    /// Reads a URL with or without its version and project part (`/v2`, `/v3`, `/v2/{project_id}`); v3 when it names none.
    ///
    /// - Returns: the endpoint and the project that the URL names, if it does.
    /// - Throws: `EndpointProblem` for the first rule that the text breaks.
    public static func parse(_ text: String) throws(EndpointProblem) -> (endpoint: Endpoint, projectID: ProjectID?) {
        var reader = EndpointReader(text)
        return try reader.read()
    }
}

/// Takes the parts of a URL from left to right.
struct EndpointReader {
    private var rest: Substring

    init(_ text: String) {
        rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
    }

    mutating func read() throws(EndpointProblem) -> (endpoint: Endpoint, projectID: ProjectID?) {
        if rest.isEmpty { throw .empty }
        let scheme = try takeScheme()
        if rest.contains("?") { throw .query }
        if rest.contains("#") { throw .fragment }
        let authority = rest.prefix { $0 != "/" }
        rest = rest.dropFirst(authority.count)
        // Checked before anything is quoted back: what stands before the sign may be a password (P8).
        if authority.contains("@") { throw .userInformation }
        let (host, port) = try Self.splitAuthority(authority, scheme)
        let (prefix, version, projectID) = try Self.splitPath(rest)
        return (Endpoint(scheme: scheme, host: host, port: port, prefix: prefix, version: version), projectID)
    }

    private mutating func takeScheme() throws(EndpointProblem) -> Endpoint.Scheme {
        guard let colon = rest.range(of: "://") else { throw .noScheme }
        let word = rest[..<colon.lowerBound]
        guard word.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }) else { throw .noScheme }
        guard let scheme = Endpoint.Scheme(rawValue: word.lowercased()) else { throw .scheme(String(word)) }
        rest = rest[colon.upperBound...]
        return scheme
    }

    private static func splitAuthority(_ text: Substring, _ scheme: Endpoint.Scheme) throws(EndpointProblem) -> (String, Int?) {
        var host = text
        var port: Int?
        let afterBracket = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[afterBracket...].lastIndex(of: ":") {
            host = text[..<colon]
            let digits = text[text.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits), (1...65_535).contains(number) else {
                throw .port(String(digits))
            }
            port = number == scheme.defaultPort ? nil : number
        }
        guard isHost(host) else { throw .host(String(host)) }
        return (host.lowercased(), port)
    }

    private static func isHost(_ host: Substring) -> Bool {
        if host.first == "[" {
            guard host.last == "]", host.utf8.count > 4 else { return false }
            return host.dropFirst().dropLast().utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte) || byte == 0x3A || byte == 0x2E
            }
        }
        guard (1...253).contains(host.utf8.count), host.first != ".", host.first != "-" else { return false }
        return !host.contains("..") && host.utf8.allSatisfy { isUnreserved($0) && $0 != 0x7E }
    }

    private static func splitPath(
        _ path: Substring
    ) throws(EndpointProblem) -> (prefix: String, version: Endpoint.Version, projectID: ProjectID?) {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        while segments.last == "" { segments.removeLast() }
        for segment in segments where segment.isEmpty || !segment.utf8.allSatisfy(isUnreserved) || segment == "." || segment == ".." {
            throw .path(String(segment))
        }
        guard let position = segments.lastIndex(where: isVersionLike) else {
            return (joined(segments), .v3, nil)
        }
        guard let version = Endpoint.Version(rawValue: segments[position].lowercased()) else {
            throw .version(String(segments[position]))
        }
        let after = segments[(position + 1)...]
        if after.count > 1 { throw .afterProject(String(after[after.startIndex + 1])) }
        var projectID: ProjectID?
        if let text = after.first {
            guard let id = ProjectID(text) else { throw .path(String(text)) }
            projectID = id
        }
        return (joined(segments[..<position]), version, projectID)
    }

    private static func joined(_ segments: ArraySlice<Substring>) -> String { segments.map { "/" + $0 }.joined() }

    /// `v3`, `V2`, `v2.0`, `v1`: a version of some API, if not of ours.
    private static func isVersionLike(_ segment: Substring) -> Bool {
        guard let first = segment.first, first == "v" || first == "V", segment.count >= 2, segment.dropFirst().first != "." else {
            return false
        }
        return segment.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }
}

extension Substring {
    /// The first place of a short text.
    fileprivate func range(of needle: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}

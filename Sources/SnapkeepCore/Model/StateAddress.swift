/// Where a state lives: a file, or a service that the runs of several machines share.
///
/// ```
/// snapkeep.state.json   ../prod/state.json   etcd://10.0.0.1:2379,10.0.0.2/snapkeep/prod   https://gitlab.example.com/…/terraform/state/prod
/// ```
/// A user and a password are taken where the environment gives the address, and never shown.
public enum StateAddress: Hashable, Sendable, CustomStringConvertible {
    /// A path, as it was written.
    case file(String)
    case service(Service)

    /// How a service is spoken to.
    public enum Scheme: String, CaseIterable, Sendable {
        case etcd, etcds, http, https

        /// Whether it is one of etcd's: then the path is a prefix of keys, and there may be several hosts.
        public var isEtcd: Bool { self == .etcd || self == .etcds }
        /// Whether what is sent is encrypted.
        public var isEncrypted: Bool { self == .etcds || self == .https }
        /// The port where none is given.
        public var defaultPort: Int {
            switch self {
            case .etcd, .etcds: 2379
            case .http: 80
            case .https: 443
            }
        }
    }

    /// One machine of a service.
    public struct Host: Hashable, Sendable, CustomStringConvertible {
        /// A name or an address; one of IPv6 without its brackets.
        public var name: String
        /// `nil`: the scheme's.
        public var port: Int?

        /// A host of its parts.
        public init(name: String, port: Int? = nil) {
            self.name = name
            self.port = port
        }

        public var description: String { (name.contains(":") ? "[\(name)]" : name) + (port.map { ":\($0)" } ?? "") }

        /// Whether it is this machine.
        public var isLoopback: Bool {
            if name == "localhost" || name == "::1" { return true }
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    /// A user and a password. Neither is ever part of a text, also not by accident.
    public struct Login: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
        public var user: String
        public var password: String

        /// A login of its parts.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }

        public var description: String { "***" }
        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// A place in a service.
    public struct Service: Hashable, Sendable, CustomStringConvertible {
        public var scheme: Scheme
        /// At least one; more than one only of etcd.
        public var hosts: [Host]
        /// From its slash on, as it was written; a prefix of etcd's has at least one character behind the slash, and none at its end.
        public var path: String
        /// From the environment only.
        public var login: Login?

        /// A place of its parts.
        public init(scheme: Scheme, hosts: [Host], path: String, login: Login? = nil) {
            self.scheme = scheme
            self.hosts = hosts
            self.path = path
            self.login = login
        }

        /// The URL without user and password.
        public var description: String { "\(scheme.rawValue)://\(hosts.map(\.description).joined(separator: ","))\(path)" }
        /// Whether both lead to one place: one of them may name the port that the other leaves out, or end with a slash, and either may
        /// have a login.
        public func isSamePlace(as other: Service) -> Bool {
            func place(_ service: Service) -> [String] {
                let hosts = service.hosts.map { Host(name: $0.name, port: $0.port ?? service.scheme.defaultPort).description }
                let path = service.path[
                    ..<(service.path.lastIndex { $0 != "/" }.map { service.path.index(after: $0) } ?? service.path.startIndex)]
                return [service.scheme.rawValue, String(path)] + hosts
            }
            return place(self) == place(other)
        }

        /// The same place with TLS where it is without, and the other way round.
        package var withOtherScheme: Service {
            var other = self
            other.scheme =
                switch scheme {
                case .etcd: .etcds
                case .etcds: .etcd
                case .http: .https
                case .https: .http
                }
            return other
        }

        /// Whether whoever sits between this machine and the service could read what is sent.
        public var isInTheClear: Bool { !scheme.isEncrypted && !hosts.allSatisfy(\.isLoopback) }
    }

    /// The service that a state's place, as messages name it, is in; `nil` for a file.
    package static func service(at place: String) -> Service? { if case .service(let service)? = try? Self(place) { service } else { nil } }

    /// As messages name it: without user and password.
    public var description: String {
        switch self {
        case .file(let path): path
        case .service(let service): service.description
        }
    }

    /// Reads an address.
    ///
    /// - Parameter allowsLogin: whether a user and a password may stand in it: where others cannot read it.
    /// - Throws: what is wrong with it; nothing of a URL that holds a password is in that.
    public init(_ text: String, allowsLogin: Bool = false) throws(StateAddressProblem) {
        if text.isEmpty { throw .empty }
        if text.utf8.contains(0) { throw .controlCharacter }
        guard let colon = text.firstIndex(of: ":") else {
            self = .file(text)
            return
        }
        if text.contains("://"), text.first?.isWhitespace == true || text.last?.isWhitespace == true { throw .surroundingBlank }
        let name = text[..<colon].lowercased()
        let rest = text[text.index(after: colon)...]
        let scheme = Scheme(rawValue: name)
        guard rest.hasPrefix("//") else {
            if scheme != nil { throw .noSlashes(name) }
            if rest.wholeMatch(of: /[0-9]{2,5}\/.*/) != nil { throw .noScheme }
            self = .file(text)
            return
        }
        let isScheme = !name.isEmpty && name.utf8.allSatisfy { Self.isLetterOrDigit($0) || "+.-".utf8.contains($0) }
        guard let scheme else {
            throw .unknownScheme(isScheme ? name : "", suggestion: NearMiss.suggestion(for: name, among: Scheme.allCases.map(\.rawValue)))
        }
        self = .service(try Service(scheme, rest.dropFirst(2), allowsLogin: allowsLogin))
    }

    fileprivate static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

/// Why a text is no address of a state.
public enum StateAddressProblem: Error, Hashable, Sendable {
    case empty
    /// A zero, which no path can hold.
    case controlCharacter
    /// A known scheme without `//` behind it.
    case noSlashes(String)
    /// A host with its port, and a path.
    case noScheme
    case surroundingBlank
    /// Empty where it cannot be a scheme at all.
    case unknownScheme(String, suggestion: String?)
    /// A user or a password where others may read it.
    case login
    /// A user or a password that is not percent-encoded UTF-8.
    case badLogin
    /// A `?` or a `#`: what stands behind it may be a secret.
    case query
    case noHost
    case badHost
    case severalHosts
    case badPort
    /// Something else than printable ASCII without blanks in the path, or in a prefix of etcd.
    case badPath
    case badPrefix
    /// Of etcd: no prefix for the keys.
    case noPrefix
}

extension StateAddress.Service {
    fileprivate init(_ scheme: StateAddress.Scheme, _ rest: Substring, allowsLogin: Bool) throws(StateAddressProblem) {
        self.scheme = scheme
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var authority = rest[..<slash]
        // First, so that no other finding tells of it. A password with a slash in it ends the authority early: then the sign stands behind.
        if let at = authority.lastIndex(of: "@") {
            guard allowsLogin else { throw .login }
            login = try StateAddress.Login(authority[..<at])
            authority = authority[authority.index(after: at)...]
        } else if rest[slash...].contains("@") {
            throw allowsLogin ? .badLogin : .login
        }
        if rest[slash...].contains(where: { $0 == "?" || $0 == "#" }) { throw .query }
        if authority.isEmpty { throw .noHost }
        hosts = []
        for part in authority.split(separator: ",", omittingEmptySubsequences: false) { hosts.append(try StateAddress.Host(part)) }
        if hosts.count > 1, !scheme.isEtcd { throw .severalHosts }
        var path = rest[slash...]
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw scheme.isEtcd ? .badPrefix : .badPath }
        if scheme.isEtcd {
            while path.hasSuffix("/") { path.removeLast() }
            if path.isEmpty { throw .noPrefix }
        }
        self.path = path.isEmpty ? "/" : String(path)
    }
}

extension StateAddress.Host {
    fileprivate init(_ text: Substring) throws(StateAddressProblem) {
        var rest = text
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { throw .badHost }
            name = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard name.contains(":"), name.utf8.allSatisfy({ Hexadecimal.value($0) != nil || ":.".utf8.contains($0) }) else {
                throw .badHost
            }
        } else {
            let colon = rest.firstIndex(of: ":") ?? rest.endIndex
            name = rest[..<colon].lowercased()
            rest = rest[colon...]
            guard !name.isEmpty, name.utf8.allSatisfy({ StateAddress.isLetterOrDigit($0) || ".-_".utf8.contains($0) }) else {
                throw .badHost
            }
        }
        if rest.isEmpty { return }
        guard rest.hasPrefix(":"), rest.utf8.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(rest.dropFirst()), (1...65_535).contains(number)
        else { throw .badPort }
        port = number
    }
}

extension StateAddress.Login {
    /// - Parameter text: `user:password`, each percent-encoded.
    fileprivate init(_ text: Substring) throws(StateAddressProblem) {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        user = try Self.decoded(text[..<colon])
        password = try Self.decoded(text[colon...].dropFirst())
    }

    private static func decoded(_ text: Substring) throws(StateAddressProblem) -> String {
        guard let decoded = percentDecoded(text), !decoded.unicodeScalars.contains(where: { $0.value < 0x20 }) else { throw .badLogin }
        return decoded
    }
}

// Wording: Contributing#wording-of-findings. It stands here because the manifest's reader and the commands both tell of it.
extension StateAddressProblem {
    /// What is wrong, as the end of a sentence about the address.
    package var words: String {
        switch self {
        case .empty: "is empty"
        case .controlCharacter: "holds a zero character"
        case .noSlashes(let scheme): "begins with '\(scheme):' and lacks the '//' behind it"
        case .noScheme: "is no path, as it seems, and the address of a service without its scheme"
        case .surroundingBlank: "is a URL with a blank in front of it or behind it"
        case .unknownScheme("", _): "is no URL and no path: it has a '://'"
        case .unknownScheme(let scheme, _): "is a URL, and no store is known for '\(scheme)://'"
        case .login: "is a URL with a user or a password in it, which others can read here"
        case .badLogin: "is a URL whose user or password is not percent-encoded"
        case .query: "is a URL with a '?' or a '#' in it, behind which a secret may stand"
        case .noHost: "is a URL without a host"
        case .badHost: "is a URL whose host is no name and no address"
        case .severalHosts: "is a URL with several hosts, which only etcd has"
        case .badPort: "is a URL whose port is no number from 1 to 65535"
        case .badPath: "is a URL with blanks or other than ASCII characters in its path"
        case .badPrefix: "is a URL of etcd with blanks or other than ASCII characters in its prefix"
        case .noPrefix: "is a URL of etcd without a prefix for the keys"
        }
    }

    /// What to do about it.
    package var help: String {
        switch self {
        case .empty, .controlCharacter: "write the path of a file, or a URL such as 'etcd://HOST:2379/snapkeep/prod'"
        case .noSlashes(let scheme): "write '\(scheme)://HOST/…', or './\(scheme):…' for a file of that name"
        case .noScheme: "write 'etcd://HOST:PORT/…', or './…' in front of a file of that name"
        case .surroundingBlank: "take the blank out"
        case .unknownScheme(_, let suggestion?): "did you mean '\(suggestion)://'?"
        case .unknownScheme(_, nil): "write a path, or a URL that begins with etcd://, etcds://, https:// or http://"
        case .login: "take them out here, and set SNAPKEEP_STATE to the whole URL in the environment of the run"
        case .badLogin: "write each of their special characters as '%' and two hexadecimal digits: '@' is '%40', '/' is '%2F'"
        case .query: "name the state by its path alone; a user and a password belong into the environment"
        case .noHost, .badHost, .badPort: "write 'SCHEME://HOST:PORT/PATH'; an IPv6 address stands in brackets"
        case .severalHosts: "name one host"
        case .badPath: "write such characters as '%' and two hexadecimal digits for each byte"
        case .badPrefix: "take them out: a prefix is made of letters, digits, '-', '.', '_' and '~', with slashes in between"
        case .noPrefix: "add one, such as '/snapkeep/prod': all keys of the state begin with it"
        }
    }
}

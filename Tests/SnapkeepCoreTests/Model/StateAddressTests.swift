import SnapkeepCore
import Testing

@Suite struct StateAddressTests {
    struct Good: Sendable, CustomTestStringConvertible {
        let text: String
        var shown: String?
        let address: StateAddress
        var testDescription: String { text }

        init(_ text: String, shown: String? = nil, _ address: StateAddress) {
            self.text = text
            self.shown = shown
            self.address = address
        }
    }

    private static func service(
        _ scheme: StateAddress.Scheme, _ hosts: [(String, Int?)], _ path: String, _ login: StateAddress.Login? = nil
    ) -> StateAddress {
        .service(.init(scheme: scheme, hosts: hosts.map { .init(name: $0.0, port: $0.1) }, path: path, login: login))
    }

    static let good: [Good] = [
        // What is no URL is a path, as it is written.
        Good("snapkeep.state.json", .file("snapkeep.state.json")), Good("../a b/ü:1.json", .file("../a b/ü:1.json")),
        Good("a:b://c", .file("a:b://c")), Good("./etcd:x", .file("./etcd:x")),
        // Several hosts are etcd's; the slash at a prefix's end says nothing.
        Good(
            "etcd://10.0.0.1:2379,b.example,[::1]:1/snapkeep/prod",
            service(.etcd, [("10.0.0.1", 2379), ("b.example", nil), ("::1", 1)], "/snapkeep/prod")),
        Good("ETCDS://Host/p//", shown: "etcds://host/p", service(.etcds, [("host", nil)], "/p")),
        // Of HTTP the path is the server's own.
        Good(
            "https://gitlab.example.com/api/v4/projects/1/terraform/state/prod/",
            service(.https, [("gitlab.example.com", nil)], "/api/v4/projects/1/terraform/state/prod/")),
        Good("http://localhost:8080", shown: "http://localhost:8080/", service(.http, [("localhost", 8080)], "/")),
    ]

    @Test("An address is a path or a URL, and is shown as it was written", arguments: good)
    func addresses(_ good: Good) throws {
        let address = try StateAddress(good.text)
        #expect(address == good.address)
        #expect("\(address)" == good.shown ?? good.text)
        #expect(try StateAddress("\(address)") == address)
    }

    static let bad: [(String, StateAddressProblem)] = [
        ("", .empty), ("a\0b", .controlCharacter), ("etcd:host/p", .noSlashes("etcd")), ("https:/x", .noSlashes("https")),
        ("ectd://h/p", .unknownScheme("ectd", suggestion: "etcd")), ("s3://bucket/key", .unknownScheme("s3", suggestion: nil)),
        ("file:///x", .unknownScheme("file", suggestion: nil)), ("a b://c", .unknownScheme("", suggestion: nil)),
        ("https://u:p@h/x", .login), ("https://u@h/x", .login), ("etcd://@h/x", .login), ("https://u:p/q@h/x", .login),
        ("https://h/x?token=s3cret", .query), ("https://h/x#f", .query), ("https://h?x", .query), ("https:///x", .noHost),
        ("etcd://", .noHost),
        ("etcd://a,,b/p", .badHost), ("https://h_ö/x", .badHost), ("https://[1.2.3.4]/", .badHost), ("https://[::1/", .badHost),
        ("https://a,b/x", .severalHosts), ("etcd://h:0/p", .badPort), ("etcd://h:65536/p", .badPort), ("etcd://h:+1/p", .badPort),
        ("etcd://h:/p", .badPort), ("etcd://[::1]2/p", .badPort), ("https://h/a b", .badPath), ("etcd://h/ü", .badPrefix),
        (" etcd://h/p", .surroundingBlank),
        ("https://h/p ", .surroundingBlank), ("10.0.0.5:2379/snapkeep/prod", .noScheme),
        ("etcd://h", .noPrefix),
        ("etcd://h//", .noPrefix),
    ]

    @Test("P9: what is no address is named, with a remedy", arguments: bad)
    func problems(_ text: String, _ problem: StateAddressProblem) {
        #expect(throws: problem) { try StateAddress(text) }
        #expect(!problem.words.isEmpty && !problem.help.isEmpty)
    }

    @Test(
        "P8: a user and a password are taken from the environment, decoded, and are in no text of the address or of what is wrong with it")
    func logins() throws {
        let address = try StateAddress("https://ci:s3%40cr%2Fet@h:1/x", allowsLogin: true)
        guard case .service(let service) = address else { return #expect(Bool(false), "a file") }
        #expect(service.login?.user == "ci" && service.login?.password == "s3@cr/et")
        var dumped = ""
        dump(address, to: &dumped)
        for text in ["\(address)", String(reflecting: address), "\(service)", "\(String(describing: service.login))", dumped] {
            #expect(!text.contains("s3") && !text.contains("ci"), "\(text)")
        }
        for text in ["https://ci:s3%4@h/x", "https://ci:s3%zz@h/", "https://ci:s3/x@h/", "https://ci:s3%00@h/", "https://ci:s3%FF@h/"] {
            #expect(throws: StateAddressProblem.badLogin) { try StateAddress(text, allowsLogin: true) }
        }
        for problem in Self.bad.map(\.1) + [.badLogin] { #expect(!"\(problem.words)\(problem.help)".contains("s3cret")) }
    }

    @Test("Only what leaves this machine unencrypted is in the clear")
    func clearness() throws {
        for (text, isInTheClear) in [
            ("http://h/x", true), ("http://127.0.0.1/x", false), ("http://[::1]/x", false), ("http://127.evil.example/x", true),
            ("https://h/x", false), ("etcd://localhost,h/p", true), ("etcds://h/p", false),
        ] {
            guard case .service(let service) = try StateAddress(text) else { continue }
            #expect(service.isInTheClear == isInTheClear, "\(text)")
        }
    }
}

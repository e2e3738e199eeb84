import AsyncHTTPClient
import NIOSSL
import SnapkeepCore
import Testing

@testable import SnapkeepCloud

/// Certificates and proxies: what reaches the HTTP library.
struct ConnectionSettingsTests {
    // Made for this test with openssl; it opens nothing.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBhzCCAS2gAwIBAgIUSrujFa5G7KS2odkl+nQeQeZYcwQwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNc25hcGtlZXAgdGVzdDAgFw0yNjExMjMyMjQxMDdaGA8yMTI2
        MTAzMDIyNDEwN1owGDEWMBQGA1UEAwwNc25hcGtlZXAgdGVzdDBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABJU6bulQ9TH3XM0yl9hDfMmWdPUAnqkrApYHhb+K8BYv
        XnWQ4SH34Txjne8lxTjHKUhv6kCG6VFAT7aOAXSpWSKjUzBRMB0GA1UdDgQWBBSi
        hweRKbk8DRiC3mHn5D++xhyhKjAfBgNVHSMEGDAWgBSihweRKbk8DRiC3mHn5D++
        xhyhKjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCMXWEkUQDs
        Ntk6+gA9LryGY1/gbweX7evc/iWKyicMlwIgQBnTy68bHRRCU29wLW1FogVBELE5
        qoeAWLYiBSodAiY=
        -----END CERTIFICATE-----

        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggM6hk0QX38WzrTpc
        n6z/ciPS/w9orV7ZcnDSbWHxBqehRANCAASVOm7pUPUx91zNMpfYQ3zJlnT1AJ6p
        KwKWB4W/ivAWL151kOEh9+E8Y53vJcU4xylIb+pAhulRQE+2jgF0qVki
        -----END PRIVATE KEY-----

        """

    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVtWaCyAKJgKmWp+E
        aJeu1af9wHH3y8w8rc0FEMTvYO+hRANCAARAGPlZdPRW4uRAATNjgp9dTXxE+cbd
        yabSHlTdNhEle6fNwLoBiZ92vWfz+WF0eraJxOkomkxFBbqhuffNPcpx
        -----END PRIVATE KEY-----

        """

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("Authorities replace those of the system; certificate and key are shown to the server; without checks everybody is trusted")
    func trust() throws {
        let own = try TrustSettings(
            authorities: bytes(Self.certificate), certificate: bytes(Self.certificate), privateKey: bytes(Self.key))
        let made = try #require(HTTPClient.Configuration(.init(trust: own)).tlsConfiguration)
        let expected = try NIOSSLCertificate.fromPEMBytes(bytes(Self.certificate))
        #expect(made.trustRoots == .certificates(expected))
        #expect(made.certificateChain == expected.map { .certificate($0) })
        #expect(made.privateKey != nil && made.certificateVerification == .fullVerification && made.minimumTLSVersion == .tlsv12)

        let system = try #require(HTTPClient.Configuration(.init()).tlsConfiguration)
        #expect(system.certificateVerification == .fullVerification && system.certificateChain.isEmpty)
        let trusting = try #require(HTTPClient.Configuration(.init(trust: try TrustSettings(verifies: false))).tlsConfiguration)
        #expect(trusting.certificateVerification == .none)
    }

    @Test("One file may hold certificate and key")
    func together() throws {
        let both = bytes(Self.certificate + Self.key)
        let made = try #require(HTTPClient.Configuration(.init(trust: try TrustSettings(certificate: both))).tlsConfiguration)
        #expect(made.privateKey != nil && made.certificateChain.count == 1)
    }

    @Test("Files that hold something else are refused by name; P8: a description shows no key")
    func problems() throws {
        func problem(_ make: () throws(TrustProblem) -> TrustSettings) -> TrustProblem? {
            do throws(TrustProblem) {
                _ = try make()
                return nil
            } catch { return error }
        }
        let (certificate, key) = (bytes(Self.certificate), bytes(Self.key))
        #expect(problem { () throws(TrustProblem) in try TrustSettings(authorities: bytes("x")) } == .unreadable(.authorities))
        #expect(problem { () throws(TrustProblem) in try TrustSettings(authorities: []) } == .unreadable(.authorities))
        #expect(problem { () throws(TrustProblem) in try TrustSettings(certificate: key, privateKey: key) } == .unreadable(.certificate))
        #expect(
            problem { () throws(TrustProblem) in try TrustSettings(certificate: certificate, privateKey: bytes("k")) }
                == .unreadable(.privateKey))
        #expect(problem { () throws(TrustProblem) in try TrustSettings(certificate: certificate) } == .certificateWithoutKey)
        #expect(problem { () throws(TrustProblem) in try TrustSettings(privateKey: key) } == .keyWithoutCertificate)
        #expect(
            problem { () throws(TrustProblem) in try TrustSettings(certificate: certificate, privateKey: bytes(Self.otherKey)) }
                == .keyOfAnotherCertificate)
        var text = ""
        let settings = try TrustSettings(certificate: certificate, privateKey: key)
        dump(AsyncHTTPTransport.Configuration(trust: settings), to: &text)
        #expect(!(text + "\(settings)").contains("PRIVATE") && text.contains("shows a certificate"))
    }

    @Test(
        "A proxy is read from the forms that its variables have",
        arguments: [
            ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
            ("proxy.example.com:3128/", "http://proxy.example.com:3128"),
            ("http://proxy.example.com", "http://proxy.example.com:80"), ("http://me:p%40ss@10.0.0.1:8080", "http://10.0.0.1:8080"),
            ("socks5h://127.0.0.1", "socks5://127.0.0.1:1080"), ("http://[::1]:8080", "http://::1:8080"),
        ])
    func proxies(_ text: String, description: String) throws { #expect(try ProxyServer(text).description == description) }

    @Test("P8: the log-in at a proxy reaches the library decoded, and no description")
    func proxyLogin() throws {
        let proxy = try ProxyServer("http://me:p%40ss-of-a-proxy@10.0.0.1:8080")
        let made = try #require(HTTPClient.Configuration(.init(), proxy: proxy).proxy)
        #expect(made == .server(host: "10.0.0.1", port: 8080, authorization: .basic(username: "me", password: "p@ss-of-a-proxy")))
        var text = ""
        dump(AsyncHTTPTransport.Configuration(proxies: ProxyRules(http: proxy)), to: &text)
        #expect(!text.contains("ss-of-a-proxy") && !text.contains("me:p"))
    }

    @Test(
        "What is no proxy is refused",
        arguments: ["", "https://p.example.com", "ftp://p", "http://p/path", "http://p:0", "socks5://u:p@h:1", "http://u:%zz@h:1"])
    func badProxies(_ text: String) { #expect(throws: ProxyProblem.self) { _ = try ProxyServer(text) } }

    // The rules are those that curl and the Python clients share.
    @Test(
        "no_proxy names hosts, what is below them, addresses and blocks, with or without a port",
        arguments: [
            ("*", "https://evs.example.com", true), ("example.com", "https://evs.example.com", true),
            (".example.com", "https://evs.example.com", true), ("*.example.com", "https://evs.example.com", true),
            ("example.com", "https://example.com", true), ("ample.com", "https://evs.example.com", false),
            ("a.org, EXAMPLE.com b.org", "https://evs.example.com", true), ("example.com:8776", "https://evs.example.com:8776", true),
            ("example.com:443", "https://evs.example.com", true), ("example.com:8776", "https://evs.example.com", false),
            ("10.0.0.0/8", "http://10.2.3.4:5000", true), ("10.0.0.0/8", "http://11.2.3.4", false), ("0.0.0.0/0", "http://11.2.3.4", true),
            ("10.2.3.4", "http://10.2.3.4", true), ("2.3.4", "http://1.2.3.4", false), ("::1", "http://[::1]:80", true),
            ("[::1]:8080", "http://[::1]:8080", true), ("[::1]:8080", "http://[::1]:80", false), ("", "https://evs.example.com", false),
            ("10.0.0.0/99", "http://10.0.0.1", false),
        ])
    func exceptions(_ list: String, endpoint: String, isDirect: Bool) throws {
        let proxy = try ProxyServer("http://proxy:3128")
        let rules = ProxyRules(http: proxy, https: proxy, exceptions: list)
        #expect((rules.proxy(for: try Endpoint.parse(endpoint).endpoint) == nil) == isDirect)
    }

    @Test("Each scheme has its own proxy")
    func schemes() throws {
        let rules = ProxyRules(https: try ProxyServer("http://proxy:3128"))
        #expect(rules.proxy(for: try Endpoint.parse("http://evs.example.com").endpoint) == nil)
        #expect(rules.proxy(for: try Endpoint.parse("https://evs.example.com").endpoint)?.host == "proxy")
    }

    @Test("A request goes to the proxy that its endpoint is given, with the whole address, and to the endpoint where no_proxy names it")
    func throughProxy() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        try await RawServer.serve(.write(answer)) { server, address in
            let proxy = try ProxyServer(address)
            let request = { (endpoint: String) throws in
                OutgoingRequest(method: .get, endpoint: try Endpoint.parse(endpoint).endpoint, path: "/v3", answerLimit: 100)
            }
            let configuration = AsyncHTTPTransport.Configuration(proxies: ProxyRules(http: proxy, exceptions: "127.0.0.1"))
            try await AsyncHTTPTransport.with(configuration) { transport in
                for endpoint in ["http://evs.invalid:8776", address] {
                    let answer = try await transport.send(try request(endpoint))
                    #expect(answer.status == 200)
                }
            }
            let first = server.requests.map { $0.split(separator: "\r\n").first ?? "" }
            #expect(first[0].hasPrefix("CONNECT evs.invalid:8776 ") || first[0].hasPrefix("GET http://evs.invalid:8776/v3 "))
            #expect(first.last == "GET /v3 HTTP/1.1")
        }
    }
}

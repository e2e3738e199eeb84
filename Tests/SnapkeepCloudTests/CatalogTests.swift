import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// Finding block storage in a service catalog (api.md 9.1), which is untrusted like all that comes from a network.
struct CatalogTests {
    private func catalog(_ entries: (String, String, String?, String)...) -> ServiceCatalog {
        ServiceCatalog(entries: entries.map { .init(type: $0.0, interface: $0.1, region: $0.2, url: $0.3) })
    }

    private func problem(_ catalog: ServiceCatalog, _ query: ServiceCatalog.Query) -> CatalogProblem? {
        do throws(CatalogProblem) {
            _ = try catalog.blockStorage(query)
            return nil
        } catch { return error }
    }

    @Test("The types are tried in their order, whatever the order of the catalog")
    func order() throws {
        let types = ["evs", "block-store", "volume", "volumev2", "volumev3", "block-storage"]
        for count in 1...types.count {
            let entries = types.prefix(count).map {
                ServiceCatalog.Entry(type: $0, interface: "public", region: "r", url: "https://\($0).example.com/v3/p")
            }
            #expect(try ServiceCatalog(entries: entries).blockStorage(.init(region: "r")).host == "\(types[count - 1]).example.com")
        }
    }

    // The URLs are forms that real catalogs have: with version and project, with a version, with neither, below a path.
    @Test(
        "Version and project parts are cut off and put in again",
        arguments: [
            ("https://evs.eu-de.example.com/v2/0c2eba", nil, "https://evs.eu-de.example.com/v2"),
            ("https://evs.eu-de.example.com/v2/0c2eba", .v3, "https://evs.eu-de.example.com/v3"),
            ("https://evs.example.com", nil, "https://evs.example.com/v3"), ("https://evs.example.com", .v2, "https://evs.example.com/v2"),
            ("https://cloud.example.com/volume/v3/", nil, "https://cloud.example.com/volume/v3"),
            ("http://10.0.0.5:8776/v3/0c2eba", nil, "http://10.0.0.5:8776/v3"),
        ] as [(String, Endpoint.Version?, String)])
    func normalised(_ url: String, version: Endpoint.Version?, text: String) throws {
        #expect(try catalog(("block-storage", "public", "r", url)).blockStorage(.init(region: "r", version: version)).text == text)
    }

    @Test("A version that is asked for decides which types count")
    func version() throws {
        let both = catalog(
            ("volumev3", "public", "r", "https://three.example.com/v3"), ("volumev2", "public", "r", "https://two.example.com/v2"))
        #expect(try both.blockStorage(.init(version: .v2)).host == "two.example.com")
        #expect(try both.blockStorage(.init(version: .v3)).host == "three.example.com")
        let old = catalog(("volumev2", "public", "r", "https://two.example.com/v2"))
        #expect(problem(old, .init(version: .v3))?.kind == CatalogProblem.Kind.none)
    }

    @Test("Interface and region must be the ones asked for; older catalogs say publicURL")
    func choice() throws {
        let offered = catalog(
            ("volumev3", "publicURL", "a", "https://a.example.com/v3"), ("volumev3", "internal", "a", "https://ia.example.com/v3"),
            ("volumev3", "public", "b", "https://b.example.com/v3"))
        #expect(try offered.blockStorage(.init(region: "a")).host == "a.example.com")
        #expect(try offered.blockStorage(.init(interface: .internal)).host == "ia.example.com")
        #expect(try offered.blockStorage(.init(region: "b")).host == "b.example.com")
    }

    @Test("None or several is an error that lists what there is")
    func problems() {
        let offered = catalog(
            ("volumev3", "public", "a", "https://a.example.com/v3"), ("volumev3", "public", "b", "https://b.example.com/v3"),
            ("identity", "public", "a", "https://id.example.com"))
        let several = problem(offered, .init())
        #expect(
            several?.message
                == "the service catalog lists more than one block storage at the public interface: volumev3 (public in 'a'), volumev3 (public in 'b')"
        )
        #expect(several?.help.contains("OS_REGION_NAME") == true)
        #expect(
            problem(offered, .init(region: "c"))?.message
                == "the service catalog lists no block storage in region 'c' at the public interface; it lists volumev3 (public in 'a'), "
                + "volumev3 (public in 'b')")
        #expect(
            problem(
                catalog(("identity", "public", "a", "https://id.example.com"), ("image", "public", "a", "https://i.example.com")), .init())?
                .message == "the service catalog lists no block storage; it lists identity, image")
        #expect(problem(ServiceCatalog(entries: []), .init())?.message == "the token's service catalog is empty")
        #expect(
            problem(catalog(("volumev3", "public", "a", "file:///etc/passwd")), .init())?.message
                == "the service catalog's entry for block storage cannot be used: the endpoint's scheme is 'file', expected https or http")
    }

    @Test("Twice the same place is one place")
    func twice() throws {
        let same = catalog(("volumev3", "public", "a", "https://a.example.com/v3"), ("volumev3", "public", "b", "https://a.example.com/v3"))
        #expect(try same.blockStorage(.init()).host == "a.example.com")
    }

    // A hostile catalog: entries of other forms are left out, texts are made fit for a terminal, the length of a list is bounded.
    @Test("P9: what a catalog holds beside its form does no harm")
    func hostile() throws {
        let value = try #require(
            JSONValue(
                parsing: Array(
                    #"""
                    [1, null, {"type": 5}, {"type": "volumev3", "endpoints": "x"}, {"type": "volumev3", "endpoints": [null, {"interface": 1},
                    {"interface": "public", "url": "https://a.example.com/v3"}]},
                    {"type": "x\u001b[31m\n", "endpoints": [{"interface": "public", "url": "u"}]}]
                    """#.utf8)))
        let read = ServiceCatalog(value)
        #expect(read.entries.count == 2)
        #expect(try read.blockStorage(.init()).host == "a.example.com")
        let words = try #require(problem(ServiceCatalog(entries: read.entries.filter { $0.type != "volumev3" }), .init())).message
        #expect(!words.contains("\u{1B}") && !words.contains("\n"))
        let many = ServiceCatalog(entries: (0..<500).map { .init(type: "t\($0)", interface: "public", region: nil, url: "u") })
        #expect(try #require(problem(many, .init())).message.hasSuffix("and 488 more"))
    }

    @Test("The microversion asked for is one that leaves force as it is, and none where the server has none")
    func microversions() throws {
        func best(_ least: String, _ most: String) -> Microversion? { Microversion.best(in: Microversion(least)!...Microversion(most)!) }
        #expect(best("3.0", "3.71") == Microversion(3, 22))
        #expect(best("3.0", "3.50") == Microversion(3, 22))
        #expect(best("3.0", "3.22") == Microversion(3, 22))
        #expect(best("3.0", "3.21") == Microversion(3, 14))
        #expect(best("3.0", "3.13") == nil)
        #expect(best("3.30", "3.71") == nil)
        // 3.66 takes a snapshot of an attached volume without being told to.
        #expect(Microversion.useful.allSatisfy { $0 < Microversion(3, 31) && $0 < Microversion(3, 66) })
        for text in ["", "3", "3.", ".3", "3.x", "3.22.1", "-3.2", "3.99999"] { #expect(Microversion(text) == nil) }
    }

    @Test("The versions come with status 300 at the root of the service; v3 alone is asked in a microversion")
    func discovery() async throws {
        let root = #"""
            {"versions": [{"id": "v2.0", "status": "DEPRECATED", "version": "", "min_version": ""},
             {"id": "v3.0", "status": "CURRENT", "version": "3.71", "min_version": "3.0", "links": []}]}
            """#
        let transport = FakeTransport(.json(300, root, [("Date", "Mon, 23 Nov 2026 20:16:40 GMT")]))
        let client = Sample.client(transport, endpoint: "https://cloud.example.com/volume/v3")
        let service = await client.describeService()
        #expect(transport.requests.map(\.target) == ["/volume/"])
        #expect(service.versions.map(\.id) == ["v2.0", "v3.0"] && service.skew?.offset == .seconds(-5))
        #expect(service.microversion(for: .v3) == Microversion(3, 22) && service.microversion(for: .v2) == nil)

        let asking = FakeTransport(Sample.page([]), Sample.page([]))
        _ = try await Sample.client(asking, microversion: Microversion(3, 22)).snapshotPage(.all, from: nil)
        _ = try await Sample.client(asking, endpoint: "https://evs.example.com/v2", microversion: Microversion(3, 22))
            .snapshotPage(.all, from: nil)
        #expect(asking.requests.map { $0.fields.first { $0.name == "OpenStack-API-Version" }?.value } == ["volume 3.22", nil])
    }

    @Test("A service that hides its versions is spoken to without a microversion")
    func hidden() async {
        for answers: [Result<HTTPAnswer, TransportFault>] in [
            [.success(.json(404, "{}")), .success(.json(401, "{}"))], [.success(.json(200, "<html>")), .failure(.init(.notSent, "x"))],
            [.success(.json(300, #"{"versions": [{"id": "v3.0", "version": ""}]}"#))],
        ] {
            let service = await Sample.client(FakeTransport(answers)).describeService()
            #expect(service.microversion(for: .v3) == nil)
        }
    }
}

import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// Finding block storage in a service catalog (CloudAPI#catalog), which is untrusted like all that comes from a network.
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
            #expect(
                try ServiceCatalog(entries: entries).blockStorage(.init(region: "r")).endpoint.host == "\(types[count - 1]).example.com")
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
        #expect(try catalog(("block-storage", "public", "r", url)).blockStorage(.init(region: "r", version: version)).endpoint.text == text)
    }

    @Test("A version that is asked for decides which types count")
    func version() throws {
        let both = catalog(
            ("volumev3", "public", "r", "https://three.example.com/v3"), ("volumev2", "public", "r", "https://two.example.com/v2"))
        #expect(try both.blockStorage(.init(version: .v2)).endpoint.host == "two.example.com")
        #expect(try both.blockStorage(.init(version: .v3)).endpoint.host == "three.example.com")
        let old = catalog(("volumev2", "public", "r", "https://two.example.com/v2"))
        #expect(problem(old, .init(version: .v3))?.kind == CatalogProblem.Kind.none)
    }

    @Test("Interface and region must be the ones asked for; older catalogs say publicURL")
    func choice() throws {
        let offered = catalog(
            ("volumev3", "publicURL", "a", "https://a.example.com/v3"), ("volumev3", "internal", "a", "https://ia.example.com/v3"),
            ("volumev3", "public", "b", "https://b.example.com/v3"))
        #expect(try offered.blockStorage(.init(region: "a")).endpoint.host == "a.example.com")
        #expect(try offered.blockStorage(.init(interface: .internal)).endpoint.host == "ia.example.com")
        #expect(try offered.blockStorage(.init(region: "b")).endpoint.host == "b.example.com")
    }

    @Test("None or several is an error that lists what there is")
    func problems() {
        let offered = catalog(
            ("volumev3", "public", "a", "https://a.example.com/v3"), ("volumev3", "public", "b", "https://b.example.com/v3"),
            ("identity", "public", "a", "https://id.example.com"))
        let several = problem(offered, .init())
        #expect(
            several?.message
                == "the service catalog lists block storage in several regions, and no region is asked for: 'a' (https://a.example.com/v3), 'b' (https://b.example.com/v3)"
        )
        #expect(several?.remedy == .region(missing: true))
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
        #expect(try same.blockStorage(.init()).endpoint.host == "a.example.com")
    }

    // The hole: block-storage in one region and volumev3 in both, and the first type was taken whatever region it was in.
    @Test("P1: without a region to look in, several regions are refused with their addresses, whatever their types and order")
    func regions() throws {
        let entries: [ServiceCatalog.Entry] = [
            .init(type: "block-storage", interface: "public", region: "one", url: "https://one.example.com/v3/%(project_id)s"),
            .init(type: "volumev3", interface: "public", region: "one", url: "https://old.example.com/v3/p"),
            .init(type: "volumev3", interface: "public", region: "two", url: "https://two.example.com/v3/p"),
            .init(type: "volumev3", interface: "internal", region: "three", url: "https://three.example.com/v3/p"),
        ]
        for shift in 0..<entries.count {
            let turned = ServiceCatalog(entries: Array(entries[shift...] + entries[..<shift]))
            let found = try #require(problem(turned, .init()))
            #expect(
                found.message
                    == "the service catalog lists block storage in several regions, and no region is asked for: "
                    + "'one' (https://one.example.com/v3/%(project_id)s), 'two' (https://two.example.com/v3/p)")
            #expect(found.remedy == .region(missing: true))
            #expect(try turned.blockStorage(.init(region: "one")).endpoint.host == "one.example.com")
            #expect(
                try turned.blockStorage(.init(region: "two"))
                    == .init(endpoint: Endpoint.parse("https://two.example.com").endpoint, regions: ["two"]))
            #expect(try turned.blockStorage(.init(interface: .internal)).regions == ["three"])
        }
        // A place that cannot be used does not make the choice.
        let broken = catalog(("volumev3", "public", "a", "file:///a"), ("volumev3", "public", "b", "https://b.example.com/v3"))
        #expect(problem(broken, .init())?.kind == .severalRegions)
        #expect(try broken.blockStorage(.init(region: "b")).endpoint.host == "b.example.com")
    }

    @Test("Different texts of one address are one address; two addresses in one region are refused, and no region helps")
    func sameAddress() throws {
        let same = catalog(
            ("volumev3", "public", "b", "https://A.example.com:443/v3/"),
            ("block-storage", "public", "a", "https://a.example.com/v3/$(tenant_id)s"))
        let place = try same.blockStorage(.init(project: ProjectID("0c2eba")))
        #expect(place.endpoint.text == "https://a.example.com/v3" && place.regions == ["a", "b"])
        let two = catalog(("volumev3", "public", "a", "https://x.example.com/v3"), ("volumev3", "public", "a", "https://y.example.com/v3"))
        let found = try #require(problem(two, .init(region: "a")))
        #expect(
            found.message
                == "the service catalog lists more than one block storage in region 'a' at the public interface: https://x.example.com/v3, https://y.example.com/v3"
        )
        #expect(found.remedy == .endpoint)
    }

    @Test("What to set depends on what there is: another region, another interface, another version")
    func corrections() {
        let offered = catalog(("volumev2", "internal", "a", "https://a.example.com/v2"))
        func remedy(_ query: ServiceCatalog.Query) -> CatalogProblem.Remedy? { problem(offered, query)?.remedy }
        #expect(remedy(.init(interface: .internal, region: "b")) == .region(missing: false))
        #expect(remedy(.init(region: "a")) == .interface)
        #expect(remedy(.init(interface: .internal, region: "a", version: .v3)) == .version(.v2))
        #expect(remedy(.init(region: "b", version: .v3)) == .all)
    }

    @Test(
        "The project's id goes where a URL leaves a place for it; an unknown id is left out where the project is cut off anyway",
        arguments: ["%(project_id)s", "$(project_id)s", "%(tenant_id)s", "$(tenant_id)s"])
    func placeholders(_ placeholder: String) throws {
        let known = try #require(ProjectID("0c2eba"))
        let read = try Endpoint.parse(template: "https://cloud.example.com/volume/v3/\(placeholder)", project: known)
        #expect(read.endpoint.text == "https://cloud.example.com/volume/v3" && read.projectID == known)
        let open = try Endpoint.parse(template: "https://cloud.example.com/volume/v3/\(placeholder)/", project: nil)
        #expect(open.endpoint.text == "https://cloud.example.com/volume/v3" && open.projectID == nil)
        let inside = "https://cloud.example.com/p-\(placeholder)/v3"
        #expect(try Endpoint.parse(template: inside, project: known).endpoint.text == "https://cloud.example.com/p-0c2eba/v3")
        #expect(throws: EndpointProblem.placeholder) { _ = try Endpoint.parse(template: inside, project: nil) }
        #expect(throws: EndpointProblem.path("%(user_id)s")) {
            _ = try Endpoint.parse(template: "https://cloud.example.com/v3/%(user_id)s", project: known)
        }
        #expect(try catalog(("volumev3", "public", "a", inside)).blockStorage(.init(project: known)).endpoint.prefix == "/p-0c2eba")
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
        #expect(try read.blockStorage(.init()).endpoint.host == "a.example.com")
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

/// Which interface of a service is asked for (api.md 9.1).
public enum EndpointInterface: String, Hashable, Sendable, CaseIterable {
    case `public`
    case `internal`
    case admin

    /// Also the older words: `publicURL`, `internalURL`, `adminURL`.
    public init?(_ text: String) {
        let word = text.hasSuffix("URL") ? String(text.dropLast(3)) : text
        self.init(rawValue: word.lowercased())
    }
}

/// What a token says is offered and where.
struct ServiceCatalog: Hashable, Sendable {
    /// One place of one service.
    struct Entry: Hashable, Sendable {
        var type: String
        var interface: String
        var region: String?
        var url: String
    }

    var entries: [Entry]

    /// The types under which block storage is listed, the best first (api.md 9.1).
    static let blockStorageTypes = ["block-storage", "volumev3", "volumev2", "volume", "block-store", "evs"]

    /// More places are not read: a catalog comes from the network.
    private static let limit = 10_000

    init(entries: [Entry]) { self.entries = entries }

    /// Reads `token.catalog`, leaving out what is not of its form.
    init(_ value: JSONValue?) {
        var found: [Entry] = []
        guard case .array(let services)? = value else {
            entries = []
            return
        }
        for service in services {
            guard let type = service["type"]?.string, case .array(let endpoints)? = service["endpoints"] else { continue }
            for endpoint in endpoints where found.count < Self.limit {
                guard let interface = endpoint["interface"]?.string, let url = endpoint["url"]?.string else { continue }
                found.append(
                    Entry(type: type, interface: interface, region: endpoint["region_id"]?.string ?? endpoint["region"]?.string, url: url))
            }
        }
        entries = found
    }

    /// What is looked for.
    struct Query: Hashable, Sendable {
        var interface: EndpointInterface = .public
        /// `nil` takes whatever region there is, when there is but one.
        var region: String?
        /// `nil` takes either.
        var version: Endpoint.Version?

        /// The types to look under, the best first.
        var types: [String] {
            switch version {
            case nil: ServiceCatalog.blockStorageTypes
            case .v3: ServiceCatalog.blockStorageTypes.filter { $0 != "volumev2" }
            case .v2: ["volumev2"] + ServiceCatalog.blockStorageTypes.filter { $0 != "volumev2" && $0 != "volumev3" }
            }
        }
    }

    /// The block-storage endpoint that a query means.
    ///
    /// The version in the URL stands, except where the query names one: several clouds list the service without a version or with only
    /// one of those they have.
    ///
    /// - Throws: `CatalogProblem` when there is none, or more than one.
    func blockStorage(_ query: Query) throws(CatalogProblem) -> Endpoint {
        for type in query.types {
            let matches = entries.filter {
                $0.type == type && EndpointInterface($0.interface) == query.interface && (query.region == nil || $0.region == query.region)
            }
            if matches.isEmpty { continue }
            guard Set(matches.map(\.url)).count == 1 else { throw CatalogProblem(.several, query, matches) }
            let parsed: Endpoint
            do { parsed = try Endpoint.parse(matches[0].url).endpoint } catch { throw CatalogProblem(.unusable(error), query, matches) }
            guard let version = query.version, version != parsed.version else { return parsed }
            return Endpoint(scheme: parsed.scheme, host: parsed.host, port: parsed.port, prefix: parsed.prefix, version: version)
        }
        let types = Set(Self.blockStorageTypes)
        let offered = entries.filter { types.contains($0.type) }
        throw CatalogProblem(entries.isEmpty ? .empty : offered.isEmpty ? .noService : .none, query, offered.isEmpty ? entries : offered)
    }
}

/// Why a catalog does not tell the block-storage endpoint.
public struct CatalogProblem: Error, Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// The catalog has no entry at all.
        case empty
        /// It lists no block storage.
        case noService
        /// It lists block storage, but not in this region or at this interface.
        case none
        case several
        case unusable(EndpointProblem)
    }

    let kind: Kind
    let query: ServiceCatalog.Query
    let offered: [ServiceCatalog.Entry]

    init(_ kind: Kind, _ query: ServiceCatalog.Query, _ offered: [ServiceCatalog.Entry]) {
        self.kind = kind
        self.query = query
        self.offered = offered
    }

    /// The mistake in one clause, without a full stop.
    public var message: String {
        let wanted =
            "block storage\(query.region.map { " in region '\(oneLine($0, limit: 60))'" } ?? "") at the \(query.interface.rawValue) interface"
        return switch kind {
        case .empty: "the token's service catalog is empty"
        case .noService: "the service catalog lists no block storage; it lists \(list(offered.map(\.type)))"
        case .none: "the service catalog lists no \(wanted); it lists \(list(offered.map(Self.words)))"
        case .several: "the service catalog lists more than one \(wanted): \(list(offered.map(Self.words)))"
        case .unusable(let problem): "the service catalog's entry for block storage cannot be used: \(problem.message)"
        }
    }

    /// One thing to do about it.
    public var help: String {
        switch kind {
        case .empty: "check that the credentials are for a project, or name the service with '--endpoint URL'"
        case .noService, .unusable: "name the service with '--endpoint URL'"
        case .none, .several:
            "set OS_REGION_NAME\(query.interface == .public ? "" : " and OS_INTERFACE") to one of these, or name the service with '--endpoint URL'"
        }
    }

    private static func words(_ entry: ServiceCatalog.Entry) -> String {
        let region = entry.region.map { " in '\(oneLine($0, limit: 60))'" } ?? ""
        return "\(oneLine(entry.type, limit: 40)) (\(oneLine(entry.interface, limit: 20))\(region))"
    }

    /// Sorted, each once, and cut where a catalog is long.
    private func list(_ texts: [String]) -> String {
        let unique = Set(texts).sorted()
        let shown = unique.prefix(12).map { oneLine($0, limit: 140) }.joined(separator: ", ")
        return unique.count > 12 ? "\(shown) and \(unique.count - 12) more" : shown
    }
}

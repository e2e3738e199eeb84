import SnapkeepCore

/// Which interface of a service is asked for (CloudAPI#catalog).
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

    /// The types under which block storage is listed, the best first (CloudAPI#catalog).
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
        /// `nil` takes whatever region there is, when all regions lead to one address.
        var region: String?
        /// `nil` takes either.
        var version: Endpoint.Version?
        /// What the placeholders of a URL stand for.
        var project: ProjectID?

        /// The types to look under, the best first.
        var types: [String] {
            switch version {
            case nil: ServiceCatalog.blockStorageTypes
            case .v3: ServiceCatalog.blockStorageTypes.filter { $0 != "volumev2" }
            case .v2: ["volumev2"] + ServiceCatalog.blockStorageTypes.filter { $0 != "volumev2" && $0 != "volumev3" }
            }
        }
    }

    /// An endpoint, and where the catalog lists it.
    struct Place: Hashable, Sendable {
        var endpoint: Endpoint
        /// Those that lead there, sorted: more than one only where none was asked for. Empty where the catalog names none.
        var regions: [String]
    }

    /// The block-storage endpoint that a query means, whatever the order of the catalog.
    ///
    /// In each region the best type counts. Without a region to look in, all regions must lead to one address: a choice between several
    /// would be a guess about where the snapshots belong. The version in the URL stands, except where the query names one: several clouds
    /// list the service without a version or with only one of those they have.
    ///
    /// - Throws: `CatalogProblem` when there is none, or more than one.
    func blockStorage(_ query: Query) throws(CatalogProblem) -> Place {
        let matches = entries.filter { entry in
            query.types.contains(entry.type) && EndpointInterface(entry.interface) == query.interface
                && (query.region == nil || entry.region == query.region)
        }
        if matches.isEmpty {
            let types = Set(Self.blockStorageTypes)
            let offered = entries.filter { types.contains($0.type) }
            let kind: CatalogProblem.Kind = entries.isEmpty ? .empty : offered.isEmpty ? .noService : .none
            throw CatalogProblem(kind, query, offered.isEmpty ? entries : offered)
        }
        let best = Dictionary(grouping: matches, by: \.region).values.map { ofRegion in
            let type = query.types.first { type in ofRegion.contains { $0.type == type } }
            return ofRegion.filter { $0.type == type }
        }
        var places: [Place] = []
        for offered in best {
            do { places.append(try Self.place(offered, query)) } catch {
                // What cannot be used in one region is still one of the regions to choose from.
                throw best.count == 1 ? error : CatalogProblem(.severalRegions, query, best.flatMap { $0 })
            }
        }
        guard Set(places.map(\.endpoint)).count == 1 else { throw CatalogProblem(.severalRegions, query, best.flatMap { $0 }) }
        return Place(endpoint: places[0].endpoint, regions: places.flatMap(\.regions).sorted())
    }

    /// The one address of entries of one type in one region.
    private static func place(_ offered: [Entry], _ query: Query) throws(CatalogProblem) -> Place {
        var found: Set<Endpoint> = []
        for entry in offered {
            do { found.insert(try Endpoint.parse(template: entry.url, project: query.project).endpoint.speaking(query.version)) } catch {
                throw CatalogProblem(.unusable(error), query, offered)
            }
        }
        guard let endpoint = found.first, found.count == 1 else { throw CatalogProblem(.several, query, offered) }
        return Place(endpoint: endpoint, regions: offered.first?.region.map { [$0] } ?? [])
    }
}

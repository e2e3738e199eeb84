/// Why a catalog does not tell the block-storage endpoint.
public struct CatalogProblem: Error, Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// The catalog has no entry at all.
        case empty
        /// It lists no block storage.
        case noService
        /// It lists block storage, but not in this region, at this interface or in this version.
        case none
        /// It lists several addresses in one region.
        case several
        /// It lists different addresses in several regions, and none was asked for.
        case severalRegions
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
        case .several: "the service catalog lists more than one \(wanted): \(list(offered.map { oneLine($0.url, limit: 120) }))"
        case .severalRegions:
            "the service catalog lists block storage in several regions, and no region is asked for: \(list(offered.map(Self.address)))"
        case .unusable(let problem): "the service catalog's entry for block storage cannot be used: \(problem.message)"
        }
    }

    /// What to set, so that something of what is listed fits. To name the endpoint helps as well.
    public enum Remedy: Hashable, Sendable {
        /// Credentials that are for a project.
        case project
        /// Nothing but the endpoint.
        case endpoint
        /// One of the regions that are listed; `missing`: none is set.
        case region(missing: Bool)
        case interface
        case version(Endpoint.Version)
        /// Region, interface and version.
        case all
    }

    /// What to set.
    public var remedy: Remedy {
        switch kind {
        case .empty: return .project
        case .noService, .several, .unusable: return .endpoint
        case .severalRegions: return .region(missing: true)
        case .none:
            if query.region != nil, offered.contains(where: { fitsType($0) && fitsInterface($0) }) { return .region(missing: false) }
            if offered.contains(where: { fitsType($0) && fitsRegion($0) }) { return .interface }
            if let version = query.version, offered.contains(where: { fitsInterface($0) && fitsRegion($0) }) {
                return .version(version == .v3 ? .v2 : .v3)
            }
            return .all
        }
    }

    private func fitsType(_ entry: ServiceCatalog.Entry) -> Bool { query.types.contains(entry.type) }
    private func fitsInterface(_ entry: ServiceCatalog.Entry) -> Bool { EndpointInterface(entry.interface) == query.interface }
    private func fitsRegion(_ entry: ServiceCatalog.Entry) -> Bool { query.region == nil || query.region == entry.region }

    private static func words(_ entry: ServiceCatalog.Entry) -> String {
        let region = entry.region.map { " in '\(oneLine($0, limit: 60))'" } ?? ""
        return "\(oneLine(entry.type, limit: 40)) (\(oneLine(entry.interface, limit: 20))\(region))"
    }

    private static func address(_ entry: ServiceCatalog.Entry) -> String {
        "\(entry.region.map { "'\(oneLine($0, limit: 60))'" } ?? "without a region") (\(oneLine(entry.url, limit: 70)))"
    }

    /// Sorted, each once, and cut where a catalog is long.
    private func list(_ texts: [String]) -> String {
        let unique = Set(texts).sorted()
        let shown = unique.prefix(12).map { oneLine($0, limit: 140) }.joined(separator: ", ")
        return unique.count > 12 ? "\(shown) and \(unique.count - 12) more" : shown
    }
}

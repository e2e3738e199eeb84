import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering

/// The entry of `clouds.yaml` that a name stands for, with what belongs to it: `secure.yaml` over it, a region's own values, and the
/// profile below it (CloudAPI#settings).
struct CloudEntry: Sendable {
    let name: Sourced<String>
    let layer: SettingsLayer
    let warnings: [Diagnostic]

    /// - Parameters:
    ///   - region: what the environment asks for, to choose among `regions`.
    /// - Throws: `Failure` when the entry is not there or does not fit.
    init(_ name: Sourced<String>, in files: SettingsFiles, region: Sourced<String>?) throws {
        self.name = name
        guard let file = files.clouds else { throw Failure(.error, .noCloudsFile(name)) }
        let clouds = try SettingsTree.read(file)["clouds"]
        guard let entry = clouds?[name.value] else {
            throw Failure(.error, .noSuchCloud(name, file: file.name, known: clouds?.members.map(\.key) ?? []))
        }
        for part in [entry, entry["auth"]].compactMap({ $0 }) {
            guard case .mapping = part.content else { throw Failure(.error, .noMapping(.file(file.name, part.position))) }
        }
        var values = NamedValues(entry, file: file.name)
        if let secure = files.secure, let secrets = try SettingsTree.read(secure)["clouds"]?[name.value] {
            values = NamedValues(secrets, file: secure.name).over(values)
        }
        values = try Self.regional(entry, file: file.name, wanted: values["region_name"] ?? region).over(values)
        var warnings: [Diagnostic] = []
        var defaultRegion: String?
        if let name = values["profile"] ?? values["cloud"] {
            let profile = try Self.profile(name, files, &warnings)
            values = values.over(profile.values)
            defaultRegion = profile.regions.first
        }
        layer = values.filled(region: (values["region_name"] ?? region)?.value ?? defaultRegion).layer
        self.warnings = warnings
    }

    /// What the chosen one of `regions` says: its name, and values of its own where it has them. Without a wish it is the first.
    private static func regional(_ entry: PlainTree, file: String, wanted: Sourced<String>?) throws -> NamedValues {
        guard let regions = entry["regions"], !regions.elements.isEmpty else { return NamedValues() }
        let named = regions.elements.compactMap { tree in (tree.text ?? tree["name"]?.text).map { (name: $0, tree: tree) } }
        guard let wanted else {
            guard let first = named.first else { return NamedValues() }
            return values(of: first.tree, first.name, file)
        }
        guard let found = named.first(where: { $0.name == wanted.value }) else {
            throw Failure(.error, .noSuchRegion(wanted, known: named.map(\.name)))
        }
        return values(of: found.tree, found.name, file)
    }

    private static func values(of tree: PlainTree, _ name: String, _ file: String) -> NamedValues {
        let region = NamedValues(["region_name": Sourced(name, .file(file, tree.position))])
        return tree["values"].map { NamedValues($0, file: file).over(region) } ?? region
    }

    // MARK: Profiles

    /// What the profile says, and its regions: that of `clouds-public.yaml`, else one that is built in.
    private static func profile(
        _ name: Sourced<String>, _ files: SettingsFiles, _ warnings: inout [Diagnostic]
    ) throws -> (values: NamedValues, regions: [String]) {
        var known = Set(VendorProfiles.table.keys)
        if let file = files.profiles {
            let profiles = try SettingsTree.read(file)["public-clouds"]
            if let tree = profiles?[name.value] {
                let regions = tree["regions"]?.elements.compactMap { $0.text ?? $0["name"]?.text } ?? []
                return (NamedValues(tree, file: file.name).over(.only(regions, .profile(name.value))), regions)
            }
            known.formUnion(profiles?.members.map(\.key) ?? [])
        }
        if name.value.contains("://") { throw Failure(.error, .remoteProfile(name)) }
        guard let profile = VendorProfiles.table[name.value] else { throw Failure(.error, .noSuchProfile(name, known: known.sorted())) }
        switch profile.standing {
        case .active: break
        case .deprecated(let why): warnings.append(.deprecatedProfile(name, why))
        case .closed(let why): throw Failure(.error, .closedProfile(name, why))
        }
        return (NamedValues(profile, .profile(name.value)), profile.regions)
    }
}

extension NamedValues {
    fileprivate init(_ profile: VendorProfile, _ origin: SettingOrigin) {
        let values: [(String, String?)] = [
            ("auth_url", profile.authURL), ("identity_api_version", profile.identityVersion), ("user_domain_name", profile.domain),
            ("project_domain_name", profile.domain), ("block_storage_api_version", profile.volumeVersion),
        ]
        self = NamedValues(
            Dictionary(uniqueKeysWithValues: values.compactMap { name, value in value.map { (name, Sourced($0, origin)) } })
        ).over(.only(profile.regions, origin))
    }

    /// The region of a cloud that has but one. Of several none is chosen here: the catalog tells whether that matters.
    fileprivate static func only(_ regions: [String], _ origin: SettingOrigin) -> NamedValues {
        regions.count == 1 ? NamedValues(["region_name": Sourced(regions[0], origin)]) : NamedValues()
    }

    /// With the region put into the addresses that leave a place for it.
    fileprivate func filled(region: String?) -> NamedValues {
        guard let region else { return self }
        var filled = self
        for name in SettingKey.authURL.names + SettingKey.endpoint.names {
            if let text = self[name]?.value { filled[name]?.value = text.replacing("{region_name}", with: region) }
        }
        return filled
    }
}

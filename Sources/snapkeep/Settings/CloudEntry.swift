import SnapkeepCore
import SnapkeepManifest

/// The entry of `clouds.yaml` that a name stands for, with what belongs to it: `secure.yaml` over it, a region's own values, and the
/// profile below it (api.md 10).
struct CloudEntry: Sendable {
    let name: Sourced<String>
    let layer: SettingsLayer

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
        var layer = SettingsLayer.entry(entry, file: file.name)
        if let secure = files.secure, let secrets = try SettingsTree.read(secure)["clouds"]?[name.value] {
            layer = SettingsLayer.entry(secrets, file: secure.name).over(layer)
        }
        layer = try Self.regional(entry, layer, file: file.name, wanted: layer[.region] ?? region).over(layer)
        if let profile = entry["profile"] ?? entry["cloud"], let word = profile.text {
            let origin = SettingOrigin.file(file.name, profile.position)
            layer = layer.over(try Self.profile(Sourced(word, origin), files, region: (layer[.region] ?? region)?.value))
        }
        self.layer = layer
    }

    /// What the chosen one of `regions` says: its name, and values of its own where it has them. Without a wish it is the first.
    private static func regional(
        _ entry: PlainTree, _ layer: SettingsLayer, file: String, wanted: Sourced<String>?
    ) throws -> SettingsLayer {
        guard let regions = entry["regions"], !regions.elements.isEmpty else { return SettingsLayer([:]) }
        let named = regions.elements.compactMap { tree in (tree.text ?? tree["name"]?.text).map { (name: $0, tree: tree) } }
        guard let wanted else {
            guard let first = named.first else { return SettingsLayer([:]) }
            return values(of: first.tree, first.name, file)
        }
        guard let found = named.first(where: { $0.name == wanted.value }) else {
            throw Failure(.error, .noSuchRegion(wanted, known: named.map(\.name)))
        }
        return values(of: found.tree, found.name, file)
    }

    private static func values(of tree: PlainTree, _ name: String, _ file: String) -> SettingsLayer {
        let region = SettingsLayer([.region: Sourced(name, .file(file, tree.position))])
        return tree["values"].map { SettingsLayer.entry($0, file: file).over(region) } ?? region
    }

    /// The profiles that every installation of the OpenStack clients knows and that are clouds of this program's kind.
    private static let builtIn = [
        "otc": "https://iam.{region_name}.otc.t-systems.com/v3",
        // The published profile lacks the scheme.
        "otc-swiss": "https://iam-pub.{region_name}.sc.otc.t-systems.com/v3",
    ]
    private static let builtInRegions = ["otc": "eu-de", "otc-swiss": "eu-ch2"]

    private static func profile(_ name: Sourced<String>, _ files: SettingsFiles, region: String?) throws -> SettingsLayer {
        if let file = files.profiles, let tree = try SettingsTree.read(file)["public-clouds"]?[name.value] {
            return SettingsLayer.entry(tree, file: file.name).withRegion(region)
        }
        guard let template = builtIn[name.value] else { throw Failure(.error, .noSuchProfile(name, known: builtIn.keys.sorted())) }
        let origin = SettingOrigin.profile(name.value)
        let layer = SettingsLayer([
            .authURL: Sourced(template, origin), .region: Sourced(builtInRegions[name.value] ?? "", origin),
        ])
        return layer.withRegion(region)
    }
}

extension SettingsLayer {
    /// With the region put into an address that leaves a place for it.
    fileprivate func withRegion(_ region: String?) -> SettingsLayer {
        guard var url = self[.authURL], let region = region ?? self[.region]?.value else { return self }
        url.value = url.value.replacingFirst("{region_name}", with: region)
        return SettingsLayer([.authURL: url]).over(self)
    }
}

extension String {
    fileprivate func replacingFirst(_ needle: String, with text: String) -> String {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return self[..<start] + text + self[start...].dropFirst(needle.count) }
            start = index(after: start)
        }
        return self
    }
}

import SnapkeepCore
import SnapkeepManifest

/// One place that settings come from.
struct SettingsLayer: Sendable {
    private let values: [SettingKey: Sourced<String>]

    init(_ values: [SettingKey: Sourced<String>]) { self.values = values }

    subscript(key: SettingKey) -> Sourced<String>? { values[key] }

    /// This layer, with another one showing through where it says nothing.
    func over(_ lower: SettingsLayer) -> SettingsLayer { SettingsLayer(values.merging(lower.values) { own, _ in own }) }

    static func environment(_ environment: ProcessEnvironment) -> SettingsLayer {
        var values: [SettingKey: Sourced<String>] = [:]
        for key in SettingKey.allCases {
            if let found = environment.first(of: key.variables) { values[key] = Sourced(found.value, .variable(found.name)) }
        }
        return SettingsLayer(values)
    }

    /// An entry of `clouds.yaml` or of a file of its form: what stands in `auth` counts before what stands beside it.
    static func entry(_ entry: PlainTree, file: String) -> SettingsLayer {
        var found: [String: PlainTree] = [:]
        for member in entry.members + (entry["auth"]?.members ?? []) {
            found[member.key.replacing("-", with: "_")] = member.value
        }
        return SettingsLayer(
            Dictionary(
                uniqueKeysWithValues: SettingKey.allCases.compactMap { key in
                    for name in key.names {
                        if let tree = found[name], let text = tree.text, !text.isEmpty {
                            return (key, Sourced(text, .file(file, tree.position)))
                        }
                    }
                    return nil
                }))
    }
}

extension String {
    fileprivate func replacing(_ character: Character, with other: Character) -> String {
        String(map { $0 == character ? other : $0 })
    }
}

import SnapkeepCore
import SnapkeepManifest

/// The values of an entry of `clouds.yaml`, each under the name that it has there.
///
/// Entry, `secure.yaml`, a region's own values and the profile are laid over one another by name, as the OpenStack clients do it, before a
/// setting with several names is looked up: which name counts does not depend on the file that it stands in.
struct NamedValues: Sendable {
    private var values: [String: Sourced<String>]

    init(_ values: [String: Sourced<String>] = [:]) { self.values = values }

    /// An entry, or a file's part of its form: what stands in `auth` counts before what stands beside it, and hyphens count as underscores.
    init(_ entry: PlainTree, file: String) {
        values = [:]
        for member in entry.members + (entry["auth"]?.members ?? []) {
            guard let text = member.value.text, !text.isEmpty else { continue }
            values[String(member.key.map { $0 == "-" ? "_" : $0 })] = Sourced(text, .file(file, member.value.position))
        }
    }

    subscript(name: String) -> Sourced<String>? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// These, with others showing through where they say nothing.
    func over(_ lower: NamedValues) -> NamedValues { NamedValues(values.merging(lower.values) { own, _ in own }) }

    /// As settings: of several names for one the first that is there.
    var layer: SettingsLayer {
        SettingsLayer(
            Dictionary(
                uniqueKeysWithValues: SettingKey.allCases.compactMap { key in
                    key.names.lazy.compactMap { values[$0] }.first.map { (key, $0) }
                }))
    }
}

import SnapkeepCore

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
}

import SnapkeepCloud
import SnapkeepCore

/// Which setting came from where, for `doctor`: secrets as a mask (P8).
struct SettingsTable {
    struct Row: Hashable {
        var name: String
        var value: String
        var origin: String
    }

    let rows: [Row]

    init(_ settings: CloudSettings, environment: ProcessEnvironment) {
        var rows: [Row] = []
        if let cloud = settings.cloud {
            rows.append(Row(name: "cloud", value: VisibleText.escaped(cloud.value), origin: cloud.origin.text))
        }
        if let method = settings.values.method {
            rows.append(Row(name: "log-in by", value: method.value.rawValue, origin: method.origin.text))
        }
        for key in SettingKey.allCases where key != .endpoint && key != .projectID && key != .authType {
            guard let setting = settings.values[key] else { continue }
            rows.append(Row(name: key.rawValue, value: Self.shown(setting.value, key), origin: setting.origin.text))
        }
        if let endpoint = settings.endpoint {
            rows.append(Row(name: "endpoint", value: endpoint.value.text, origin: endpoint.origin.text))
        }
        if let project = settings.projectID {
            rows.append(Row(name: "project id", value: project.value.text, origin: project.origin.text))
        }
        for (name, proxy) in [("proxy for http", settings.proxies.http), ("proxy for https", settings.proxies.https)] {
            if let proxy { rows.append(Row(name: name, value: proxy.description, origin: "environment")) }
        }
        for variable in Self.unused where environment.first(of: [variable]) != nil {
            rows.append(Row(name: "not used", value: "", origin: variable))
        }
        self.rows = rows
    }

    /// Names that the cloud's own tools read and this program has no use for.
    private static let unused = [
        "HW_MAX_RETRIES", "HW_ENTERPRISE_PROJECT_ID", "HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
    ]

    private static func shown(_ value: String, _ key: SettingKey) -> String {
        if key.isSecret { return "(secret)" }
        // A name and a password may stand in an address.
        if key == .authURL, let at = value.lastIndex(of: "@") { return "(hidden)\(VisibleText.escaped(String(value[at...])))" }
        return VisibleText.escaped(value)
    }
}

import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering

/// Which setting came from where, for `doctor`: secrets as a mask (P8).
struct SettingsTable {
    let rows: [DoctorReport.Setting]

    init(_ settings: CloudSettings, environment: ProcessEnvironment) {
        var rows: [DoctorReport.Setting] = []
        if let cloud = settings.cloud {
            rows.append(.init("cloud", VisibleText.escaped(cloud.value), from: cloud.origin.text))
        }
        if let method = settings.values.method {
            rows.append(.init("log-in by", method.value.rawValue, from: method.origin.text))
        }
        for key in SettingKey.allCases where key != .endpoint && key != .projectID && key != .authType {
            guard let setting = settings.values[key] else { continue }
            rows.append(.init(key.rawValue, Self.shown(setting.value, key), from: setting.origin.text))
        }
        if let endpoint = settings.endpoint {
            rows.append(.init("endpoint", endpoint.value.text, from: endpoint.origin.text))
        }
        if let project = settings.projectID {
            rows.append(.init("project id", project.value.text, from: project.origin.text))
        }
        for (name, proxy) in [("proxy for http", settings.proxies.http), ("proxy for https", settings.proxies.https)] {
            if let proxy { rows.append(.init(name, proxy.description, from: "environment")) }
        }
        for variable in Self.unused where environment.first(of: [variable]) != nil {
            rows.append(.init("not used", "", from: variable))
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

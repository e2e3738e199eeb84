import SnapkeepCloud
import SnapkeepRendering

extension CloudSettings {
    /// Which cloud the settings name, in words, where it is certainly not the one at an endpoint, though its own endpoint stands in no setting;
    /// else `nil`. Only the catalog, which takes a connection to read, could tell more.
    func placeElsewhere(than recorded: String) -> String? {
        let authority = values[.authURL].map { CloudTarget.host($0.value) }
        let words =
            cloud.map { "cloud '\($0.value)'" + (authority.map { " at \($0)" } ?? "") } ?? authority.map { "the cloud at \($0)" }
            ?? projectID.map { "project \($0.value)" }
        if recorded == CloudTarget.sandboxEndpoint { return words }
        // A catalog elsewhere does not lead back to this machine, nor one of this machine away from it.
        guard let authority, Self.isThisMachine(authority) != Self.isThisMachine(CloudTarget.host(recorded)) else { return nil }
        return words
    }

    private static func isThisMachine(_ authority: String) -> Bool {
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }
}

import Crypto
import SnapkeepCloud
import SnapkeepCore

/// Where this machine keeps the journal of a run over a state that is reached over HTTP: in the user's folder for states of programs, never
/// beside the manifest.
public enum HTTPStateFolder {
    /// The folder for the state at an address. It is named by the host, for people, and by a digest of the address, which tells states apart.
    ///
    /// - Parameter environment: `XDG_STATE_HOME` (https://specifications.freedesktop.org/basedir-spec/), or else `HOME`, or else `TMPDIR`.
    public static func path(for settings: HTTPStateSettings, environment: (String) -> String?) -> String {
        func absolute(_ name: String) -> String? { environment(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let base =
            absolute("XDG_STATE_HOME").map { $0 + "/snapkeep" } ?? absolute("HOME").map { $0 + "/.local/state/snapkeep" }
            ?? (absolute("TMPDIR") ?? "/tmp") + "/snapkeep-state"
        let digest = Hexadecimal.text(SHA256.hash(data: Array(settings.place.utf8))).prefix(16)
        let host = settings.address.authority.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? String($0) : "_" }.joined()
        return "\(base)/\(host)-\(digest)"
    }
}

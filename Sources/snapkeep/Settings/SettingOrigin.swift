import SnapkeepCore
import SnapkeepRendering

/// Where a setting came from.
enum SettingOrigin: Hashable, Sendable {
    case flag(String)
    case variable(String)
    /// A place in a file.
    case file(String, SourcePosition)
    /// A set of defaults for one cloud that is known by name.
    case profile(String)
    /// Made of another setting, or what holds where nothing is set.
    case derived(String)

    /// As a finding or a table names it.
    var text: String {
        switch self {
        case .flag(let name), .variable(let name): name
        case .file(let path, let position): "\(VisibleText.escaped(path)):\(position.line):\(position.column)"
        case .profile(let name): "profile \(VisibleText.escaped(name))"
        case .derived(let words): words
        }
    }

    /// What a finding about the setting stands at.
    var subject: Diagnostic.Subject { .named(text) }
}

/// A setting's value, and where it came from.
struct Sourced<Value: Sendable>: Sendable {
    var value: Value
    var origin: SettingOrigin

    init(_ value: Value, _ origin: SettingOrigin) {
        self.value = value
        self.origin = origin
    }
}

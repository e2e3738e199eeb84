/// The variables of the environment that say how a state is reached over HTTP.
struct HTTPStateVariables {
    /// A variable that is set.
    struct Found {
        var name: String
        var value: String
    }

    static let ownPrefix = "SNAPKEEP_HTTP_"
    static let terraformsPrefix = "TF_HTTP_"

    private let value: (String) -> String?

    init(_ environment: @escaping (String) -> String?) {
        value = { name in environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    }

    /// Our own, or else Terraform's.
    subscript(name: String) -> Found? {
        own(name) ?? terraform(name).map { Found(name: Self.terraformsPrefix + name, value: $0) }
    }

    func own(_ name: String) -> Found? { value(Self.ownPrefix + name).map { Found(name: Self.ownPrefix + name, value: $0) } }

    func terraform(_ name: String) -> String? { value(Self.terraformsPrefix + name) }

    /// A variable of another program.
    func plain(_ name: String) -> String? { value(name) }

    func number(_ name: String, upTo limit: Int) throws(HTTPStateSettingProblem) -> Int? {
        guard let found = self[name] else { return nil }
        guard let number = Int(found.value), (0...limit).contains(number) else { throw .number(found.name, upTo: limit) }
        return number
    }

    func flag(_ name: String) throws(HTTPStateSettingProblem) -> Bool? {
        guard let found = self[name] else { return nil }
        switch found.value.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw .flag(found.name)
        }
    }
}

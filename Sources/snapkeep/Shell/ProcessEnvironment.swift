import Glibc

/// The variables of the process, read once.
struct ProcessEnvironment: Sendable {
    private let variables: [String: String]

    /// Variables of a test.
    init(_ variables: [String: String]) { self.variables = variables }

    /// Those of this process.
    static func current() -> ProcessEnvironment {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") { variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...]) }
            entry += 1
        }
        return ProcessEnvironment(variables)
    }

    subscript(name: String) -> String? { variables[name] }

    /// The first of several names that is set and not empty.
    func first(of names: [String]) -> (name: String, value: String)? {
        for name in names {
            if let value = variables[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }
}

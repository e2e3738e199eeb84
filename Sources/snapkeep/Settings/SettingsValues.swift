import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering

/// The layers of settings as one, and what is read from them.
struct SettingsValues: Sendable {
    private let merged: SettingsLayer
    /// What decides how to log in: the first layer that holds a whole credential.
    let method: Sourced<CloudSettings.Method>?
    private let environment: ProcessEnvironment

    init(_ layers: [SettingsLayer], _ input: SettingsInput) throws {
        merged = layers.dropFirst().reduce(layers[0]) { $0.over($1) }
        environment = input.environment
        var found: Sourced<CloudSettings.Method>?
        for layer in layers + [merged] where found == nil { found = try Self.method(of: layer) }
        method = found
    }

    subscript(key: SettingKey) -> Sourced<String>? { merged[key] }

    /// The credential of a layer. One kind counts before another as in the cloud's own tools: token, access key, then the others.
    private static func method(of layer: SettingsLayer) throws -> Sourced<CloudSettings.Method>? {
        let whole: [(CloudSettings.Method, SettingKey, Bool)] = [
            (.token, .token, true), (.accessKey, .accessKey, layer[.secretKey] != nil),
            (
                .applicationCredential, .applicationCredentialSecret,
                layer[.applicationCredentialID] != nil || layer[.applicationCredentialName] != nil
            ),
            (.password, .password, layer[.userName] != nil || layer[.userID] != nil),
        ]
        if let type = layer[.authType] {
            guard let method = named(type.value) else { throw Failure(.error, .unknownAuthType(type)) }
            return Sourced(method, type.origin)
        }
        for (method, key, isWhole) in whole where isWhole {
            if let value = layer[key] { return Sourced(method, value.origin) }
        }
        return nil
    }

    /// The names that the OpenStack clients have for them.
    private static func named(_ type: String) -> CloudSettings.Method? {
        switch type.lowercased() {
        case "password", "v3password": .password
        case "token", "v3token", "admin_token": .token
        case "v3applicationcredential", "application_credential": .applicationCredential
        case "aksk", "v3aksk": .accessKey
        default: nil
        }
    }

    // MARK: Target

    /// Endpoint and project, as far as they are set. A flag, or else the endpoint's path, counts before all others; the two may not
    /// differ where both are typed.
    func target(_ flags: SettingsInput.Flags) throws -> (Sourced<Endpoint>?, Sourced<ProjectID>?) {
        let given = flags.endpoint.map { Sourced($0, .flag("--endpoint")) } ?? endpointOverride
        let known = try flags.projectID.map { Sourced($0, .flag("--project-id")) }.map(Self.project) ?? self[.projectID].map(Self.project)
        let parsed = try given.map { try Self.endpoint($0, known?.value) }
        let version = try volumeVersion()
        let endpoint = parsed.map { Sourced($0.value.endpoint.speaking(namesVersion(given?.value) ? nil : version), $0.origin) }
        if let text = flags.projectID.map({ Sourced($0, .flag("--project-id")) }) {
            let project = try Self.project(text)
            if let inPath = parsed?.value.projectID, flags.endpoint != nil, inPath != project.value {
                throw Failure(.usage, .twoProjects(project.value, inPath))
            }
            return (endpoint, project)
        }
        if let parsed, let project = parsed.value.projectID { return (endpoint, Sourced(project, parsed.origin)) }
        return (endpoint, try self[.projectID].map(Self.project))
    }

    private static func endpoint(
        _ given: Sourced<String>, _ project: ProjectID?
    ) throws -> Sourced<(endpoint: Endpoint, projectID: ProjectID?)> {
        do { return Sourced(try Endpoint.parse(template: given.value, project: project), given.origin) } catch {
            throw Failure(given.isFlag ? .usage : .error, .badEndpoint(error, at: given.origin.subject))
        }
    }

    /// The SDK's variable for one region counts before what a file says.
    private var endpointOverride: Sourced<String>? {
        if let region = self[.region]?.value {
            let name = "HUAWEICLOUD_SDK_REGION_EVS_" + region.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
            if let found = environment.first(of: [name]) { return Sourced(found.value, .variable(found.name)) }
        }
        return self[.endpoint]
    }

    private func namesVersion(_ url: String?) -> Bool {
        guard let url else { return false }
        return url.split(separator: "/").contains { $0.lowercased() == "v2" || $0.lowercased() == "v3" }
    }

    private static func project(_ text: Sourced<String>) throws -> Sourced<ProjectID> {
        guard let project = ProjectID(text.value) else {
            throw Failure(text.isFlag ? .usage : .error, .badProjectID(text.value, setting: text.origin.text))
        }
        return Sourced(project, text.origin)
    }

    // MARK: Words with few values

    /// The version of the block-storage API that is asked for: `2`, `3`, `v3`, `3.50`.
    func volumeVersion() throws -> Endpoint.Version? {
        guard let setting = self[.volumeVersion] else { return nil }
        switch setting.value.lowercased().drop(while: { $0 == "v" }).prefix(while: { $0 != "." }) {
        case "2": return .v2
        case "3": return .v3
        default: throw Failure(.error, .badVersion(setting, expected: "2 or 3"))
        }
    }

    func interface() throws -> EndpointInterface {
        guard let setting = self[.volumeInterface] ?? self[.interface] else { return .public }
        guard let interface = EndpointInterface(setting.value) else { throw Failure(.error, .badInterface(setting)) }
        return interface
    }

    func insecure() throws -> Sourced<Bool>? {
        if let setting = self[.insecure] { return Sourced(try Self.boolean(setting), setting.origin) }
        if let setting = self[.verify] { return Sourced(!(try Self.boolean(setting)), setting.origin) }
        return nil
    }

    private static func boolean(_ setting: Sourced<String>) throws -> Bool {
        switch setting.value.lowercased() {
        case "true", "yes", "on", "1", "t", "y": true
        case "false", "no", "off", "0", "f", "n": false
        default: throw Failure(.error, .badBoolean(setting))
        }
    }
}

extension Sourced {
    var isFlag: Bool { if case .flag = origin { true } else { false } }
}

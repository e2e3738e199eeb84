/// A refusal by the identity service, in the words of a real Keystone (measured).
struct IdentityError: Error, Sendable, Equatable {
    let status: Int
    let title: String
    let message: String
    /// The methods that are offered, told to who asked for another.
    var methods: [String]?

    static let unauthorized = IdentityError(
        status: 401, title: "Unauthorized", message: "The request you have made requires authentication.")

    static func unsupportedMethod(offered: [String]) -> IdentityError {
        IdentityError(
            status: 401, title: "Unauthorized", message: "Attempted to authenticate with an unsupported method.", methods: offered)
    }

    static let scopedApplicationCredential = IdentityError(
        status: 401, title: "Unauthorized",
        message: "Error authenticating with application credential: Application credentials cannot request a scope.")

    static let unknownToken = IdentityError(status: 404, title: "Not Found", message: "Could not recognize Fernet token")

    /// One that is over, or was taken back.
    static let spentToken = IdentityError(status: 404, title: "Not Found", message: "Failed to validate token")

    static func unknownApplicationCredential(_ name: String) -> IdentityError {
        IdentityError(status: 404, title: "Not Found", message: "Could not find Application Credential: \(name).")
    }

    static func forbidden(_ action: String) -> IdentityError {
        IdentityError(
            status: 403, title: "Forbidden", message: "You are not authorized to perform the requested action: \(action).")
    }

    /// Something that must be there is not.
    static func expected(_ what: String, in place: String) -> IdentityError {
        IdentityError(
            status: 400, title: "Bad Request",
            message: "Expecting to find \(what) in \(place). The server could not comply with the request since it is either malformed or "
                + "otherwise incorrect. The client is assumed to be in error.")
    }

    /// Something is of another form; a real Keystone adds its schema to the message.
    static func malformed(_ message: String, at path: String) -> IdentityError {
        IdentityError(
            status: 400, title: "Bad Request", message: path.isEmpty ? message : "Invalid input for field '\(path)': \(message)")
    }

    var body: JSONValue {
        var members = [JSONMember("code", .integer(Int64(status)))]
        if let methods { members.append(JSONMember("identity", ["methods": .array(methods.map { .string($0) })])) }
        members += [JSONMember("message", .string(message)), JSONMember("title", .string(title))]
        return ["error": .object(members)]
    }
}

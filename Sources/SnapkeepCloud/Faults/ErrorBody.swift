/// What an error answer says, whichever of the envelope shapes it came in (CloudAPI#errors).
struct ErrorBody: Hashable {
    /// The cloud's own code (`EVS.5404`) or, without one, the fault's name (`itemNotFound`).
    var code: String?
    var message: String?
    /// In the gateway's envelope.
    var requestID: String?
    /// Seconds as text; 413 of Cinder may say it in the body.
    var retryAfter: String?
    /// Whether the service itself, or its documented gateway, is heard to refuse. What else answers, a proxy or a firewall, does not know
    /// whether the service has acted.
    var isOwnRefusal = false

    /// Reads the body of an error answer of a status; everything is `nil` when it is no known envelope.
    init(parsing body: [UInt8], status: Int) {
        guard !body.isEmpty, let value = JSONValue(parsing: body) else { return }
        if let found = Self.search(value, name: nil, depth: 0) { self = found }
        isOwnRefusal = OwnRefusal.isOne(value, status: status)
    }

    private init(code: String?, message: String?, requestID: String?, retryAfter: String?) {
        self.code = code
        self.message = message
        self.requestID = requestID
        self.retryAfter = retryAfter
    }

    private static let codeKeys = ["error_code", "errorCode", "code"]
    private static let messageKeys = ["error_msg", "errorMsg", "error_message", "message", "msg", "detail", "details", "error_description"]

    /// The first object, from the outside in, that holds a code or a message.
    private static func search(_ value: JSONValue, name: String?, depth: Int) -> ErrorBody? {
        if depth > 4 { return nil }
        switch value {
        case .array(let values):
            for value in values { if let found = search(value, name: name, depth: depth + 1) { return found } }
            return nil
        case .object(let members):
            if let found = read(members, name: name) { return found }
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                if let found = search(value, name: key, depth: depth + 1) { return found }
            }
            return nil
        case .null, .bool, .integer, .number, .string: return nil
        }
    }

    private static func read(_ members: [String: JSONValue], name: String?) -> ErrorBody? {
        let message = messageKeys.lazy.compactMap { members[$0]?.string }.first
        let sent = codeKeys.lazy.compactMap { members[$0]?.scalarText }.first
        // {"error": "text"} has neither; a lone "code" beside nested objects is not yet the error.
        let plain = members["error"]?.string
        if message == nil && plain == nil && (sent == nil || members.values.contains { if case .object = $0 { true } else { false } }) {
            return nil
        }
        // A number only repeats the status, and Huawei sends it as text: the fault's name says more.
        let own = sent.flatMap { text in text.first.map { $0.isNumber } ?? true ? nil : text }
        let faultName = name == "error" || name == "errors" ? nil : name
        return ErrorBody(
            code: own ?? faultName ?? members["title"]?.string, message: message ?? plain,
            requestID: members["request_id"]?.string, retryAfter: members["retryAfter"]?.scalarText)
    }
}

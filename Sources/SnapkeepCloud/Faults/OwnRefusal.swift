/// Tells the refusals of the service and of its documented gateway from all other error answers: strictly by the forms of CloudAPI#errors.
///
/// Only such a refusal proves that a creation was not carried out (P1). A proxy, a firewall or a load balancer may speak after the service
/// has acted; its pages, its empty bodies and its own JSON are in none of these envelopes.
enum OwnRefusal {
    /// Whether the body of an answer is one. The fault's name, and a code that is a number, must agree with the status.
    static func isOne(_ value: JSONValue, status: Int) -> Bool {
        guard (400..<600).contains(status), case .object(let members) = value else { return false }
        return isCinderFault(members, status) || isUnknownPath(members, status) || isKeystoneError(members, status)
            || holdsOwnCode(value, depth: 0)
    }

    /// The statuses that Cinder's names stand for, in lower case; Huawei writes some so.
    private static let statuses: [String: Set<Int>] = [
        "badrequest": [400], "unauthorized": [401], "forbidden": [403], "itemnotfound": [404], "badmethod": [405],
        "conflictingrequest": [409], "overlimit": [413, 429], "overlimitfault": [413, 429], "badmediatype": [415],
        "notimplemented": [501], "serviceunavailable": [503],
    ]

    /// `{"itemNotFound": {"code": 404, "message": "…"}}`; any status without a name of its own is a `computeFault`.
    private static func isCinderFault(_ members: [String: JSONValue], _ status: Int) -> Bool {
        guard members.count == 1, let (name, fault) = members.first, fault["message"]?.string != nil else { return false }
        let word = name.lowercased()
        guard statuses[word]?.contains(status) ?? (word == "computefault") else { return false }
        guard let code = fault["code"] else { return word != "computefault" }
        return code.wholeNumber.map { $0 == status } ?? isOwnCode(code.string)
    }

    /// `{"message": "The resource could not be found…", "code": "404 Not Found", "title": "Not Found"}`: Cinder's front door knows no such
    /// path (measured), so that nothing behind it has seen the request.
    private static func isUnknownPath(_ members: [String: JSONValue], _ status: Int) -> Bool {
        status == 404 && members.count == 3 && members["message"]?.string?.hasPrefix("The resource could not be found.") == true
            && members["code"]?.string == "404 Not Found" && members["title"]?.string == "Not Found"
    }

    /// `{"error": {"code": 401, "title": "Unauthorized", "message": "…"}}`, of the middleware that checks tokens before Cinder.
    private static func isKeystoneError(_ members: [String: JSONValue], _ status: Int) -> Bool {
        guard let error = members["error"], error["title"]?.string != nil, error["message"]?.string != nil else { return false }
        return error["code"]?.wholeNumber == status
    }

    private static let codeKeys = ["code", "error_code", "errorCode"]
    private static let messageKeys = ["message", "error_msg", "errorMsg"]

    /// Whether some object, not too deep, has a code of the cloud's own with a message.
    private static func holdsOwnCode(_ value: JSONValue, depth: Int) -> Bool {
        if depth > 4 { return false }
        switch value {
        case .array(let values): return values.contains { holdsOwnCode($0, depth: depth + 1) }
        case .object(let members):
            if codeKeys.contains(where: { isOwnCode(members[$0]?.string) }), messageKeys.contains(where: { members[$0]?.string != nil }) {
                return true
            }
            return members.values.contains { holdsOwnCode($0, depth: depth + 1) }
        case .null, .bool, .integer, .number, .string: return false
        }
    }

    /// `EVS.5404`, `Common.0013`, `APIGW.0308`.
    private static func isOwnCode(_ text: String?) -> Bool {
        guard let text, let point = text.firstIndex(of: "."), ["EVS", "Common", "APIGW"].contains(text[..<point]) else { return false }
        let number = text[text.index(after: point)...].utf8
        return (1...8).contains(number.count) && number.allSatisfy { (0x30...0x39).contains($0) }
    }
}

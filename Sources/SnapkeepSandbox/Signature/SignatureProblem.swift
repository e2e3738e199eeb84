/// Why a signature is not accepted.
enum SignatureProblem: Error, Sendable, Equatable {
    /// The `Authorization` header has another form, or another algorithm.
    case malformed
    /// No such access key.
    case unknownKey(String)
    /// A header that must be signed is not, or is not there.
    case unsigned(String)
    /// The date has another form.
    case malformedDate(String)
    /// The date is more than 15 minutes from the server's; both as they stand in a header.
    case expired(signed: String, server: String)
    /// The security token of a temporary key is another one, or a permanent key came with one.
    case securityToken
    /// The signature belongs to another request or another secret key; with the request as the server understood it.
    case mismatch(canonicalRequest: String)

    /// The gateway's words, as users of it report them.
    var message: String {
        let reason =
            switch self {
            case .malformed: "the Authorization header is malformed"
            case .unknownKey(let id): "ak \(id) not exist"
            case .unsigned(let name): "verify aksk signature fail, header \(name) is not signed"
            case .malformedDate(let text): "calc aksk signature fail:the date \(text) is malformed"
            case .expired(let signed, let server):
                "calc aksk signature fail:signature expired, signature time:\(signed),server time:\(server)"
            case .securityToken: "verify aksk signature fail, the security token is not the key's"
            case .mismatch(let request):
                "verify aksk signature fail, canonicalRequest:\(request.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "|"))"
            }
        return "Incorrect IAM authentication information: \(reason)"
    }
}

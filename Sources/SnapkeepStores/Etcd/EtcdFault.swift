import SnapkeepCloud
import SnapkeepCore

/// Why etcd did not do what it was asked for, after everything that helps by itself was tried.
enum EtcdFault: Error, Hashable, Sendable {
    /// No member answered in time, or the cluster has no leader; what the last ones said.
    case unavailable(String)
    /// No other try leads there.
    case noWay(FileProblem, String)
    /// Another cluster, or one that was set back to an older backup, answers at these addresses.
    case otherCluster
    /// A revision that was read is not kept any more.
    case compacted
    /// The database has used up its quota (`--quota-backend-bytes`).
    case noSpace
    /// More than the server takes in one request (`--max-request-bytes`, `--max-txn-ops`).
    case tooLarge
    /// The user has no right to these keys, or its password is wrong; the server's words.
    case denied(String)
    /// The lease has run out.
    case leaseGone
    /// An answer that is longer than any that is read.
    case longAnswer
    /// What answers does not speak as etcd does.
    case malformed(String)
    /// Anything else, in the server's words.
    case refused(String)

    /// What happened, as a clause without a full stop.
    var message: String {
        switch self {
        case .unavailable(let words), .noWay(_, let words): words
        case .otherCluster: "another cluster answers there, or one that was set back to an older backup"
        case .compacted: "the cluster was compacted while it was read"
        case .noSpace: "the cluster's database has used up its quota"
        case .tooLarge: "the cluster takes only smaller requests than the usual ones (--max-request-bytes, --max-txn-ops)"
        case .denied(let words): "etcd denies it: \(words)"
        case .leaseGone: "the lease has run out"
        case .longAnswer: "what answers there says more than etcd would"
        case .malformed(let words): "what answers there does not speak as etcd's JSON gateway does: \(words)"
        case .refused(let words): "etcd answers: \(words)"
        }
    }
}

/// What an answer that is no success means for the request.
enum EtcdErrorKind: Hashable, Sendable {
    /// Another member, or the same one later, may do it; nobody knows whether this one has.
    case passing(String)
    /// The token is not known any more.
    case staleToken
    /// The cluster knows no users.
    case noUsers
    case lasting(EtcdFault)

    /// Sorts an answer by its status and its words.
    ///
    /// - Parameters:
    ///   - redactor: of the request's credentials.
    ///   - overTLS: whether it was asked so.
    init(_ status: Int, _ body: [UInt8], _ redactor: Redactor, overTLS: Bool) {
        let (code, text) = Self.content(body)
        guard let text else {
            if FileProblem.asksForTLS(status, body, overTLS: overTLS) {
                self = .lasting(.noWay(.storeOtherScheme, "it takes requests over TLS only"))
                return
            }
            // A proxy in between that finds no member says so without etcd's words.
            self =
                [502, 503, 504, 408, 429].contains(status)
                ? .passing("it answers with status \(status)")
                : .lasting(.malformed("status \(status) without a message of etcd"))
            return
        }
        let words = oneLine(redactor.redact(Self.withoutPrefix(text)), limit: 200)
        self =
            switch true {
            case text.contains("invalid auth token"), text.contains("auth: revision in header is old"): .staleToken
            case text.contains("authentication is not enabled"): .noUsers
            case text.contains("database space exceeded"): .lasting(.noSpace)
            case text.contains("request is too large"), text.contains("too many operations"), text.contains("larger than max"):
                .lasting(.tooLarge)
            case text.contains("has been compacted"): .lasting(.compacted)
            // The member is behind, or it was set back: the check of revisions tells.
            case text.contains("is a future revision"): .passing(words)
            case text.contains("lease not found"): .lasting(.leaseGone)
            case text.contains("permission denied"), text.contains("invalid user ID or password"), text.contains("user name is empty"),
                text.contains("user name not found"):
                .lasting(.denied(words))
            // gRPC's codes: deadline exceeded, unavailable, aborted, cancelled, and unknown with words of a broken connection.
            case code == 4, code == 14, code == 10, code == 1, text.contains("transport is closing"), text.contains("no leader"),
                text.contains("too many requests"),
                text.contains("timed out"), text.contains("leader changed"), text.contains("server stopped"):
                .passing(words)
            case code == 7, code == 16: .lasting(.denied(words))
            default: .lasting(.refused(words))
            }
    }

    private static func withoutPrefix(_ text: String) -> String {
        text.hasPrefix("etcdserver: ") ? String(text.dropFirst("etcdserver: ".count)) : text
    }

    /// `{"error":"…","code":14,"message":"…"}`; in streams all of that stands in `error`.
    private static func content(_ body: [UInt8]) -> (code: Int, text: String?) {
        body.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            return (try? content(&reader, depth: 0)) ?? (0, nil)
        }
    }

    private static func content(_ reader: inout JSONReader, depth: Int) throws(JSONProblem) -> (code: Int, text: String?) {
        var code = 0
        var text: String?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.isEqual(to: "error"), reader.nextKind() == .object, depth == 0 {
                (code, text) = try content(&reader, depth: 1)
            } else if key.isEqual(to: "error") || key.isEqual(to: "message"), reader.nextIsString() {
                let words = try reader.string()
                text = text ?? words
            } else if key.isEqual(to: "code") || key.isEqual(to: "grpc_code"), reader.nextKind() == .number {
                code = try reader.int()
            } else {
                try reader.skip()
            }
        }
        return (code, text)
    }
}

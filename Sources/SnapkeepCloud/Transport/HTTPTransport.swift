/// Sends one request and brings back its answer: no retry, no redirect, no opinion about statuses.
public protocol HTTPTransport: Sendable {
    /// - Throws: `TransportFault` when there is no whole answer.
    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer
}

/// One HTTP request, ready to be sent as it stands.
public struct OutgoingRequest: Sendable {
    /// The methods that the API uses, and those by which stores of states are written and locked.
    public enum Method: String, Hashable, CaseIterable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case lock = "LOCK"
        case unlock = "UNLOCK"
    }

    public var method: Method
    public var endpoint: Endpoint
    /// From the first slash, percent-encoded.
    public var path: String
    /// Pairs sorted by name, each encoded, without the question mark; empty when there are none. It is sent so (CloudAPI#signatures).
    public var query: String
    public var fields: [HeaderField]
    public var body: [UInt8]?
    /// The answer's body is read up to this many bytes.
    public var answerLimit: Int
    /// Asked at the last moment, when the connection is there and the head of a request with a body is written to it: where it says no, none of
    /// the body leaves, and the fault is `notSent`. The process may have been stopped since the request was made, or the connection was slow.
    public var mayLeave: @Sendable () -> Bool = { true }
    /// From the call to the last byte of the answer, where that is to be less than what the transport allows each request.
    public var timeLimit: Duration?

    /// A request of its parts.
    public init(
        method: Method, endpoint: Endpoint, path: String, query: String = "", fields: [HeaderField] = [], body: [UInt8]? = nil,
        answerLimit: Int
    ) {
        self.method = method
        self.endpoint = endpoint
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.answerLimit = answerLimit
    }

    /// What stands after the method in the request line.
    public var target: String { query.isEmpty ? path : "\(path)?\(query)" }

    /// How faults and logs name the request: never with a query, a field or a host (P8).
    public var label: String { "\(method.rawValue) \(path)" }
}

/// The answer to one request.
public struct HTTPAnswer: Sendable {
    public var status: Int
    /// As they came; names in any case.
    public var fields: [(name: String, value: String)]
    public var body: [UInt8]
    /// Whether the body went on after the request's `answerLimit`; then `body` is not the whole of it.
    public var isTruncated: Bool

    /// An answer of its parts.
    public init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = [], isTruncated: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = body
        self.isTruncated = isTruncated
    }

    /// The first field of a name, in any case.
    package func field(_ name: String) -> String? {
        fields.first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why a request has no whole answer.
public struct TransportFault: Error, Hashable, Sendable {
    /// Whether the service can have acted.
    public enum Kind: Hashable, Sendable {
        /// Certainly not: no connection was had, or not a byte of the body had left.
        case notSent
        /// It may have.
        case uncertain
    }

    /// What no other try helps against.
    public enum Cause: Hashable, Sendable {
        /// The other side's certificate is not trusted, or is another one's.
        case untrusted
        /// The other side does not speak TLS.
        case withoutTLS
    }

    public var kind: Kind
    /// One clause, lower case, without credentials.
    public var message: String
    public var cause: Cause?

    /// A fault of its parts.
    public init(_ kind: Kind, _ message: String, cause: Cause? = nil) {
        self.kind = kind
        self.message = message
        self.cause = cause
    }
}

public import Logging
public import SnapkeepCore
public import SnapkeepEngine

/// The snapshot calls of the Cinder API, v2 and v3, as Huawei EVS, Open Telekom Cloud and OpenStack serve it (CloudAPI#dialects).
///
/// It sends each request once, and once more with new credentials where the first are refused. Without a microversion v3 answers as
/// 3.0; none is asked for that changes the meaning of `force` (CloudAPI#force; see `Microversion`).
public struct CinderClient: ProjectService {
    /// Sizes and names that a caller may want to change.
    public struct Configuration: Hashable, Sendable {
        /// The rows asked for in one page, 1…1000 (CloudAPI#list).
        public var pageSize: Int
        /// The most bytes that one page of a list may have. A row has half a kilobyte; one with as much metadata as a cloud allows, some more.
        public var listLimit: Int
        /// The most rows that one list may have (`SnapshotService.listBound`).
        public var listBound: Int
        /// The most bytes that any other answer may have.
        public var answerLimit: Int
        /// The program's version in `User-Agent: snapkeep/VERSION`.
        public var version: String
        /// Sent with each request of v3; `nil` sends none.
        public var microversion: Microversion?

        /// Sizes that every known server is content with.
        public init(
            pageSize: Int = 1000, listLimit: Int = 24 << 20, listBound: Int = ListProgress.usualBound, answerLimit: Int = 1 << 20,
            version: String = "dev", microversion: Microversion? = nil
        ) {
            self.pageSize = min(1000, max(1, pageSize))
            self.listLimit = listLimit
            self.listBound = listBound
            self.answerLimit = answerLimit
            self.version = version
            self.microversion = microversion
        }
    }

    public var listBound: Int { configuration.listBound }
    public var clockDifference: Duration? { skew.offset }

    let endpoint: Endpoint
    let projectID: ProjectID
    let transport: any HTTPTransport
    let authorizer: any Authorizer
    let configuration: Configuration
    let logger: Logger
    let now: @Sendable () -> Timestamp
    let elapsed: @Sendable () -> Duration
    private let skew = LastSkew()
    /// Asked before each request that changes something.
    private var check: SendingCheck = { () async throws(JournalFailure) in nil }

    /// A client for one project.
    ///
    /// - Parameters:
    ///   - logger: gets one line per answer at debug level: method, path, status, duration, request id. Never a field or a body (P8).
    ///   - now: the wall clock, for a `Retry-After` that names a date.
    ///   - elapsed: a clock that nobody sets and that goes on while the machine sleeps; `nil` for the system's.
    public init(
        endpoint: Endpoint, projectID: ProjectID, transport: any HTTPTransport, authorizer: any Authorizer,
        configuration: Configuration = Configuration(), logger: Logger, now: @escaping @Sendable () -> Timestamp,
        elapsed: (@Sendable () -> Duration)? = nil
    ) {
        self.endpoint = endpoint
        self.projectID = projectID
        self.transport = transport
        self.authorizer = authorizer
        self.configuration = configuration
        self.logger = logger
        self.now = now
        let start = ContinuousClock.now
        self.elapsed = elapsed ?? { start.duration(to: .now) }
    }

    public func checking(_ check: @escaping SendingCheck) -> any SnapshotService {
        var checked = self
        checked.check = check
        return checked
    }

    /// One request of the API, before it is authorized.
    struct Call {
        var operation: Operation
        var method: OutgoingRequest.Method
        /// The path after the project id.
        var segments: [String]
        var parameters: [(name: String, value: String)] = []
        var body: [UInt8]?
    }

    /// Sends one call and gives back its answer when that is a success. This is the only place that sends.
    ///
    /// Credentials that the service refuses are renewed once, where that can help; a request that the service itself refused for them was
    /// not carried out, so it is sent again whatever it asks for (CloudAPI#tokens). What others refuse proves nothing: such a fault
    /// is uncertain, and the requests that look it up renew what is over.
    ///
    /// What changes something is checked with the credentials at hand, before each sending. A creation that had to wait too long for them or for
    /// its connection is not sent: whoever asked writes down first that it is sent only now (P1).
    ///
    /// - Throws: `ServiceFault` for everything else.
    func send(_ call: Call) async throws(ServiceFault) -> SuccessfulAnswer {
        var request = makeRequest(call)
        let elapsed = elapsed
        let bound = call.operation == .createSnapshot ? elapsed() + ExecutionPolicy.sendBound : nil
        func fields() async throws(ServiceFault) -> [HeaderField] {
            let fields = try await authorizer.fields(for: request)
            if call.method == .get { return fields }
            // Before the check: a process that is stopped behind it must not count from when it goes on.
            let asked = elapsed()
            let held: Duration?
            do throws(JournalFailure) { held = try await check() } catch {
                throw ServiceFault(.notSent, request: request.label, message: error.message)
            }
            if let bound, elapsed() > bound {
                throw ServiceFault(
                    .notSent, request: request.label, message: "the credentials took longer than \(ExecutionPolicy.sendBound.secondsText)")
            }
            let ends = [bound, held.map { asked + $0 }].compactMap { $0 }
            request.mayLeave = { ends.allSatisfy { elapsed() < $0 } }
            // Nothing asks a request without a body once its connection is there.
            if request.body == nil, !request.mayLeave() {
                throw ServiceFault(.notSent, request: request.label, message: "the lock was certain for too short a time")
            }
            return fields
        }
        let credentials = try await fields()
        let first: ServiceFault
        do { return try await send(request, call.operation, credentials) } catch { first = error }
        guard first.kind == .unauthenticated, try await authorizer.canReplace(refused: credentials) else { throw first }
        // Before the request is looked at, which gets its new time with them.
        let renewed = try await fields()
        return try await send(request, call.operation, renewed)
    }

    private func send(
        _ given: OutgoingRequest, _ operation: Operation, _ credentials: [HeaderField]
    ) async throws(ServiceFault) -> SuccessfulAnswer {
        var request = given
        request.fields += credentials
        let redactor = Redactor(credentials)
        let start = ContinuousClock.now
        let answer: HTTPAnswer
        do {
            answer = try await transport.send(request)
        } catch {
            let message = oneLine(redactor.redact(error.message), limit: ServiceFault.messageLength)
            logger.debug(
                "no answer",
                metadata: [
                    "method": "\(request.method.rawValue)", "path": "\(request.path)", "duration": "\(start.duration(to: .now))",
                    "reason": "\(message)",
                ])
            let kind: ServiceFault.Kind = error.kind == .notSent ? .notSent : .uncertain
            throw ServiceFault(kind, request: request.label, message: message)
        }
        log(answer, to: request, redactor, start.duration(to: .now))
        if let found = ClockSkew(answer, now: now()) { skew.note(found.offset) }
        guard (200..<300).contains(answer.status) else {
            var fault = ServiceFault(answer: answer, to: request, operation, redactor: redactor, now: now())
            if fault.kind == .unauthenticated, authorizer.dependsOnClock {
                fault.message = fault.message.withoutFullStop + clockWords(answer)
            }
            throw fault
        }
        if isAuthenticationReply(answer) {
            throw ServiceFault(
                operation.isIdempotent ? .unauthenticated : .uncertain, request: request.label, status: answer.status,
                message: "the service answered as if no token had been sent", requestID: answer.requestID(redactor))
        }
        let result = SuccessfulAnswer(answer: answer, request: request, redactor: redactor)
        if answer.isTruncated {
            throw operation.isList
                ? result.beyondBounds("one page of the list is larger than \(request.answerLimit >> 20) MiB")
                : result.unintelligible("the answer is larger than the limit of \(request.answerLimit) bytes")
        }
        if answer.status == 204, operation.expectsBody { throw result.unintelligible("the answer is empty") }
        return result
    }

    /// Upstream without Keystone answers a request that has no usable token with 204 and an Auth 1.1 reply (measured; CloudAPI#errors knows
    /// no 204 otherwise).
    private func isAuthenticationReply(_ answer: HTTPAnswer) -> Bool {
        answer.status == 204 && answer.field("X-Server-Management-Url") != nil
    }

    /// The commonest reason why a signature is refused, with the difference that the answer tells.
    private func clockWords(_ answer: HTTPAnswer) -> String {
        guard let skew = ClockSkew(answer, now: now()) else {
            return "; check this machine's clock, a signature holds for \(RequestSigner.longestSkew.minutesText)"
        }
        return "; \(skew.words), a signature holds for \(RequestSigner.longestSkew.minutesText)"
    }

    private func makeRequest(_ call: Call) -> OutgoingRequest {
        let path = ([endpoint.version.rawValue, projectID.text] + call.segments).map { "/" + percentEncoded($0) }.joined()
        var fields = commonFields
        if endpoint.version == .v3, let microversion = configuration.microversion {
            fields.append(HeaderField("OpenStack-API-Version", "volume \(microversion)"))
        }
        if call.body != nil { fields.append(HeaderField("Content-Type", "application/json")) }
        return OutgoingRequest(
            method: call.method, endpoint: endpoint, path: endpoint.prefix + path, query: canonicalQuery(call.parameters), fields: fields,
            body: call.body, answerLimit: call.operation.isList ? configuration.listLimit : configuration.answerLimit)
    }

    var commonFields: [HeaderField] {
        [
            HeaderField("Host", endpoint.authority), HeaderField("Accept", "application/json"),
            HeaderField("User-Agent", "snapkeep/\(configuration.version)"),
        ]
    }

    private func log(_ answer: HTTPAnswer, to request: OutgoingRequest, _ redactor: Redactor, _ duration: Duration) {
        var metadata: Logger.Metadata = [
            "method": "\(request.method.rawValue)", "path": "\(request.path)", "status": "\(answer.status)",
            "duration": "\(duration)", "request-id": "\(answer.requestID(redactor) ?? "-")",
        ]
        if !request.query.isEmpty { metadata["query"] = "\(request.query)" }
        logger.debug("answer", metadata: metadata)
    }
}

/// An answer with a 2xx status, and what is needed to complain about its body.
struct SuccessfulAnswer {
    let answer: HTTPAnswer
    let request: OutgoingRequest
    let redactor: Redactor

    /// The fault of a good status with a bad body: the request may have been carried out.
    func unintelligible(_ problem: String) -> ServiceFault {
        ServiceFault(unreadable: answer, to: request, problem, redactor: redactor)
    }

    /// The fault of a page that is larger than any that the API gives.
    func beyondBounds(_ problem: String) -> ServiceFault {
        ServiceFault(
            .refused(.pageBound), request: request.label, status: answer.status, message: problem, requestID: answer.requestID(redactor))
    }

    /// The body as a JSON object.
    func object() throws(ServiceFault) -> JSONValue {
        let value: JSONValue
        do throws(JSONValue.Unreadable) { value = try JSONValue(reading: answer.body) } catch { throw unintelligible(error.words) }
        guard case .object = value else { throw unintelligible("the answer is not a JSON object") }
        return value
    }

    /// The `snapshot` of the body.
    func snapshot() throws(ServiceFault) -> ObservedSnapshot {
        guard let value = try object()["snapshot"] else { throw unintelligible("the answer holds no snapshot") }
        do { return try ObservedSnapshot(wire: value) } catch { throw unintelligible(error.message) }
    }

    /// The rows and links of a list.
    func rows(_ name: String) throws(ServiceFault) -> (rows: [JSONValue], links: JSONValue?) {
        let body: JSONValue
        do throws(JSONValue.Unreadable) { body = try JSONValue(reading: answer.body) } catch {
            throw error == .tooMany
                ? beyondBounds("one page of the list holds more values than any page of the API") : unintelligible(error.words)
        }
        guard case .array(let rows)? = body[name] else { throw unintelligible("the answer holds no list of \(name)") }
        if rows.count > Self.rowBound {
            throw beyondBounds("one page of the list has \(rows.count) rows, and the API gives at most 1000")
        }
        return (rows, body["\(name)_links"])
    }

    /// Most rows of a page that are taken: twice as many as any server gives (CloudAPI#list).
    static let rowBound = 2000

    /// Deletions answer without a body; a page of some proxy that says 200 must not pass for one.
    func expectNothing() throws(ServiceFault) {
        if !answer.body.isEmpty && JSONValue(parsing: answer.body) == nil { throw unintelligible("the answer is not JSON") }
    }
}

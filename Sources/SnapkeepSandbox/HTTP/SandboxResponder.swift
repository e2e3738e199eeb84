internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// Between the socket and the API: reads the request, lets the fault rules have their way, and delivers the answer.
struct SandboxResponder: Sendable {
    let api: SandboxAPI
    let environment: SandboxEnvironment
    let traffic: Traffic

    /// The most bytes of a body, as upstream.
    private static let maximumBody = 114_688

    /// Thrown after the connection was closed; nobody hears it.
    private struct ConnectionCut: Error {}

    /// Serves a connection until either side ends it.
    func serve(_ stream: Listener.Stream) async {
        let channel = stream.channel
        await withTaskCancellationHandler {
            // What is thrown ends this connection and nothing else: its client is gone, or a fault has cut it.
            try? await stream.executeThenClose { parts in
                var connection = HTTPConnection(parts, of: channel)
                do {
                    while let head = try await connection.nextHead() {
                        try await answer(head, on: &connection)
                        guard head.isKeepAlive else { break }
                    }
                } catch is HTTPParserError {
                    try await connection.refuse()
                }
                try await connection.linger()
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func answer(_ head: HTTPRequestHead, on connection: inout HTTPConnection) async throws {
        // In flight until the answer has been handed to the system.
        let visit = traffic.enter()
        defer { withExtendedLifetime(visit) {} }
        let body = try await connection.body(of: head, atMost: Self.maximumBody)
        let request = APIRequest(head, body: body ?? [], host: api.configuration.host, requestID: "req-\(environment.makeID())")
        let (number, fault) = await api.store.begin(method: request.method, target: request.target)
        let log = RequestLog(request, fault: fault, environment)
        if api.configuration.answerLatency > .zero { await environment.sleep(api.configuration.answerLatency) }
        guard body != nil else {
            await api.store.finish(number, status: 413)
            log.tell(413)
            let reply = api.tooLarge(request)
            return try await connection.send(reply, to: head, at: await date(of: reply))
        }
        switch await FaultScript(api: api, environment: environment, number: number).delivery(of: request, fault: fault) {
        case .whole(let reply):
            await api.store.finish(number, status: reply.status)
            log.tell(reply.status)
            try await connection.send(reply, to: head, at: await date(of: reply))
        case .half(let reply):
            log.tell(nil)
            try await connection.sendHalf(reply, at: await date(of: reply))
            throw ConnectionCut()
        case .none(let actsAfter):
            log.tell(nil)
            await connection.close()
            if let actsAfter {
                await environment.sleep(actsAfter)
                _ = await api.reply(to: request)
            }
            throw ConnectionCut()
        }
    }

    private func date(of reply: Reply) async -> Microseconds {
        let now = await api.store.moment()
        return reply.tellsSystemTime ? now.system : now.shown
    }
}

/// Tells of one request, once it is over.
private struct RequestLog {
    private let request: APIRequest
    private let fault: FaultRule.Kind?
    private let environment: SandboxEnvironment
    private let beganAt: Microseconds

    init(_ request: APIRequest, fault: FaultRule.Kind?, _ environment: SandboxEnvironment) {
        self.request = request
        self.fault = fault
        self.environment = environment
        beganAt = environment.now()
    }

    /// - Parameter status: nil when the connection was cut.
    func tell(_ status: Int?) {
        guard let log = environment.log else { return }
        let told = SandboxRequest(
            method: request.method, path: request.target.path, query: request.target.query, status: status, fault: fault)
        log(told, .microseconds(max(0, environment.now() - beganAt)))
    }
}

extension APIRequest {
    /// The request as it came; `host` is the authority where the client names none.
    fileprivate init(_ head: HTTPRequestHead, body: [UInt8], host: String, requestID: String) {
        var headers: HTTPFields = [:]
        for (name, value) in head.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        self.init(
            method: head.method.rawValue, target: RequestTarget(head.uri), headers: headers,
            authority: head.headers.first(name: "Host") ?? host, body: body, requestID: requestID)
    }
}

/// Plays a fault: when the service acts, and what of its answer is delivered.
struct FaultScript {
    let api: SandboxAPI
    let environment: SandboxEnvironment
    /// Tells this request from the others.
    let number: Int

    /// What reaches the client.
    enum Delivery: Sendable {
        case whole(Reply)
        /// Half of the body, then the end of the connection.
        case half(Reply)
        /// The end of the connection; the service may act that much later.
        case none(actsAfter: Duration?)
    }

    func delivery(of request: APIRequest, fault: FaultRule.Kind?) async -> Delivery {
        switch fault {
        case nil:
            return .whole(await api.reply(to: request))
        case .status(let status, let retryAfter, let code, let acts):
            if acts { _ = await api.reply(to: request) }
            return .whole(stamped(api.errors(request).injected(status: status, retryAfter: retryAfter, code: code), request))
        case .cut(let acts):
            if acts { _ = await api.reply(to: request) }
            return .none(actsAfter: nil)
        case .cutMiddle:
            return .half(await api.reply(to: request))
        case .late(let delay):
            return .none(actsAfter: delay)
        case .slow(let delay):
            await environment.sleep(delay)
            return .whole(await api.reply(to: request))
        case .slowAfter(let delay):
            let reply = await api.reply(to: request)
            await environment.sleep(delay)
            return .whole(reply)
        case .wrongJSON:
            var reply = await api.reply(to: request)
            reply.body = JSONWriter.encode(["snapshot": "done", "snapshots": ["rows": 0], "volumes": 7])
            return .whole(reply)
        case .tornJSON:
            var reply = await api.reply(to: request)
            reply.body.removeLast(reply.body.count / 2)
            return .whole(reply)
        case .html(let acts):
            if acts { _ = await api.reply(to: request) }
            return .whole(ErrorReplies.proxyPage)
        case .page(let status, let acts):
            if acts { _ = await api.reply(to: request) }
            return .whole(ErrorReplies.page(status))
        case .bare(let status, let acts):
            if acts { _ = await api.reply(to: request) }
            return .whole(ErrorReplies.bare(status))
        case .twice:
            _ = await api.reply(to: request)
            return .whole(await api.reply(to: request))
        case .list(let list):
            return .whole(list.reply(to: request.target, number: number))
        }
    }

    private func stamped(_ reply: Reply, _ request: APIRequest) -> Reply {
        var reply = reply
        api.stamp(&reply, request)
        return reply
    }
}

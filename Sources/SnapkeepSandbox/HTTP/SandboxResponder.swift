internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What a request's handler may do with its connection: the channel, so that a fault can close it.
struct SandboxContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}

/// Between the socket and the API: reads the request, lets the fault rules have their way, and delivers the answer.
struct SandboxResponder: HTTPResponder {
    let api: SandboxAPI
    let environment: SandboxEnvironment
    let traffic: Traffic

    /// The most bytes of a body, as upstream.
    private static let maximumBody = 114_688

    /// Thrown after the connection was closed; nobody hears it.
    private struct ConnectionCut: Error {}

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let visit = traffic.enter()
        let target = RequestTarget(request.head.path ?? "")
        let method = request.method.rawValue
        var body: [UInt8]? = []
        do {
            body = Array(try await request.body.collect(upTo: Self.maximumBody).readableBytesView)
        } catch is NIOTooManyBytesError {
            body = nil
        }
        let (number, fault) = await api.store.begin(method: method, target: target)
        let apiRequest = APIRequest(
            method: method, target: target, headers: request.headers, authority: request.head.authority ?? api.configuration.host,
            body: body ?? [], requestID: "req-\(environment.makeID())")
        if api.configuration.answerLatency > .zero { await environment.sleep(api.configuration.answerLatency) }
        guard body != nil else {
            await api.store.finish(number, status: 413)
            return response(api.tooLarge(apiRequest), visit)
        }
        switch await FaultScript(api: api, environment: environment).delivery(of: apiRequest, fault: fault) {
        case .whole(let reply):
            await api.store.finish(number, status: reply.status)
            return response(reply, visit)
        case .half(let reply):
            return halfResponse(reply, visit, channel: context.channel)
        case .none(let actsAfter):
            try? await context.channel.close()
            if let actsAfter {
                await environment.sleep(actsAfter)
                _ = await api.reply(to: apiRequest)
            }
            withExtendedLifetime(visit) {}
            throw ConnectionCut()
        }
    }

    /// The whole answer; the request is in flight until it has been handed to the socket.
    private func response(_ reply: Reply, _ visit: Traffic.Visit) -> Response {
        let body = ResponseBody(contentLength: reply.body.count) { writer in
            defer { withExtendedLifetime(visit) {} }
            if !reply.body.isEmpty { try await writer.write(ByteBuffer(bytes: reply.body)) }
            try await writer.finish(nil)
        }
        return Response(status: .init(code: reply.status), headers: reply.headers, body: body)
    }

    private func halfResponse(_ reply: Reply, _ visit: Traffic.Visit, channel: any Channel) -> Response {
        let half = ByteBuffer(bytes: reply.body.prefix(reply.body.count / 2))
        let body = ResponseBody(contentLength: reply.body.count) { writer in
            defer { withExtendedLifetime(visit) {} }
            try await writer.write(half)
            try? await channel.close()
            throw ConnectionCut()
        }
        return Response(status: .init(code: reply.status), headers: reply.headers, body: body)
    }
}

/// Plays a fault: when the service acts, and what of its answer is delivered.
struct FaultScript {
    let api: SandboxAPI
    let environment: SandboxEnvironment

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
        }
    }

    private func stamped(_ reply: Reply, _ request: APIRequest) -> Reply {
        var reply = reply
        api.stamp(&reply, request)
        return reply
    }
}

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// One connection as HTTP/1.1 sees it: requests come in one after the other, and each is answered before the next is read.
struct HTTPConnection {
    private let channel: any Channel
    private var parts: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator

    /// The client went away in the middle of a request.
    struct Truncated: Error {}

    init(_ parts: NIOAsyncChannelInboundStream<HTTPServerRequestPart>, of channel: any Channel) {
        self.channel = channel
        self.parts = parts.makeAsyncIterator()
    }

    /// The next request, past what is left of the one before; nil when the client sends no more.
    ///
    /// - Throws: `HTTPParserError` for what is no request.
    mutating func nextHead() async throws -> HTTPRequestHead? {
        while let part = try await parts.next() {
            if case .head(let head) = part { return head }
        }
        return nil
    }

    /// The body of the request whose head was read last; nil as soon as it is longer than allowed.
    mutating func body(of head: HTTPRequestHead, atMost limit: Int) async throws -> [UInt8]? {
        if head.version == .http1_1, head.headers[canonicalForm: "Expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            // Its client holds the body back until it is told to go on, or loses patience.
            try await channel.writeAndFlush(
                HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .continue))
            ).get()
        }
        var bytes: [UInt8] = []
        while let part = try await parts.next() {
            guard case .body(let buffer) = part else { return bytes }
            guard bytes.count + buffer.readableBytes <= limit else { return nil }
            bytes += buffer.readableBytesView
        }
        throw Truncated()
    }

    /// Sends an answer, and returns when all of it has been handed to the system.
    func send(_ reply: Reply, to head: HTTPRequestHead, at time: Microseconds) async throws {
        // Whatever would be answered to another method, nothing may follow this head.
        try await write(reply, body: head.method == .HEAD ? [] : reply.body[...], at: time, isWhole: true)
    }

    /// Sends an answer up to the middle of its body, and closes the connection.
    func sendHalf(_ reply: Reply, at time: Microseconds) async throws {
        try await write(reply, body: reply.body.prefix(reply.body.count / 2), at: time, isWhole: false)
        await close()
    }

    /// Tells the client that what it sent is no request, nor is anything after it.
    func refuse() async throws {
        let headers = HTTPHeaders([("Connection", "close"), ("Content-Length", "0")])
        try await write(HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers), body: [], isWhole: true)
    }

    /// Closes the connection at once.
    func close() async {
        try? await channel.close()
    }

    /// Ends the answers, and waits until the client ends the connection: closed with bytes unread, it would take the last answer away.
    mutating func linger() async throws {
        try await channel.close(mode: .output)
        while try await parts.next() != nil {}
        try await channel.closeFuture.get()
    }

    private func write(_ reply: Reply, body: ArraySlice<UInt8>, at time: Microseconds, isWhole: Bool) async throws {
        var headers = HTTPHeaders(reply.headers.map { ($0.name.rawName, $0.value) })
        headers.add(name: "Content-Length", value: String(reply.body.count))
        headers.add(name: "Date", value: Timestamp.httpDate(time))
        let status = HTTPResponseStatus(statusCode: reply.status)
        try await write(HTTPResponseHead(version: .http1_1, status: status, headers: headers), body: body, isWhole: isWhole)
    }

    private func write(_ head: HTTPResponseHead, body: ArraySlice<UInt8>, isWhole: Bool) async throws {
        let channel = channel
        let content = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body)))
        try await channel.eventLoop.flatSubmit {
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            guard isWhole else { return channel.writeAndFlush(content) }
            if !body.isEmpty { channel.write(content, promise: nil) }
            return channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        }.get()
    }
}

import SnapkeepCloud

/// Connections that last as long as this process, opened with the first request.
actor LastingTransport: HTTPTransport {
    private let configuration: AsyncHTTPTransport.Configuration
    private var opening: Task<AsyncHTTPTransport?, Never>?

    init(_ configuration: AsyncHTTPTransport.Configuration) { self.configuration = configuration }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        guard let transport = await transport() else { throw TransportFault(.notSent, "the transport is closed") }
        return try await transport.send(request)
    }

    private func transport() async -> AsyncHTTPTransport? {
        if let opening { return await opening.value }
        let configuration = configuration
        let opening = Task { () -> AsyncHTTPTransport? in
            let (transports, continuation) = AsyncStream.makeStream(of: AsyncHTTPTransport.self)
            // It holds the connections open; the end of the process ends it.
            Task {
                try await AsyncHTTPTransport.with(configuration) { transport in
                    continuation.yield(transport)
                    while true { try await Task.sleep(for: .seconds(3600)) }
                }
            }
            var iterator = transports.makeAsyncIterator()
            return await iterator.next()
        }
        self.opening = opening
        return await opening.value
    }
}

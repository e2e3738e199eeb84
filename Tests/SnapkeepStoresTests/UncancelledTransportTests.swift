import SnapkeepCloud
import Testing

@testable import SnapkeepStores

/// A server whose answer never comes to whoever is cancelled while waiting for it.
private struct CancellableTransport: HTTPTransport {
    let isAsked: AsyncStream<Void>.Continuation
    let answers: @Sendable () async -> Void

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        isAsked.yield()
        await answers()
        if Task.isCancelled { throw TransportFault(.uncertain, "the request was given up") }
        return HTTPAnswer(status: 200)
    }
}

@Suite("Requests to a state's store")
struct UncancelledTransportTests {
    @Test("P2: a request whose sender is cancelled meanwhile, or was before, comes to its end", arguments: [true, false])
    func uncancelled(_ isBefore: Bool) async throws {
        let (asked, isAsked) = AsyncStream.makeStream(of: Void.self)
        let (goes, go) = AsyncStream.makeStream(of: Void.self)
        let transport = UncancelledTransport(base: CancellableTransport(isAsked: isAsked) { for await _ in goes { break } })
        let sending = Task {
            if isBefore { withUnsafeCurrentTask { $0?.cancel() } }
            return try await transport.send(
                OutgoingRequest(method: .get, endpoint: try Endpoint.parse("https://127.0.0.1/").endpoint, path: "/state", answerLimit: 1))
        }
        for await _ in asked { break }
        sending.cancel()
        go.yield()
        #expect(try await sending.value.status == 200)
    }
}

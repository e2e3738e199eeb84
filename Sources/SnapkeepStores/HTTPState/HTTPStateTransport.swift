public import SnapkeepCloud

/// Opens a connection for each request and closes it behind the answer: a run sends a handful of requests, minutes apart, and nothing has to be
/// kept open for them or closed in time.
public struct HTTPStateTransport: HTTPTransport {
    private let configuration: AsyncHTTPTransport.Configuration

    /// From the call to the last byte of the answer; a document of 100,000 snapshots has 44 MB.
    static let timeLimit: Duration = .seconds(120)

    /// A transport that trusts what the settings say.
    public init(_ settings: HTTPStateSettings, proxies: ProxyRules) {
        configuration = .init(requestTimeout: Self.timeLimit, connections: 1, trust: settings.trust, proxies: proxies)
    }

    public func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let result: Result<HTTPAnswer, TransportFault>
        do {
            result = try await AsyncHTTPTransport.with(configuration) { transport in
                do throws(TransportFault) { return .success(try await transport.send(request)) } catch { return .failure(error) }
            }
        } catch {
            // The request itself gives its own faults: what is left is the client's end, behind it or in front of it.
            result = .failure(TransportFault(.uncertain, "the connection could not be used"))
        }
        return try result.get()
    }
}

import SnapkeepCloud

/// Carries each request to its end, also when whoever sent it is cancelled meanwhile.
///
/// A signal cancels a command that holds a state's lock, so that it gives everything back in order. That takes requests itself; and one that is
/// given up on its way leaves open what has become of it. How long a request may last is for `base` to bound.
struct UncancelledTransport: HTTPTransport {
    let base: any HTTPTransport

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let base = base
        return try await Task { () -> Result<HTTPAnswer, TransportFault> in
            do throws(TransportFault) { return .success(try await base.send(request)) } catch { return .failure(error) }
        }.value.get()
    }
}

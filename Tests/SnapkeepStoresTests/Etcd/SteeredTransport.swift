import SnapkeepCloud
import Synchronization

/// A network of which a test decides, request by request, what arrives.
final class SteeredTransport: HTTPTransport {
    enum Fate: Sendable {
        case arrives
        /// Nothing is sent.
        case cut
        /// The request arrives, and its answer does not.
        case losesAnswer
        /// Something in between answers so, and the request does not arrive.
        case isAnswered(HTTPAnswer)
    }

    /// The fate of a request, the first one being number 1.
    typealias Steering = @Sendable (_ number: Int) -> Fate

    private struct State {
        var steering: Steering
        var onlyWrites = false
        var count = 0
    }

    private let base: any HTTPTransport
    private let state: Mutex<State>

    init(_ base: any HTTPTransport, _ steering: @escaping Steering = { _ in .arrives }) {
        self.base = base
        state = Mutex(State(steering: steering))
    }

    /// From now on requests are counted anew.
    ///
    /// - Parameter onlyWrites: whether only transactions that write are counted and steered, and all others arrive.
    func steer(onlyWrites: Bool = false, _ steering: @escaping Steering) {
        state.withLock { $0 = State(steering: steering, onlyWrites: onlyWrites) }
    }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let isWrite = Self.isWrite(request)
        let fate = state.withLock { state -> Fate in
            if state.onlyWrites && !isWrite { return .arrives }
            state.count += 1
            return state.steering(state.count)
        }
        switch fate {
        case .cut: throw TransportFault(.notSent, "the network is cut")
        case .isAnswered(let answer): return answer
        case .arrives: return try await base.send(request)
        case .losesAnswer:
            _ = try await base.send(request)
            throw TransportFault(.uncertain, "the answer was lost")
        }
    }

    private static func isWrite(_ request: OutgoingRequest) -> Bool {
        if !request.path.hasSuffix("/kv/txn") { return false }
        let text = String(decoding: request.body ?? [], as: UTF8.self)
        return text.contains("request_put") || text.contains("request_delete_range")
    }
}

import SnapkeepCloud
import Synchronization

@testable import SnapkeepStores

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

        /// Somebody has taken the user's rights away. That is no silence, after which nobody is asked for a while.
        static let denied = isAnswered(
            HTTPAnswer(
                status: 403,
                body: Array(#"{"error":"etcdserver: permission denied","message":"etcdserver: permission denied","code":7}"#.utf8)))
    }

    /// The fate of a request, the first one being number 1.
    typealias Steering = @Sendable (_ number: Int) -> Fate

    private struct State {
        var steering: Steering
        var steers: @Sendable (OutgoingRequest) -> Bool = { _ in true }
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
        if onlyWrites { steer(only: Self.isWrite, steering) } else { steer(only: { _ in true }, steering) }
    }

    /// From now on requests are counted anew.
    ///
    /// - Parameter steers: which requests are counted and steered; all others arrive.
    func steer(only steers: @escaping @Sendable (OutgoingRequest) -> Bool, _ steering: @escaping Steering) {
        state.withLock { $0 = State(steering: steering, steers: steers) }
    }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let fate = state.withLock { state -> Fate in
            if !state.steers(request) { return .arrives }
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

    /// Whether a request is a transaction that writes this key.
    static func writes(_ key: EtcdKey) -> @Sendable (OutgoingRequest) -> Bool {
        var name: [UInt8] = []
        Base64.append(key, to: &name)
        let put = "\"request_put\":{\"key\":\"\(String(decoding: name, as: UTF8.self))\""
        return { String(decoding: $0.body ?? [], as: UTF8.self).contains(put) }
    }

    private static func isWrite(_ request: OutgoingRequest) -> Bool {
        if !request.path.hasSuffix("/kv/txn") { return false }
        let text = String(decoding: request.body ?? [], as: UTF8.self)
        return text.contains("request_put") || text.contains("request_delete_range")
    }
}

import NIOCore
import Synchronization

/// Whether the body of a request has begun to leave. Before that the service has at most a head that announces a body, and cannot act.
final class SendProgress: Sendable {
    private let began = Atomic<Bool>(false)

    var bodyBegan: Bool { began.load(ordering: .sequentiallyConsistent) }

    func beginBody() { began.store(true, ordering: .sequentiallyConsistent) }
}

/// A body in one piece. The transport asks for it only once it has a connection and has written the head to it, and that is noted. Where the
/// request may not leave any more, there is none: the connection is given up then, for the head has announced one.
struct WatchedBody: AsyncSequence, Sendable {
    let bytes: ByteBuffer
    let progress: SendProgress
    let mayLeave: @Sendable () -> Bool

    /// The time of the request was over when its body could have begun to leave.
    struct TooLate: Error {}

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var rest: WatchedBody?

        mutating func next() async throws(TooLate) -> ByteBuffer? {
            guard let body = rest.take() else { return nil }
            guard body.mayLeave() else { throw TooLate() }
            body.progress.beginBody()
            return body.bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: self) }
}

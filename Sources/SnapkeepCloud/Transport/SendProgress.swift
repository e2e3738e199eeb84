import Synchronization

/// Whether the body of a request has begun to leave. Before that the service has at most a head that announces a body, and cannot act.
final class SendProgress: Sendable {
    private let began = Atomic<Bool>(false)

    var bodyBegan: Bool { began.load(ordering: .sequentiallyConsistent) }

    func beginBody() { began.store(true, ordering: .sequentiallyConsistent) }
}

/// The bytes of a body. The transport asks for them only once it has a connection and has written the head to it, and that is noted.
struct WatchedBytes: Sequence, Sendable {
    let bytes: [UInt8]
    let progress: SendProgress

    func makeIterator() -> IndexingIterator<[UInt8]> {
        progress.beginBody()
        return bytes.makeIterator()
    }
}

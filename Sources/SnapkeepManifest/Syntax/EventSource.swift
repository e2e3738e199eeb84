/// Where events come from: from libyaml at each step, or for a large text from a thread that runs ahead. Both give the same.
struct EventSource: ~Copyable {
    /// Stands idle where there is a pipe.
    private var parser: YAMLParser
    private let pipe: EventPipe?
    /// The event of the last `advance`.
    private(set) var event: RawEvent

    init(_ bytes: UnsafeBufferPointer<UInt8>, limits: ManifestLimits) {
        parser = YAMLParser(bytes)
        event = parser.current
        pipe = bytes.count >= limits.pipedBytes ? EventPipe(bytes, limits: limits) : nil
    }

    deinit { pipe?.close() }

    /// Steps to the next event; false where libyaml gave up: `problem` tells why.
    @inline(__always)
    mutating func advance() -> Bool {
        if let pipe {
            guard let next = pipe.next() else { return false }
            event = next
        } else {
            guard parser.advance() else { return false }
            event = parser.current
        }
        return true
    }

    var problem: SyntaxProblem { pipe?.problem ?? parser.problem }
}

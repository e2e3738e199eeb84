/// Texts one behind the other in raw memory. Not an array: what points into it must not be invalidated by a copy.
struct TextArena: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>?
    private var capacity = 0
    /// Bytes in use.
    private(set) var count = 0

    init() {}

    deinit { start?.deallocate() }

    /// Keeps a text.
    ///
    /// - Returns: where it starts.
    @inline(__always)
    mutating func append(_ bytes: UnsafePointer<UInt8>, count more: Int) -> Int {
        if start == nil || count + more > capacity { grow(by: more) }
        (start! + count).update(from: bytes, count: more)
        defer { count += more }
        return count
    }

    /// The bytes from an offset that `append` gave; good until the next text is kept.
    @inline(__always)
    func pointer(at offset: Int) -> UnsafeMutablePointer<UInt8>? { start.map { $0 + offset } }

    /// Forgets all texts and keeps the memory.
    mutating func removeAll() { count = 0 }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = max(count + more, capacity * 2, 4096)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        if let start {
            moved.update(from: start, count: count)
            start.deallocate()
        }
        (start, capacity) = (moved, larger)
    }
}

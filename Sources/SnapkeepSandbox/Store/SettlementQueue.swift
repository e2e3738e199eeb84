/// The running operations, the one that ends first at the front (a binary heap).
struct SettlementQueue {
    private var heap: [(at: Microseconds, id: String)] = []

    mutating func add(_ id: String, at time: Microseconds) {
        heap.append((time, id))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].at < heap[parent].at else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first operation out if it has ended by then.
    mutating func next(dueAt now: Microseconds) -> (at: Microseconds, id: String)? {
        guard let first = heap.first, first.at <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].at < heap[smallest].at {
                smallest = child
            }
            guard smallest != parent else { return first }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}

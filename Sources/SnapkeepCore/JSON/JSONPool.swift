/// What a reader keeps between values: equal texts that come again and again, such as volume ids, are stored once, and the day of the
/// last timestamp is not computed again.
///
/// Of bounded size: where two texts want one place, the later stays.
public struct JSONPool {
    private var slots: [String?]
    private var day: [UInt8] = []
    private var midnight: Int64 = 0

    /// An empty pool.
    public init() { slots = Array(repeating: nil, count: 4096) }

    /// The text as a `String`, a shared one where the pool holds it.
    public mutating func string(for text: JSONKey) throws(JSONProblem) -> String {
        // Short texts live inside of the `String` itself; escapes are too rare to be looked up.
        if text.hasEscapes || text.raw.count < 16 { return try text.makeString() }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.raw { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let slot = Int(truncatingIfNeeded: (hash ^ hash >> 32) & 4095)
        if let held = slots[slot], held.utf8.elementsEqual(text) { return held }
        let made = try text.makeString()
        slots[slot] = made
        return made
    }
}

extension JSONPool {
    /// The instant of a text in the form that `Timestamp.description` gives, or in any other that `Timestamp` reads.
    mutating func timestamp(of text: JSONKey) throws(JSONProblem) -> Timestamp {
        if let fast = canonicalTimestamp(text.raw) { return fast }
        guard let timestamp = Timestamp(try text.makeString()) else {
            throw JSONProblem(.value, at: text.offset - 1, "expected a time such as 2026-11-23T09:12:00.081642Z")
        }
        return timestamp
    }

    private mutating func canonicalTimestamp(_ raw: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard raw.count == 27, raw[10] == 0x54, raw[13] == 0x3A, raw[16] == 0x3A, raw[19] == 0x2E, raw[26] == 0x5A,
            let hour = number(raw, 11, 2), let minute = number(raw, 14, 2), let second = number(raw, 17, 2),
            let fraction = number(raw, 20, 6), hour < 24, minute < 60, second < 60
        else { return nil }
        let date = UnsafeBufferPointer(rebasing: raw[0..<10])
        if !date.elementsEqual(day) {
            guard let start = Timestamp(String(decoding: date, as: UTF8.self) + "T00:00:00Z") else { return nil }
            day = Array(date)
            midnight = start.microseconds
        }
        return Timestamp(microseconds: midnight + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
    }

    private func number(_ raw: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for byte in raw[start..<start + count] {
            guard byte &- 0x30 < 10 else { return nil }
            value = value * 10 + Int64(byte &- 0x30)
        }
        return value
    }
}

extension String.UTF8View {
    fileprivate func elementsEqual(_ text: JSONKey) -> Bool {
        withContiguousStorageIfAvailable { $0.count == text.raw.count && $0.elementsEqual(text.raw) } ?? elementsEqual(text.raw)
    }
}

import SnapkeepCore

/// Names of volumes, each kept once and numbered from 0. They are equal as bytes are: a message shows each as it was written.
struct AliasTable: Sendable {
    private(set) var texts: [String] = []
    private var numbers: [ExactText: UInt32] = [:]
    private var last: UInt32 = 0

    mutating func number(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        if !texts.isEmpty, texts[Int(last)].isSame(as: bytes) { return last }
        let text = String(decoding: bytes, as: UTF8.self)
        last = numbers.number(of: ExactText(text)) { texts.append(text) }
        return last
    }
}

/// The ids of volumes, each kept once: thousands of snapshots share one.
struct VolumeIDTable: Sendable {
    private(set) var ids: [VolumeID] = []
    /// By the bits of the id: they are found without a string, and lie in the table itself.
    private var numbers: [UInt128: UInt32] = [:]
    /// The one asked for last: snapshots of one volume mostly stand together.
    private var last: UInt32 = 0

    /// The number of the id in a text; `nil` for a text that is no UUID.
    mutating func number(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
        if !ids.isEmpty, ids[Int(last)].text.isSame(as: bytes) { return last }
        guard let bits = UInt128(uuid: bytes) else { return nil }
        last = numbers.number(of: bits) { ids.append(VolumeID(String(decoding: bytes, as: UTF8.self))!) }
        return last
    }
}

extension UInt128 {
    /// The bits of a UUID with hyphens, in either case; `nil` for any other text.
    fileprivate init?(uuid bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 36, bytes[8] == 0x2D, bytes[13] == 0x2D, bytes[18] == 0x2D, bytes[23] == 0x2D else { return nil }
        self = 0
        // Digits are counted and not asked for one by one: nobody can foretell which of them are letters.
        var digits = 0
        for byte in bytes where byte != 0x2D {
            self = self << 4 | Self((byte & 0xF) &+ (byte >> 6) &* 9)
            digits &+= byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 ? 1 : 0
        }
        guard digits == 32 else { return nil }
    }
}

/// The keys met so far, and where each was used first. Keys are equal as strings are: two spellings of one accented letter are one key.
///
/// As long as they come sorted, as in most large manifests, a key is new when it is greater than the last one, and no index is kept.
struct KeyTable: Sendable {
    struct Use: Sendable {
        var key: SnapshotKey
        var source: UInt32
        var place: Place
    }

    private var uses: [Use] = []
    /// By number in `uses`.
    private var numbers: [SnapshotKey: UInt32] = [:]
    private var isSorted = true

    /// Notes the first use of a key, or gives it where it was noted before.
    mutating func insert(_ use: Use) -> Use? {
        if isSorted {
            if uses.isEmpty || uses[uses.count - 1].key < use.key {
                uses.append(use)
                return nil
            }
            isSorted = false
            numbers.reserveCapacity(uses.capacity)
            for (number, known) in uses.enumerated() { numbers[known.key] = UInt32(number) }
        }
        let count = uses.count
        let number = numbers.number(of: use.key) { uses.append(use) }
        return uses.count > count ? nil : uses[Int(number)]
    }

    /// Makes room for about so many keys at once.
    mutating func reserve(_ count: Int) {
        uses.reserveCapacity(count)
        if !isSorted { numbers.reserveCapacity(count) }
    }
}

extension Dictionary where Value == UInt32 {
    /// The number of a key; one that is new gets the next, and is kept. It is looked up once, for hashing it costs most.
    @inline(__always)
    fileprivate mutating func number(of key: Key, keep: () -> Void) -> UInt32 {
        let next = UInt32(count)
        let number = { (number: inout UInt32) in number }(&self[key, default: next])
        if number == next { keep() }
        return number
    }
}

extension String {
    /// Whether these are the bytes of a text, without a string of them.
    func isSame(as bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        utf8.withContiguousStorageIfAvailable { $0.isSame(as: bytes) } ?? utf8.elementsEqual(bytes)
    }
}

import SnapkeepCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds the number of a value by its hash. The values themselves lie in an array of the owner, in the order of their numbers.
///
/// Hash and number stand in one word: with a hundred thousand values each further place to look at is a miss of the cache.
struct NumberIndex: Sendable {
    // The upper half is the hash, the lower half the number plus one; 0 is empty. The length is a power of two.
    private var slots: [UInt64] = []
    private(set) var count = 0

    /// The number of the value with a hash that `isEqual` accepts.
    @inline(__always)
    func number(hash: Int, isEqual: (Int) -> Bool) -> Int? {
        if slots.isEmpty { return nil }
        let tag = UInt64(truncatingIfNeeded: hash) << 32
        var slot = Int(tag >> 32) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot] & 0xFFFF_FFFF) - 1
            if slots[slot] & ~0xFFFF_FFFF == tag && isEqual(number) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Notes the next number, `count`, under a hash.
    mutating func insert(hash: Int) {
        if count * 2 >= slots.count { resize(to: max(64, slots.count * 2)) }
        count += 1
        Self.place(UInt64(truncatingIfNeeded: hash) << 32 | UInt64(count), in: &slots)
    }

    /// Makes room for about so many values at once.
    mutating func reserve(_ count: Int) {
        var size = 64
        while size < count * 2 { size *= 2 }
        if size > slots.count { resize(to: size) }
    }

    private mutating func resize(to size: Int) {
        var larger = [UInt64](repeating: 0, count: size)
        for entry in slots where entry != 0 { Self.place(entry, in: &larger) }
        slots = larger
    }

    private static func place(_ entry: UInt64, in slots: inout [UInt64]) {
        var slot = Int(entry >> 32) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry
    }
}

/// Keeps each text once and numbers it from 0.
struct TextTable: Sendable {
    private(set) var texts: [String] = []
    private var index = NumberIndex()

    /// The number of a text, and whether it is met for the first time.
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
        let hash = hashValue(of: bytes)
        if let known = index.number(hash: hash, isEqual: { texts[$0].isSame(as: bytes) }) { return (known, false) }
        index.insert(hash: hash)
        texts.append(String(decoding: bytes, as: UTF8.self))
        return (texts.count - 1, true)
    }
}

/// The keys met so far, numbered from 0. Keys are equal as strings are: two spellings of one accented letter are one key.
///
/// As long as they come sorted, as in most large manifests, a key is new when it is greater than the last one, and no index is kept.
struct KeyTable: Sendable {
    private(set) var keys: [String] = []
    private var index = NumberIndex()
    private var isSorted = true

    /// The number of a key, and whether it is met for the first time.
    mutating func insert(_ key: String) -> (number: Int, isNew: Bool) {
        if isSorted {
            if keys.isEmpty || keys[keys.count - 1] < key {
                keys.append(key)
                return (keys.count - 1, true)
            }
            isSorted = false
            index.reserve(keys.capacity)
            for known in keys { index.insert(hash: known.hashValue) }
        }
        let hash = key.hashValue
        if let known = index.number(hash: hash, isEqual: { keys[$0] == key }) { return (known, false) }
        index.insert(hash: hash)
        keys.append(key)
        return (keys.count - 1, true)
    }

    /// Makes room for about so many keys at once.
    mutating func reserve(_ count: Int) {
        keys.reserveCapacity(count)
        if !isSorted { index.reserve(count) }
    }
}

/// The ids of volumes, each kept once: thousands of snapshots share one.
struct VolumeIDTable: Sendable {
    private(set) var ids: [VolumeID] = []
    private var index = NumberIndex()

    /// The number of the id in a text; `nil` for a text that is no UUID.
    mutating func number(of text: UnsafeBufferPointer<UInt8>) -> UInt32? {
        guard text.count == 36 else { return nil }
        let hash = hashValue(of: text)
        if let known = index.number(hash: hash, isEqual: { ids[$0].text.isSame(as: text) }) { return UInt32(known) }
        guard let id = VolumeID(String(decoding: text, as: UTF8.self)) else { return nil }
        var canonical = id.text
        // Written in capitals it is looked up once more as the table keeps it.
        if !canonical.isSame(as: text) { return canonical.withUTF8 { number(of: $0) } }
        index.insert(hash: hash)
        ids.append(id)
        return UInt32(ids.count - 1)
    }
}

/// The hasher is seeded at random, so that nobody can write a file of colliding texts.
private func hashValue(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    return hasher.finalize()
}

extension String {
    fileprivate func isSame(as bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        utf8.withContiguousStorageIfAvailable { known in
            known.count == bytes.count && (known.isEmpty || memcmp(known.baseAddress!, bytes.baseAddress!, known.count) == 0)
        }
            ?? false
    }
}

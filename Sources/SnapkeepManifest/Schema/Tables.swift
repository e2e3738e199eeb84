import SnapkeepCore

/// Keeps each text once and numbers it from 0.
struct TextTable: Sendable {
    private(set) var texts: [String] = []
    private var hashes: [Int] = []
    private var slots: [UInt32] = []

    /// The number of a text, and whether it is met for the first time.
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
        if texts.count * 2 >= slots.count { grow() }
        // The hasher is seeded at random, so that nobody can write a file of colliding texts.
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        let hash = hasher.finalize()
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash && equal(number, bytes) { return (number, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        texts.append(String(decoding: bytes, as: UTF8.self))
        hashes.append(hash)
        slots[slot] = UInt32(texts.count)
        return (texts.count - 1, true)
    }

    private func equal(_ number: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        texts[number].utf8.withContiguousStorageIfAvailable { known in
            known.count == bytes.count && !zip(known, bytes).contains { $0 != $1 }
        } ?? false
    }

    private mutating func grow() { slots = rehashed(hashes, into: max(64, slots.count * 2)) }
}

/// The keys met so far, numbered from 0. Keys are equal as strings are: two spellings of one accented letter are one key.
struct KeyTable: Sendable {
    private(set) var keys: [String] = []
    private var hashes: [Int] = []
    private var slots: [UInt32] = []

    /// The number of a key, and whether it is met for the first time.
    mutating func insert(_ key: String) -> (number: Int, isNew: Bool) {
        if keys.count * 2 >= slots.count { slots = rehashed(hashes, into: max(64, slots.count * 2)) }
        let hash = key.hashValue
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash && keys[number] == key { return (number, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        keys.append(key)
        hashes.append(hash)
        slots[slot] = UInt32(keys.count)
        return (keys.count - 1, true)
    }
}

/// The ids of volumes, each kept once: thousands of snapshots share one.
struct VolumeIDTable: Sendable {
    private(set) var ids: [VolumeID] = []
    private var spellings = TextTable()
    // By spelling: the number of its id, or -1 for what is no UUID.
    private var numbers: [Int32] = []
    private var byID: [VolumeID: Int32] = [:]

    /// The number of the id in a text; `nil` for a text that is no UUID.
    mutating func number(of text: UnsafeBufferPointer<UInt8>) -> UInt32? {
        guard text.count == 36 else { return nil }
        let (spelling, isNew) = spellings.insert(text)
        if isNew { numbers.append(number(ofSpelling: spellings.texts[spelling])) }
        let number = numbers[spelling]
        return number < 0 ? nil : UInt32(number)
    }

    private mutating func number(ofSpelling text: String) -> Int32 {
        guard let id = VolumeID(text) else { return -1 }
        if let known = byID[id] { return known }
        ids.append(id)
        byID[id] = Int32(ids.count - 1)
        return Int32(ids.count - 1)
    }
}

private func rehashed(_ hashes: [Int], into size: Int) -> [UInt32] {
    var slots = [UInt32](repeating: 0, count: size)
    for (index, hash) in hashes.enumerated() {
        var slot = hash & (size - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
        slots[slot] = UInt32(index + 1)
    }
    return slots
}

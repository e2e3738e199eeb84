/// The metadata of a snapshot: text by key, in key order, so that equal maps are equal bytes.
public struct Metadata: Hashable, Sendable {
    /// One key and its value.
    public struct Entry: Hashable, Sendable {
        public let key: String
        public let value: String

        /// Pairs a key and a value without checking either; see `Metadata.checkKey` and `checkValue`.
        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }

        /// By their bytes: servers tell texts apart that `String` takes for equal.
        public static func == (left: Self, right: Self) -> Bool {
            left.key.hasSameBytes(as: right.key) && left.value.hasSameBytes(as: right.value)
        }
    }

    /// Sorted by key, each key once.
    public private(set) var entries: [Entry]

    /// No metadata.
    public init() { entries = [] }

    /// Sorts the entries; of several with one key the last wins.
    public init(_ unsorted: [Entry]) {
        if unsorted.indices.dropFirst().allSatisfy({ unsorted[$0 - 1].key < unsorted[$0].key }) {
            entries = unsorted
        } else {
            var byKey: [String: String] = [:]
            for entry in unsorted { byKey[entry.key] = entry.value }
            entries = byKey.map { Entry(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
        }
    }

    /// The map of a dictionary.
    public init(_ dictionary: [String: String]) {
        self.init(dictionary.map { Entry(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key })
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// The value of a key, or `nil`.
    public subscript(key: String) -> String? {
        // A handful of entries: a scan beats a search.
        entries.first { $0.key == key }?.value
    }

    /// This map with the entries of `other` over it: how `defaults:` and a snapshot's own metadata meet.
    public func merging(_ other: Metadata) -> Metadata {
        if other.isEmpty { return self }
        if isEmpty { return other }
        // Both are sorted, and a large manifest asks for this once per snapshot.
        var merged: [Entry] = []
        merged.reserveCapacity(entries.count + other.entries.count)
        var mine = entries[...]
        for entry in other.entries {
            while let next = mine.first, next.key < entry.key { merged.append(mine.removeFirst()) }
            if mine.first?.key == entry.key { mine.removeFirst() }
            merged.append(entry)
        }
        return Metadata(sorted: merged + mine)
    }

    /// The entries whose keys another map has too.
    func restricted(to other: Metadata) -> Metadata { Metadata(sorted: entries.filter { other[$0.key] != nil }) }

    /// The entries that count as ours on a snapshot whose record is not known: those that its line declares, for others may have added
    /// theirs; without a line all but the stamp's and the server's.
    public func owned(by spec: SnapshotSpec?) -> Metadata {
        owned(by: spec, or: nil)
    }

    /// The same, where a record may be known after all.
    func owned(by spec: SnapshotSpec?, or record: SnapshotRecord?) -> Metadata {
        (spec?.metadata ?? record?.metadata).map(withoutForeignKeys.restricted) ?? withoutForeignKeys
    }

    private init(sorted: [Entry]) { entries = sorted }

    /// The portable set of keys: `[A-Za-z0-9_.:-]{1,255}`, not `snapkeep.…` (our stamp), not `__system__…` (CloudAPI#metadata).
    ///
    /// - Throws: `TextProblem` for the first rule that the key breaks.
    public static func checkKey(_ key: String) throws(TextProblem) {
        if key.isEmpty { throw .empty }
        for scalar in key.unicodeScalars where !isKeyScalar(scalar) { throw .badCharacter(scalar) }
        if key.utf8.count > 255 { throw .tooLong(limit: 255, found: key.utf8.count, unit: .characters) }
        if key.hasPrefix(Stamp.prefix) { throw .reservedPrefix(Stamp.prefix) }
        if key.hasPrefix(serverPrefix) { throw .reservedPrefix(serverPrefix) }
    }

    /// A value is at most 255 characters long, without control characters (CloudAPI#metadata).
    ///
    /// - Throws: `TextProblem` for the first rule that the value breaks.
    public static func checkValue(_ value: String) throws(TextProblem) {
        // A code point is what the server counts, and no text has more of them than bytes.
        if value.utf8.count > 255 {
            let found = value.unicodeScalars.count
            if found > 255 { throw .tooLong(limit: 255, found: found, unit: .characters) }
        }
        if let problem = TextRules.unsafeCharacter(in: value) { throw problem }
    }

    /// The prefix of keys that belong to the server (CloudAPI#server-made).
    public static let serverPrefix = "__system__"
    /// The server's mark on snapshots that its backup service made (CloudAPI#server-made).
    public static let backupMark = "__system__enableActive"

    /// The entries that may have been declared: neither the stamp nor the server's (CloudAPI#server-made).
    public var withoutForeignKeys: Metadata {
        Metadata(entries.filter { !$0.key.hasPrefix(Stamp.prefix) && !$0.key.hasPrefix(Self.serverPrefix) })
    }

    private static func isKeyScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", "_", ".", ":", "-": true
        default: false
        }
    }
}

/// The ownership mark put on each snapshot when it is created, as metadata.
public struct Stamp: Hashable, Sendable {
    /// The prefix of the three metadata keys.
    public static let prefix = "snapkeep."
    public static let ownerKey = "snapkeep.owner"
    public static let keyKey = "snapkeep.key"
    public static let attemptKey = "snapkeep.attempt"

    /// The stack's name, or the state's lineage where the manifest names no stack.
    public let owner: String
    public let key: String
    public let attempt: String

    /// A stamp of its three parts.
    public init(owner: String, key: String, attempt: String) {
        self.owner = owner
        self.key = key
        self.attempt = attempt
    }

    /// Whether both are the same bytes: whose a snapshot is must not depend on how a letter is composed.
    public static func == (left: Self, right: Self) -> Bool {
        left.owner.hasSameBytes(as: right.owner) && left.key.hasSameBytes(as: right.key) && left.attempt.hasSameBytes(as: right.attempt)
    }

    /// The stamp that a snapshot's metadata carries; `nil` unless all three keys are there.
    public init?(in metadata: Metadata) {
        guard let owner = metadata[Self.ownerKey], let key = metadata[Self.keyKey], let attempt = metadata[Self.attemptKey] else {
            return nil
        }
        self.init(owner: owner, key: key, attempt: attempt)
    }

    /// The stamp as metadata, to be merged over the declared entries.
    public var metadata: Metadata {
        Metadata([
            .init(key: Self.attemptKey, value: attempt), .init(key: Self.keyKey, value: key), .init(key: Self.ownerKey, value: owner),
        ])
    }
}

import SnapkeepCore

/// Where a walk through the keys of one mapping stands: first its own keys, then those of its merges.
struct MappingWalk {
    fileprivate(set) var isMerging = false
    /// The recorded mappings still to be walked through, the next one last.
    fileprivate var pending: [Range<Int>] = []
}

extension EventReader {
    /// The next key of a mapping whose start was read, or `nil` after its last. Keys of `<<` come after the mapping's own, nearest first;
    /// the caller keeps whatever it met first. Keys that are no text are reported and passed over with their values.
    @inline(__always)
    mutating func nextKey(_ walk: inout MappingWalk) throws(Stop) -> Event? {
        while true {
            let key = try next()
            if key.kind == .scalar && !key.isMergeKey { return key }
            if try !passIrregular(key, &walk) { return nil }
        }
    }

    /// Ends of mappings, merges and keys that are no text; false at the end of the walk.
    @inline(never)
    private mutating func passIrregular(_ key: Event, _ walk: inout MappingWalk) throws(Stop) -> Bool {
        switch key.kind {
        case .mappingEnd:
            guard let merged = walk.pending.popLast() else { return false }
            replay(merged)
            walk.isMerging = true
            _ = try next()
        case .scalar:
            let place = key.place
            if let sources = try mergeSources() {
                walk.pending += sources.reversed()
            } else {
                findings.error(.badMerge(at: range(place)))
            }
        default:
            if key.kind != .refused { findings.error(.keyIsNotText(key.kind, at: range(key.place.head))) }
            try skip(key)
            try skip(next())
        }
        return true
    }
}

import SnapkeepCore

/// The keys of a state in etcd: see SharedState.md, "How a state lies in etcd".
///
/// | key | value |
/// | --- | --- |
/// | `PREFIX/head` | `EtcdHead`: the header of the state, and which segments count |
/// | `PREFIX/s/ID/NNNNNN` | one chunk of a segment: lines of the state, or of one change of it; or a piece of a long header |
/// | `PREFIX/j/NNNNNNNNNNNN` | one line of the journal, from 1 on without a gap |
/// | `PREFIX/open` | the run whose journal that is |
/// | `PREFIX/h/NNNNNNNNNNNN/NNNN` | one line of the history, or a part of it; the last part ends with a line feed |
/// | `PREFIX/lock` | who holds the lock; bound to the lease of the holder |
/// | `PREFIX/broken` | a lock was broken by hand a short while ago; bound to a lease that nobody renews |
/// | `PREFIX/kept/NAME/NNNN` | what a recovery has set aside |
struct EtcdLayout: Hashable, Sendable {
    let prefix: String
    var limits = EtcdLimits()

    /// The names below a prefix under which there are more keys. None of them is part of a prefix, or one state would lie among another's keys, which
    /// clears up there.
    static let folders = ["s", "j", "h", "kept"]

    var head: EtcdKey { key("/head") }
    var lock: EtcdKey { key("/lock") }
    var open: EtcdKey { key("/open") }
    var broken: EtcdKey { key("/broken") }

    /// A line of the journal, counted from 1.
    func journal(_ number: Int) -> EtcdKey { key("/j/" + padded(number, 12)) }
    var journal: EtcdSpan { EtcdSpan(prefix: key("/j/")) }
    /// The lines of the journal behind a number.
    func journal(after number: Int) -> EtcdSpan { EtcdSpan(from: journal(number + 1), to: journal.end!) }

    func history(_ number: Int, part: Int) -> EtcdKey { key("/h/" + padded(number, 12) + "/" + padded(part, 4)) }
    /// All parts of a line of the history.
    func history(_ number: Int) -> EtcdSpan { EtcdSpan(prefix: key("/h/" + padded(number, 12) + "/")) }
    var history: EtcdSpan { EtcdSpan(prefix: key("/h/")) }
    /// The number of a line of the history by the key of one of its parts; `nil` for another key.
    func historyNumber(_ key: EtcdKey) -> Int? {
        let start = prefix.utf8.count + 3
        guard key.count == start + 17 else { return nil }
        return Int(String(decoding: key[start..<start + 12], as: UTF8.self))
    }

    func chunk(_ segment: String, _ number: Int) -> EtcdKey { key("/s/" + segment + "/" + padded(number, 6)) }
    /// Some chunks of a segment.
    func chunks(_ segment: String, _ range: Range<Int>) -> EtcdSpan {
        EtcdSpan(from: chunk(segment, range.lowerBound), to: chunk(segment, range.upperBound))
    }
    /// All chunks of a segment, whatever their number.
    func segment(_ id: some StringProtocol) -> EtcdSpan { EtcdSpan(prefix: key("/s/" + id + "/")) }
    var segments: EtcdSpan { EtcdSpan(prefix: key("/s/")) }
    /// The segment that a chunk belongs to, by its key.
    func segmentID(_ key: EtcdKey) -> String? {
        let rest = key.dropFirst(prefix.utf8.count + 3)
        guard let slash = rest.firstIndex(of: 0x2F), slash > rest.startIndex else { return nil }
        return String(validating: rest[..<slash], as: UTF8.self)
    }

    func kept(_ name: String, part: Int) -> EtcdKey { key("/kept/" + name + "/" + padded(part, 4)) }
    /// All parts of what is kept under a name.
    func kept(_ name: String) -> EtcdSpan { EtcdSpan(prefix: key("/kept/" + name + "/")) }

    private func key(_ rest: String) -> EtcdKey { Array(prefix.utf8) + Array(rest.utf8) }
}

/// How much goes into one request.
struct EtcdLimits: Hashable, Sendable {
    /// How many bytes of values and keys a request carries at most: etcd takes 1.5 MiB by default, with everything around them.
    var request = 1 << 20
    /// How many bytes a chunk of lines has at most, unless a single line is longer.
    var chunk = 512 << 10
    /// How many bytes of the state's header go into the head; a longer one goes into chunks.
    var header = 512 << 10
    /// How many steps a transaction has at most: etcd takes 128 by default.
    var steps = 120
    /// So many bytes of chunks are asked for in one request.
    var page = 3 << 20
    /// The first look takes so many chunks along, so that a small state costs one request.
    var firstChunks = 4
}

extension Array<UInt8> {
    /// Pieces of at most so many bytes; one empty piece for none.
    func pieces(of limit: Int) -> [[UInt8]] {
        if count <= limit { return [self] }
        return stride(from: 0, to: count, by: limit).map { Array(self[$0..<Swift.min($0 + limit, count)]) }
    }
}

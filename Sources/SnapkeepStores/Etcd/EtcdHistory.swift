import SnapkeepState

/// The history of a state in etcd: lines with numbers that go up, of which the newest are kept.
struct EtcdHistory: Sendable {
    let gateway: EtcdGateway
    let layout: EtcdLayout

    /// So many bytes are asked for in one request, or as many lines as had so many before.
    private static let page = 2 << 20
    /// So many numbers lie between two cuts, for a cut reads all that is kept.
    private static let interval = 16

    /// No history has so many bytes, its keys included.
    var limit = 1 << 30

    /// The bytes of all lines.
    func read() async throws(EtcdFault) -> [UInt8] {
        var bytes: [UInt8] = []
        try await pages { page throws(EtcdFault) in
            for line in page.keys { bytes += line.value }
            return true
        }
        // The line of a run that was cut off while it wrote one of several parts.
        if let last = bytes.lastIndex(of: 0x0A) { bytes.removeSubrange((last + 1)...) } else { bytes = [] }
        return bytes
    }

    /// Whether the old end is to be cut off, after lines were added.
    static func isCutDue(from former: Int, to last: Int) -> Bool { former / interval < last / interval }

    /// The lines that are not kept: all behind the newest ones that are as many, or as large together, as `HistoryBounds` says. The newest
    /// is kept whatever its size, for it tells how far the state has come.
    func excess() async throws(EtcdFault) -> EtcdSpan? {
        var excess: EtcdSpan?
        var (lines, size) = (0, 0)
        // The line whose parts are being looked at, and the one before it.
        var current: Int?
        var kept: Int?
        try await pages(isDescending: true) { page throws(EtcdFault) in
            for found in page.keys {
                guard let number = layout.historyNumber(found.key) else { throw .malformed("a key that is no line of a history") }
                if number != current {
                    (kept, current) = (current, number)
                    lines += 1
                }
                size += found.value.count
                if let kept, lines > HistoryBounds.lines || size > HistoryBounds.bytes {
                    excess = EtcdSpan(from: layout.history.start, to: layout.history(kept).start)
                    return false
                }
            }
            return true
        }
        return excess
    }

    /// Lines are added and old ones cut off meanwhile, and compaction must not stop a long history from being read: so each page is of its own
    /// moment.
    ///
    /// - Parameter take: whether more is wanted.
    private func pages(
        isDescending: Bool = false, _ take: (EtcdRangeAnswer) throws(EtcdFault) -> Bool
    ) async throws(EtcdFault) {
        var count = 16
        var span = layout.history
        var read = 0
        while true {
            let page: EtcdRangeAnswer
            do throws(EtcdFault) {
                page = try await gateway.range(EtcdRange(span: span, limit: count, isDescending: isDescending)).answer
            } catch {
                // Beside short lines there may be long ones, of runs that made much.
                guard error == .longAnswer, count > 1 else { throw error }
                count = max(1, count / 16)
                continue
            }
            let size = page.size
            read += size
            if page.hasMore, read > limit { throw .malformed("a history of more than \(limit) bytes") }
            guard try take(page), page.hasMore, let last = page.keys.last?.key else { return }
            span = isDescending ? EtcdSpan(from: span.start, to: last) : EtcdSpan(from: last + [0], to: span.end!)
            count = size > Self.page ? max(1, count / 2) : size < Self.page / 4 ? min(1024, count * 4) : count
        }
    }
}

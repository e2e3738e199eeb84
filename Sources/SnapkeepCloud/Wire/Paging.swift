/// Decides where a list goes on (api.md 2.2). Only the marker's text is taken from the answer, never a host or a path: no token
/// goes where an answer points.
struct Paging {
    /// The rows that were asked for.
    let limit: Int
    /// The marker of this page; `nil` for the first.
    let marker: String?

    /// The marker of the next page; `nil` when this page is the last.
    ///
    /// - Parameters:
    ///   - rows: the page as it came, before anything is left out.
    ///   - links: `snapshots_links` or `volumes_links`.
    /// - Throws: `WireProblem` when rows must follow but the list does not go on. Taken for the end, it would hide snapshots.
    func next(rows: [JSONValue], links: JSONValue?) throws(WireProblem) -> String? {
        // A `next` link appears whenever a page is full, so the last full page is followed by an empty one.
        guard let last = rows.last else { return nil }
        let link = Self.nextLink(links)
        // A page shorter than our limit that has a link was cut by the server's own smaller limit.
        if rows.count < limit && link == nil { return nil }
        let candidates = [link.flatMap(Self.markerText), last["id"]?.string]
        for case let text? in candidates where text != marker && !text.isEmpty && text.utf8.count <= 255 { return text }
        throw WireProblem("the list does not go on after its marker")
    }

    private static func nextLink(_ links: JSONValue?) -> String? {
        guard case .array(let entries)? = links else { return nil }
        return entries.first { $0["rel"]?.string == "next" }?["href"]?.string
    }

    /// The marker in a link's query.
    private static func markerText(_ href: String) -> String? {
        guard let mark = href.utf8.firstIndex(of: 0x3F) else { return nil }
        let query = href[href.index(after: mark)...].prefix { $0 != "#" }
        for pair in query.split(separator: "&") where pair.hasPrefix("marker=") { return percentDecoded(pair.dropFirst(7)) }
        return nil
    }
}

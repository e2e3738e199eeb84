import SnapkeepCore
import SnapkeepEngine

/// Decides where a list goes on (CloudAPI#list). Only the marker's text is taken from the answer, never a host or a path: no token
/// goes where an answer points.
struct Paging {
    /// The rows that were asked for.
    let limit: Int
    /// The marker of this page; `nil` for the first.
    let marker: String?

    /// Rows before the last one whose ids are kept to fall back on.
    static let fallbacks = 4

    /// Where the next page begins; `nil` when this page is the last.
    ///
    /// - Parameters:
    ///   - rows: the page as it came, before anything is left out.
    ///   - links: `snapshots_links` or `volumes_links`.
    /// - Throws: `WireProblem` when rows must follow but the list does not go on. Taken for the end, it would hide snapshots.
    func next(rows: [JSONValue], links: JSONValue?) throws(WireProblem) -> PageCursor? {
        // A `next` link appears whenever a page is full, so the last full page is followed by an empty one.
        guard let last = rows.last else { return nil }
        let link = Self.nextLink(links)
        // A page shorter than our limit that has a link was cut by the server's own smaller limit.
        if rows.count < limit && link == nil { return nil }
        var markers = [link.flatMap(Self.markerText), last["id"]?.string].compactMap { $0 }.filter(isUsable)
        if markers.isEmpty { throw WireProblem("the list does not go on after its marker") }
        for row in rows.dropLast().suffix(Self.fallbacks).reversed() {
            if let id = row["id"]?.string, isUsable(id) { markers.append(id) }
        }
        return PageCursor(markers)
    }

    private func isUsable(_ text: String) -> Bool { text != marker && !text.isEmpty && text.utf8.count <= 255 }

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

extension PageCursor {
    /// A cursor that holds the marker to use and, after it, those to fall back on: the row that a marker names may be deleted before
    /// the next page is asked for, and then the server does not know the marker any more.
    init(_ markers: [String]) {
        var unique: [String] = []
        for marker in markers where !unique.contains(marker) { unique.append(marker) }
        self.init(marker: unique.map(percentEncoded).joined(separator: " "))
    }

    /// The markers, the best first.
    var markers: [String] { marker.split(separator: " ").compactMap { percentDecoded($0) } }
}

extension CinderClient {
    /// One page of a list, and the marker that it was asked for with.
    ///
    /// A marker that the server does not know is replaced by the one before; a few rows then come twice, which callers must bear anyway.
    func sendList(_ call: Call, from cursor: PageCursor?) async throws(ServiceFault) -> (answer: SuccessfulAnswer, marker: String?) {
        var markers = cursor?.markers[...] ?? []
        guard var marker = markers.popFirst() else { return (try await send(call), nil) }
        while true {
            var page = call
            page.parameters.append(("marker", marker))
            do {
                return (try await send(page), marker)
            } catch {
                guard error.isAboutMarker, let fallback = markers.popFirst() else { throw error }
                marker = fallback
            }
        }
    }
}

extension ServiceFault {
    /// Upstream calls an unknown marker a thing that is not found; Huawei has a code for markers (CloudAPI#list).
    fileprivate var isAboutMarker: Bool {
        guard let code else { return false }
        return code == "EVS.1024" || status == 404 && (code.hasPrefix("EVS.") || code.lowercased() == "itemnotfound")
    }
}

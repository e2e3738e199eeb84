/// Sees to it that the reading of a list comes to an end, whatever a server sends: each page must bring something new, no page may name a
/// next one that was read, and the rows are counted.
public struct ListProgress: Sendable {
    /// The most rows of a list, where nothing else is said.
    public static let usualBound = 1_000_000

    /// So many pages in a row may bring nothing new: a marker whose row was just deleted is replaced by an earlier one, and a few rows then
    /// come twice.
    private static let patience = 3

    private let bound: Int
    private let name: String
    private var rows = 0
    private var idlePages = 0
    // Hash values instead of ids, for a list may be long. Two that are equal by chance make one row look old, never a whole page.
    private var seen: Set<UInt32> = []
    private var cursors: Set<Int> = []

    /// Begins before the first page.
    ///
    /// - Parameters:
    ///   - bound: the most rows that are read.
    ///   - name: what is listed: `snapshots`, `volumes`.
    public init(bound: Int, of name: String) {
        self.bound = bound
        self.name = name
    }

    /// Takes in a page.
    ///
    /// - Parameters:
    ///   - ids: of the page's rows.
    ///   - next: where the list goes on; `nil` when it does not.
    /// - Throws: `ServiceFault` when the list is not read any further.
    public mutating func take(_ ids: some Sequence<String>, next: PageCursor?) throws(ServiceFault) {
        var isNew = false
        for id in ids {
            rows += 1
            if seen.insert(UInt32(truncatingIfNeeded: id.hashValue)).inserted { isNew = true }
        }
        guard let next else { return }
        if !cursors.insert(next.hashValue).inserted { throw .circularList(of: name) }
        idlePages = isNew ? 0 : idlePages + 1
        if idlePages >= Self.patience { throw .circularList(of: name) }
        if rows >= bound { throw .endlessList(of: name, rows: rows) }
    }
}

extension ServiceFault {
    /// A page named a next page that was read before, or page after page brings nothing new.
    static func circularList(of name: String) -> ServiceFault {
        ServiceFault(.unintelligible, request: "GET \(name)", message: "the list of \(name) goes in circles")
    }

    /// More rows than a project is expected to have.
    static func endlessList(of name: String, rows: Int) -> ServiceFault {
        ServiceFault(.refused(.listBound), request: "GET \(name)", message: "the list of \(name) goes on after \(rows) rows")
    }

    static let circularList = circularList(of: "snapshots")
}

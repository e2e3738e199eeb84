/// A page of a list as no service would send it. The rows are made up: of no use but to be read.
public enum FaultyList: Sendable, Equatable {
    /// A full page of rows that were never there, and a link to the next, for ever.
    case endless
    /// The same page again and again, each time with a link to another next one.
    case circle
    /// One page of so many rows.
    case rows(Int)
    /// One page of so many empty arrays.
    case arrays(Int)

    /// The page for a request.
    ///
    /// - Parameter number: tells this request from the others.
    func reply(to target: RequestTarget, number: Int) -> Reply {
        let name = target.segments.contains("volumes") ? "volumes" : "snapshots"
        let limit = target.parameter("limit").flatMap { Int($0) } ?? 1000
        var reply = Reply(200, .null)
        switch self {
        case .endless: reply.body = Self.page(name, first: number * limit, count: limit, next: "endless-\(number)")
        case .circle: reply.body = Self.page(name, first: 0, count: limit, next: "circle-\(number)")
        case .rows(let count): reply.body = Self.page(name, first: 0, count: count, next: nil)
        case .arrays(let count):
            reply.body = Array("{\"\(name)\": [[]".utf8)
            reply.body.reserveCapacity(3 * count + 100)
            for _ in 1..<max(2, count) { reply.body.append(contentsOf: [0x2C, 0x5B, 0x5D]) }
            reply.body.append(contentsOf: "]}".utf8)
        }
        return reply
    }

    private static func page(_ name: String, first: Int, count: Int, next: String?) -> [UInt8] {
        var text = Array("{\"\(name)\": [".utf8)
        for index in 0..<count {
            let id = uuid(0x1000_0000_0000 + first + index)
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(
                contentsOf: #"{"id": "\#(id)", "created_at": "2024-01-01T00:00:00.000000", "updated_at": null, "name": "made-up", "#.utf8)
            text.append(
                contentsOf:
                    #""description": null, "volume_id": "\#(uuid(first + index))", "status": "available", "size": 1, "metadata": {}}"#
                    .utf8)
        }
        text.append(UInt8(ascii: "]"))
        if let next { text.append(contentsOf: #", "\#(name)_links": [{"rel": "next", "href": "http://h/v3?marker=\#(next)"}]"#.utf8) }
        text.append(UInt8(ascii: "}"))
        return text
    }

    private static func uuid(_ number: Int) -> String {
        "00000000-0000-4000-8000-" + Hexadecimal.text(UInt(number), width: 12)
    }
}

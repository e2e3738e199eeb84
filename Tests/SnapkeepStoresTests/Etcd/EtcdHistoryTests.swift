import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepStores

/// How much history a state in etcd keeps.
@Suite struct EtcdHistoryTests {
    private let short =
        HistoryEntry(run: Sample.run(1), serialBefore: 0, serialAfter: 1, counts: HistoryCounts(), plan: nil, exitCode: 0)
        .encoded + [0x0A]

    /// Keeps lines, ends a run, and tells the numbers of the lines that are left, each once for each of its parts.
    private func kept(_ name: String, after lines: [Int: [UInt8]]) async throws -> [Int] {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/history-\(name)"
        for (number, line) in lines { try await server.put("h/" + padded(number, 12) + "/0000", line, prefix: prefix) }
        return try await server.store(prefix) { store in
            let locked = try await store.lock(LockRequest(Sample.run(7)))
            let ending = await locked.end(nil) { _, serial in
                HistoryEntry(run: Sample.run(7), serialBefore: serial, serialAfter: serial, counts: HistoryCounts(), plan: nil, exitCode: 1)
            }
            #expect(ending.historyFault == nil)
            await locked.close()
            let entries = try await store.history(namesSnapshots: false).entries
            #expect(entries.last?.run == Sample.run(7))
            return try await server.keys(prefix).keys.filter { $0.hasPrefix("h/") }.sorted().map { Int($0.dropFirst(2).prefix(12))! }
        }
    }

    @Test("P9: of a long history the newest 500 lines are kept; the old end is looked for once in sixteen lines")
    func manyLines() async throws {
        let lines = { (count: Int) in Dictionary(uniqueKeysWithValues: (1...count).map { ($0, short) }) }
        #expect(try await kept("due", after: lines(607)) == Array(109...608))
        #expect(try await kept("not-due", after: lines(608)) == Array(1...609))
        #expect(try await kept("few", after: lines(495)) == Array(1...496))
    }

    @Test("P9: of long lines as many are kept as have half a MiB together")
    func longLines() async throws {
        let line = [UInt8](repeating: 0x78, count: (40 << 10) - 1) + [0x0A]
        #expect(try await kept("long", after: Dictionary(uniqueKeysWithValues: (1...31).map { ($0, line) })) == Array(20...32))
    }

    @Test("P10: the newest line is kept with all its parts, however long it is, and no line is kept in part")
    func longParts() async throws {
        let server = try await EtcdServer.shared()
        let part = [UInt8](repeating: 0x78, count: 200 << 10)
        for (name, parts, oldestKept) in [
            ("newest", [1: 1, 2: 2, 3: 4], 3), ("older", [1: 1, 2: 3, 3: 1], 3), ("none", [1: 1, 2: 1], nil),
        ] {
            let prefix = "/snapkeep/history-parts-\(name)"
            for (number, count) in parts {
                for index in 0..<count { try await server.put("h/\(padded(number, 12))/\(padded(index, 4))", part, prefix: prefix) }
            }
            try await server.store(prefix) { store in
                let excess = try await store.history.excess()
                #expect(excess == oldestKept.map { EtcdSpan(from: store.layout.history.start, to: store.layout.history($0).start) })
            }
        }
    }
}

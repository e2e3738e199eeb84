import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Synchronization
import Testing

@testable import SnapkeepStores

@Suite(
    "What is found out where etcd's answers are lost or its keys are damaged", .enabled(if: EtcdServer.isInstalled),
    .timeLimit(.minutes(20)))
struct EtcdDoubtTests {
    private func withLosing<Value>(
        _ prefix: String, policy: EtcdStore.Policy = .small(patience: .milliseconds(100)),
        _ body: (EtcdStore, SteeredTransport) async throws -> Value
    ) async throws -> Value {
        let server = try await EtcdServer.shared()
        let made = Mutex<SteeredTransport?>(nil)
        return try await server.store(
            prefix, policy: policy,
            transport: { real in
                let losing = SteeredTransport(real)
                made.withLock { $0 = losing }
                return losing
            }
        ) { store in try await body(store, try #require(made.withLock { $0 })) }
    }

    @Test("P6: a state that was written, and whose answer was lost, is not told as one that is not")
    func writtenUnanswered() async throws {
        try await withLosing("/snapkeep/unanswered") { store, network in
            let locked = try await store.lock(LockRequest(Sample.run(1)))
            try await locked.createState(Sample.state([Sample.record(1)]))
            try await locked.begin(Sample.run(1), plan: nil)
            network.steer(onlyWrites: true) { $0 == 1 ? .losesAnswer : .cut }
            var after = Sample.state([Sample.record(1), Sample.record(2)])
            after.header.serial = try #require(await locked.loaded.state).header.serial
            let ending = await locked.end(after) { fault, serial in
                HistoryEntry(
                    run: Sample.run(1), serialBefore: 1, serialAfter: serial, counts: HistoryCounts(), plan: nil,
                    exitCode: fault == nil ? 0 : 1)
            }
            #expect(ending.stateFault == nil && ending.historyFault == nil)
            #expect(try await store.load().state?.records.count == 2)
            #expect(try await store.history(namesSnapshots: false).entries.map(\.exitCode) == [0])
        }
    }

    private static let ways: [(carriedOut: Bool, comesBack: Bool)] = [(true, true), (false, true), (true, false)]

    @Test(
        "P10: an end without an answer, also to the question what became of it, is told as what it was as soon as that can be found out",
        arguments: [0, 1, 2])
    func endInDoubt(_ way: Int) async throws {
        let (isCarriedOut, comesBack) = Self.ways[way]
        try await withLosing("/snapkeep/doubt-\(way)", policy: .small()) { store, network in
            let locked = try await store.lock(LockRequest(Sample.run(1)))
            try await locked.createState(Sample.state([Sample.record(1)]))
            try await locked.begin(Sample.run(1), plan: nil)
            var after = Sample.state([Sample.record(1), Sample.record(2)])
            after.header.serial = try #require(await locked.loaded.state).header.serial
            network.steer { isCarriedOut && $0 == 1 ? .losesAnswer : .denied }
            let ending = await locked.end(after) { fault, serial in
                // It is asked for after all that can be found out until then.
                if fault != nil, comesBack { network.steer { _ in .arrives } }
                return HistoryEntry(
                    run: Sample.run(1), serialBefore: 1, serialAfter: serial, counts: HistoryCounts(), plan: nil,
                    exitCode: fault == nil ? 0 : 3)
            }
            #expect((ending.stateFault == nil) == (isCarriedOut && comesBack))
            #expect((ending.historyFault == nil) == comesBack)
            if let fault = ending.stateFault { #expect(fault.isInDoubt) }
            network.steer { _ in .arrives }
            await locked.close()
            #expect(try await store.load().state?.records.count == (isCarriedOut ? 2 : 1))
            #expect(try await store.history(namesSnapshots: false).entries.map(\.exitCode) == [isCarriedOut ? 0 : 3])
        }
    }

    @Test("P1: a lock whose answer was lost is had when it is asked for again, with all that stands there")
    func lockUnanswered() async throws {
        try await withLosing("/snapkeep/lock-unanswered", policy: .small()) { store, network in
            let first = try await store.lock(LockRequest(Sample.run(1)))
            try await first.createState(Sample.state((0..<40).map { Sample.record($0) }))
            try await first.begin(Sample.run(1), plan: nil)
            try await first.append([.intent(Sample.intent(1, "fresh"))], .now)
            await first.close()
            network.steer(onlyWrites: true) { $0 == 1 ? .losesAnswer : .arrives }
            let second = try await store.lock(LockRequest(Sample.run(2)))
            let state = await second.loaded.state
            #expect(state?.records.count == 40 && state?.openIntents.map(\.attempt) == [Sample.attempt(1)])
            await second.close()
            #expect(try await store.holder() == nil)
        }
    }

    @Test("P10: a lock that was broken, and whose answer was lost, is told as broken; one of another run is not touched")
    func brokenUnanswered() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/broken"
        let place = try await EtcdProcess(try server.address(prefix)).store
        let first = try await place.lock(LockRequest(Sample.run(1)))
        let token = try #require(try await place.holder()?.token)
        try await withLosing(prefix, policy: .small()) { store, network in
            network.steer(onlyWrites: true) { $0 == 1 ? .losesAnswer : .arrives }
            #expect(try await store.breakLock(token: token))
            #expect(try await store.holder() == nil)
            let second = try await place.lock(LockRequest(Sample.run(2)))
            #expect(try await !store.breakLock(token: token))
            #expect(try await store.holder()?.pid == Sample.run(2).pid)
            await second.close()
        }
        await first.close()
    }

    @Test("P1: a lock whose break had no answer, and was refused when it was sent again, may be broken: the next run is told of its holder")
    func brokenAndRefused() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/refused"
        let place = try await EtcdProcess(try server.address(prefix)).store
        let first = try await place.lock(LockRequest(Sample.run(1)))
        let token = try #require(try await place.holder()?.token)
        try await withLosing(prefix, policy: .small()) { store, network in
            // Nothing of it arrived: the lock is as it was.
            network.steer(onlyWrites: true) { _ in .denied }
            let refused = await #expect(throws: StateFault.self) { try await store.breakLock(token: token) }
            guard case .io(_, "unlock", _, .storeDenied, _) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(try await server.keys(prefix)["broken"] == nil)
            network.steer(onlyWrites: true) { $0 == 1 ? .losesAnswer : .denied }
            let unsure = await #expect(throws: StateFault.self) { try await store.breakLock(token: token) }
            guard case .io(_, "unlock", _, .storeUnsure, _) = unsure else {
                Issue.record("\(String(describing: unsure))")
                return
            }
            let second = try await place.lock(LockRequest(Sample.run(2)))
            #expect(await second.formerHolderMayLive)
            await second.close()
        }
        await first.close()
    }

    @Test("P11: a key that is written in another normal form takes the place of the former line, and a name does")
    func normalForms() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let before = Sample.state((0..<20).map { Sample.record($0) } + [Sample.record(30, composed)])
        for isKey in [true, false] {
            var after = before
            let index = try #require(after.records.firstIndex { $0.name == composed })
            if isKey { after.records[index] = Sample.record(31, decomposed) } else { after.records[index].name = decomposed }
            let (old, new) = (StateLines(before), StateLines(after))
            let change = StateChange.between(old, new)
            #expect(StateComposition(ChunkPacking.all(of: old, 4096), change).text(new.fields) == StateFile.encode(after))
        }
    }

    @Test("P9: lines of a history that are much longer than those before them are read, a few at a time")
    func longLines() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/long-lines"
        var policy = EtcdStore.Policy.small()
        policy.answerLimit = 64 << 10
        let short = HistoryEntry(run: Sample.run(1), serialBefore: 0, serialAfter: 1, counts: HistoryCounts(), plan: nil, exitCode: 0)
            .encoded
        for number in 1...340 {
            // A line of 4 KiB is none of ours, and is counted as such.
            let line = number > 300 ? [UInt8](repeating: 0x78, count: 4096) : short
            try await server.put("h/" + padded(number, 12) + "/0000", line + [0x0A], prefix: prefix)
        }
        try await server.store(prefix, policy: policy) { store in
            let history = try await store.history(namesSnapshots: false)
            #expect(history.entries.count == 300 && history.damagedLines == 40)
        }
    }

    @Test("P6: where only the head is damaged each whole line still counts for whoever rebuilds the state, and is set aside")
    func damagedHead() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/damaged-head"
        try await server.store(prefix, policy: .small()) { store in
            let records = (0..<60).map { Sample.record($0) }
            let first = try await store.lock(LockRequest(Sample.run(1)))
            try await first.createState(Sample.state(records))
            await first.close()
            try await server.put("head", Array("garbage".utf8), prefix: prefix)
            await #expect(throws: StateFault.self) { try await store.load() }
            let (locked, found) = try await store.lockForRecovery(LockRequest(Sample.run(2)))
            #expect(found.knownIDs == Set(records.map(\.id)))
            let names = try await locked.rebuild(Sample.state([], serial: 9), at: Sample.start)
            await locked.close()
            let name = try #require(names.first)
            let text = String(decoding: try #require(try await store.kept(name)), as: UTF8.self)
            for record in records { #expect(text.contains(record.id.text)) }
        }
    }

    @Test(
        "P6: a state that another one was put over is given back as it was, by the name that was told or the part of it that tells it apart"
    )
    func kept() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/set-aside"
        try await server.store(prefix, policy: .small()) { store in
            let former = Sample.state((0..<60).map { Sample.record($0) })
            let first = try await store.lock(LockRequest(Sample.run(1)))
            try await first.createState(former)
            await first.close()
            let (locked, _) = try await store.lockForRecovery(LockRequest(Sample.run(2)))
            let names = try await locked.rebuild(Sample.state([], serial: 9), at: Sample.start)
            await locked.close()
            let name = try #require(names.first)
            #expect(names.count == 1 && name.hasPrefix(store.place + "/kept/"))
            let part = name.dropFirst((store.place + "/kept/").count).dropLast("/state".count)
            for given in [name, String(part)] {
                let bytes = try #require(try await store.kept(given))
                #expect(try StateFile.decode(bytes).records == former.records)
            }
            // More than one part of it was needed.
            #expect(try await server.keys(prefix).filter { $0.key.hasPrefix("kept/") }.count > 1)
            for other in ["", "20261128T174007Z-19", "../head", String(part.dropLast())] { #expect(try await store.kept(other) == nil) }
        }
    }

    @Test("P6: a history that cannot be read keeps nobody from getting a damaged state back, and is told")
    func unreadableHistory() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/unreadable-history"
        var policy = EtcdStore.Policy.small(patience: .seconds(300))
        policy.answerLimit = 64 << 10
        try await server.store(prefix, policy: policy) { store in
            let first = try await store.lock(LockRequest(Sample.run(1)))
            try await first.createState(Sample.state([Sample.record(1)]))
            await first.close()
            try await server.put("head", Array("garbage".utf8), prefix: prefix)
            // The first look brings the last line only.
            try await server.put("h/000000000001/0000", [UInt8](repeating: 0x78, count: 200 << 10), prefix: prefix)
            try await server.put("h/000000000002/0000", [0x78, 0x0A], prefix: prefix)
            for found in [try await store.loadForRecovery(), try await lockForRecovery(store)] {
                #expect(found.knownIDs == [Sample.record(1).id])
                #expect(cause(found.historyFault) == .storeForeign)
            }
            try await server.delete("h/", prefix: prefix, all: true)
            #expect(try await store.loadForRecovery().historyFault == nil)
        }
    }

    private func lockForRecovery(_ store: EtcdStore) async throws -> RecoverableState {
        let (locked, found) = try await store.lockForRecovery(LockRequest(Sample.run(2)))
        await locked.close()
        return found
    }
}

import Foundation
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Synchronization
import Testing

@testable import SnapkeepStores

/// Does something before some request.
private final class EventfulTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let count = Mutex(0)
    private let before: @Sendable (Int) async -> Void

    init(_ base: any HTTPTransport, before: @escaping @Sendable (Int) async -> Void) {
        self.base = base
        self.before = before
    }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        await before(
            count.withLock {
                $0 += 1; return $0
            })
        return try await base.send(request)
    }
}

/// Tells where each request went and what came of it.
private final class WatchedTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let note: @Sendable (String) -> Void

    init(_ base: any HTTPTransport, note: @escaping @Sendable (String) -> Void) { (self.base, self.note) = (base, note) }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let answer = try await base.send(request)
        note("\(request.path) \(answer.status)")
        return answer
    }
}

@Suite("Real clusters, in good order and out of it", .enabled(if: EtcdServer.isInstalled), .timeLimit(.minutes(20)))
struct EtcdClusterTests {
    private func intent(_ number: Int) -> [JournalEvent] { [.intent(Sample.intent(number, "fresh-\(number)"))] }

    @Test("A member that is not there costs nothing but time: the next one answers")
    func deadMember() async throws {
        let server = try await EtcdServer.shared()
        try await server.store("/snapkeep/dead-member", extra: ["127.0.0.1:1"]) { store in
            let locked = try await store.lock(LockRequest(Sample.run(1)))
            try await locked.createState(Sample.state([Sample.record(1)]))
            await locked.close()
            #expect(try await store.load().state?.records.count == 1)
        }
    }

    @Test("P1: the leader is killed while a run writes, and then a member stops: nothing that was stored is lost, and the run goes on")
    func leaderLost() async throws {
        try await EtcdServer.with(.init(members: 3)) { server in
            try await server.store(policy: .patient) { store in
                let locked = try await store.lock(LockRequest(Sample.run(1)))
                try await locked.createState(Sample.state([]))
                try await locked.begin(Sample.run(1), plan: nil)
                for number in 1...30 {
                    if number == 10 { server.kill9(try await server.leader()) }
                    try await withThrowingTaskGroup { group in
                        for part in 0..<4 { group.addTask { try await locked.append(intent(number * 10 + part), .now) } }
                        try await group.waitForAll()
                    }
                }
                let stored = Set((1...30).flatMap { number in (0..<4).map { Sample.attempt(number * 10 + $0) } })
                #expect(Set(try await store.load().state?.openIntents.map(\.attempt) ?? []) == stored)
                // The dead one comes back, and another one hangs, so that answers stay out.
                let dead = try #require(server.members.firstIndex { $0.process == nil })
                try server.start(dead)
                try await server.awaitReady()
                let hanging = try #require(server.members.indices.first { $0 != dead })
                server.signal(hanging, SIGSTOP)
                for number in 31...33 { try await locked.append(intent(number * 10), .now) }
                let before = try #require(try await store.load().state)
                let ending = await locked.end(before) { _, _ in nil }
                #expect(ending.stateFault == nil)
                await locked.close()
                #expect(try await store.load() == LoadedState(state: await locked.loaded.state))
                // Without a majority there is no answer, and that is said in time.
                let other = try #require(server.members.indices.first { $0 != dead && $0 != hanging })
                server.signal(other, SIGSTOP)
                try await server.store(policy: .init(lease: .seconds(4), patience: .seconds(2))) { store in
                    let fault = await #expect(throws: StateFault.self) { try await store.load() }
                    #expect(cause(fault) == .storeUnreachable)
                }
            }
        }
    }

    @Test("P6: a full cluster takes nothing more, is named as that, and what was stored is whole; with room again the next run goes on")
    func quota() async throws {
        try await EtcdServer.with(.init(quota: 6 << 20)) { server in
            try await server.store { store in
                let locked = try await store.lock(LockRequest(Sample.run(1)))
                try await locked.createState(Sample.state([Sample.record(1)]))
                try await locked.begin(Sample.run(1), plan: nil)
                try await locked.append(intent(1), .now)
                var isFull = false
                for number in 0..<40 where !isFull {
                    do { try await server.put("filler", Array(repeating: UInt8(number), count: 1 << 19), prefix: "/other") } catch {
                        isFull = true
                    }
                }
                #expect(isFull)
                let failure = await #expect(throws: JournalFailure.self) { try await locked.append(intent(2), .now) }
                #expect(failure?.cause == .storeFull)
                #expect(await locked.salvage(intent(3)[0]) == false)
                var state = try #require(await locked.loaded.state)
                state.records[0].size = 99
                let ending = await locked.end(state) { _, _ in nil }
                #expect(cause(ending.stateFault) == .storeFull)
                await locked.close()
                #expect(try await store.load().state?.openIntents.count == 1)
                let fault = await #expect(throws: StateFault.self) { try await store.lock(LockRequest(Sample.run(2))) }
                #expect(cause(fault) == .storeFull)
                try await server.compact()
                try await server.post("/v3/maintenance/defragment", [:])
                try await server.disarm()
                let next = try await store.lock(LockRequest(Sample.run(2)))
                #expect(await next.loaded.state?.openIntents.map(\.attempt) == [Sample.attempt(1)])
                await next.close()
            }
        }
    }

    @Test("P6: compaction in the middle of a read makes it begin anew, and what is read is of one moment")
    func compactionUnderReader() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/compaction"
        let writer = try await EtcdProcess(try server.address(prefix)).store
        let locked = try await writer.lock(LockRequest(Sample.run(1)))
        try await locked.createState(Sample.state((0..<80).map { Sample.record($0, size: 1) }))
        try await locked.begin(Sample.run(1), plan: nil)
        let compactions = Mutex(0)
        try await server.store(
            prefix, policy: .small(),
            transport: { real in
                EventfulTransport(real) { number in
                    // Between the first look and its pages all is written anew, and the old is compacted away.
                    guard number == 2 else { return }
                    var state = Sample.state((0..<80).map { Sample.record($0, size: 2) }, serial: 2)
                    state.header.lastRun = nil
                    _ = await locked.end(state) { _, _ in nil }
                    try? await server.compact()
                    compactions.withLock { $0 += 1 }
                }
            }
        ) { store in
            let state = try await store.load().state
            #expect(state?.records.count == 80 && Set(state?.records.map(\.size) ?? []) == [2])
        }
        #expect(compactions.withLock { $0 } == 1)
        await locked.close()
    }

    @Test("P5, P6: another cluster at the same address is no place to go on: the run stops, and the next one finds no state")
    func otherCluster() async throws {
        try await EtcdServer.with { server in
            try await server.store { store in
                let locked = try await store.lock(LockRequest(Sample.run(1)))
                try await locked.createState(Sample.state([Sample.record(1)]))
                try await locked.begin(Sample.run(1), plan: nil)
                try await locked.append(intent(1), .now)
                server.kill9(0)
                try FileManager.default.removeItem(atPath: "\(server.folder)/m0")
                try server.start(0)
                try await server.awaitReady()
                let failure = await #expect(throws: JournalFailure.self) { try await locked.append(intent(2), .now) }
                #expect(failure?.cause == .storeReplaced)
                let ending = await locked.end(Sample.state([], serial: 2)) { _, _ in nil }
                #expect(ending.stateFault?.asksForRecovery == true && ending.stateFault?.isRefusal == false, "\(ending)")
                await locked.close()
                #expect(try await server.keys().isEmpty)
            }
            try await server.store { store in
                let found = try await store.load()
                #expect(found == LoadedState())
            }
        }
    }

    @Test("P6: keys that somebody removed under a run are no lock that ran out: it is told that what was stored is gone")
    func emptied() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/emptied"
        try await server.store(prefix, policy: .small()) { store in
            let locked = try await store.lock(LockRequest(Sample.run(1)))
            try await locked.createState(Sample.state([Sample.record(1)]))
            try await locked.begin(Sample.run(1), plan: nil)
            try await locked.append(intent(1), .now)
            try await server.delete("", prefix: prefix, all: true)
            let failure = await #expect(throws: JournalFailure.self) { try await locked.append(intent(2), .now) }
            #expect(failure?.cause == .storeReplaced, "\(String(describing: failure))")
            let ending = await locked.end(Sample.state([], serial: 2)) { _, _ in nil }
            #expect(cause(ending.stateFault) == .storeReplaced && ending.stateFault?.asksForRecovery == true, "\(ending)")
            await locked.close()
            #expect(try await server.keys(prefix).isEmpty)
        }
    }

    @Test("A user who may only read leaves no lease behind that cannot lock, and is told what cannot be unlocked")
    func reader() async throws {
        try await EtcdServer.with { server in
            let prefix = "/snapkeep/reader"
            let (start, end) = (Data("\(prefix)/".utf8).base64EncodedString(), Data("\(prefix)0".utf8).base64EncodedString())
            for name in ["root", "ci", "reader"] {
                try await server.post("/v3/auth/user/add", ["name": name, "password": "pw-of-\(name)"])
                try await server.post("/v3/auth/role/add", ["name": name])
                try await server.post("/v3/auth/user/grant", ["user": name, "role": name])
            }
            for (name, kind) in [("ci", "READWRITE"), ("reader", "READ")] {
                try await server.post(
                    "/v3/auth/role/grant", ["name": name, "perm": ["permType": kind, "key": start, "range_end": end]])
            }
            try await server.post("/v3/auth/enable", [:])
            func user(_ name: String) -> EtcdSettings.User { EtcdSettings.User(name: name, password: Secret("pw-of-\(name)")) }
            let paths = Mutex<[String]>([])
            func watched(_ body: (EtcdStore) async throws -> Void) async throws {
                try await server.store(
                    prefix, user: user("reader"), transport: { WatchedTransport($0) { path in paths.withLock { $0.append(path) } } }, body)
            }
            try await watched { store in
                let fault = await #expect(throws: StateFault.self) { try await store.lock(LockRequest(Sample.run(1))) }
                #expect(cause(fault) == .storeDenied)
            }
            #expect(paths.withLock { $0.suffix(3) } == ["/v3/lease/grant 200", "/v3/kv/txn 403", "/v3/lease/revoke 200"])
            try await server.store(prefix, user: user("ci")) { store in
                let locked = try await store.lock(LockRequest(Sample.run(2)))
                let token = try #require(try await store.holder()?.token)
                try await watched { reader in
                    let fault = await #expect(throws: StateFault.self) { try await reader.breakLock(token: token) }
                    guard case .io(_, "unlock", _, .storeDenied, .lock)? = fault else {
                        Issue.record("\(String(describing: fault))")
                        return
                    }
                }
                #expect(paths.withLock { $0.last } == "/v3/lease/revoke 200")
                #expect(try await store.holder()?.token == token)
                await locked.close()
            }
        }
    }

    @Test(
        "P8: users: a wrong password and a foreign prefix are refused, a role for the prefix suffices, and a token that died is made anew")
    func users() async throws {
        try await EtcdServer.with { server in
            let prefix = "/snapkeep/users"
            let (start, end) = (Data("\(prefix)/".utf8).base64EncodedString(), Data("\(prefix)0".utf8).base64EncodedString())
            for (name, password) in [("root", "r00t"), ("ci", "s3cret-of-ci")] {
                try await server.post("/v3/auth/user/add", ["name": name, "password": password])
                try await server.post("/v3/auth/role/add", ["name": name])
                try await server.post("/v3/auth/user/grant", ["user": name, "role": name])
            }
            try await server.post(
                "/v3/auth/role/grant", ["name": "ci", "perm": ["permType": "READWRITE", "key": start, "range_end": end]])
            // Where the cluster knows no users yet, one that is set is not in the way.
            let ci = EtcdSettings.User(name: "ci", password: Secret("s3cret-of-ci"))
            try await server.store(prefix, user: ci) { store in
                let found = try await store.load()
                #expect(found == LoadedState())
            }
            try await server.post("/v3/auth/enable", [:])
            try await server.store(prefix, user: ci) { store in
                let locked = try await store.lock(LockRequest(Sample.run(1)))
                try await locked.createState(Sample.state([Sample.record(1)]))
                try await locked.begin(Sample.run(1), plan: nil)
                // Tokens are kept in memory by the server.
                server.kill9(0)
                try server.start(0)
                try await locked.append(intent(1), .now)
                let state = try #require(try await store.load().state)
                let ending = await locked.end(state) { _, _ in nil }
                #expect(ending.stateFault == nil)
                await locked.close()
                #expect(try await store.holder() == nil)
            }
            for (user, place, words) in [
                (EtcdSettings.User(name: "ci", password: Secret("wrong-password")), prefix, "invalid user ID or password"),
                (nil, prefix, "user name is empty"), (ci, "/snapkeep/foreign", "permission denied"),
            ] {
                try await server.store(place, user: user) { store in
                    let fault = await #expect(throws: StateFault.self) { try await store.load() }
                    #expect(cause(fault) == .storeDenied)
                    let text = String(describing: fault)
                    #expect(text.contains(words) && !text.contains("s3cret") && !text.contains("wrong-password"), "\(text)")
                }
            }
        }
    }

    @Test("TLS: with the private authority and a client certificate it works; without either it is refused")
    func certificates() async throws {
        let folder = NSTemporaryDirectory() + "/snapkeep-tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func openssl(_ arguments: String) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = arguments.split(separator: " ").map(String.init)
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "openssl \(arguments)")
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try openssl("req -x509 \(key) -keyout ca.key -out ca.pem -subj /CN=test-authority -days 2")
        try openssl("req -x509 \(key) -keyout other.key -out other.pem -subj /CN=other -days 2")
        try "subjectAltName=IP:127.0.0.1\n".write(toFile: "\(folder)/san", atomically: true, encoding: .utf8)
        for name in ["server", "client"] {
            try openssl("req -new \(key) -keyout \(name).key -out \(name).csr -subj /CN=\(name)")
            try openssl("x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -out \(name).pem -days 2 -extfile san")
        }
        func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))) }
        try await EtcdServer.with(.init(certificates: folder)) { server in
            let trust = try TrustSettings(authorities: bytes("ca.pem"), certificate: bytes("client.pem"), privateKey: bytes("client.key"))
            let address = try server.address()
            let store = try EtcdStore.lasting(address, trust: trust, policy: .patient, wallClock: { Sample.start })
            let locked = try await store.lock(LockRequest(Sample.run(1)))
            try await locked.createState(Sample.state([Sample.record(1)]))
            await locked.close()
            let short = EtcdStore.Policy(lease: .seconds(4), patience: .milliseconds(100))
            for (trust, expected) in [
                (try TrustSettings(authorities: bytes("ca.pem")), FileProblem.storeUnreachable),
                (try TrustSettings(authorities: bytes("other.pem")), .storeUntrusted), (.system, .storeUntrusted),
            ] {
                let store = try EtcdStore.lasting(address, trust: trust, policy: short, wallClock: { Sample.start })
                let fault = await #expect(throws: StateFault.self) { try await store.load() }
                #expect(cause(fault) == expected)
            }
        }
    }

    @Test("Whoever finds the lock taken is shown who has it, the pipeline's page, when it was heard of last, and by what to break it")
    func holder() async throws {
        let server = try await EtcdServer.shared()
        try await server.store("/snapkeep/holder", policy: .small()) { store in
            var run = Sample.run(1)
            run.pipeline = "https://ci.example.com/jobs/7"
            let locked = try await store.lock(LockRequest(run))
            let holder = try #require(try await store.holder())
            #expect(holder.pipeline == "https://ci.example.com/jobs/7" && holder.since == run.startedAt && holder.pid == run.pid)
            // By the clock that the test has given it lies before the run, which it cannot.
            #expect(holder.heartbeat == run.startedAt && holder.token.flatMap { Int($0) } != nil)
            await locked.close()
        }
    }

    @Test("A state of a newer layout is refused as that, by readers and by whoever would write, and is left as it is")
    func newerLayout() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/newer"
        try await server.put("head", Array("{\n  \"layout\":9,\"segments\":7,\n  \"x\":1\n}\n".utf8), prefix: prefix)
        let before = try await server.keys(prefix)
        try await server.store(prefix) { store in
            let expected = StateFault.tooNew(path: store.place, version: 9)
            await #expect(throws: expected) { try await store.load() }
            await #expect(throws: expected) { try await store.loadForRecovery() }
            await #expect(throws: expected) { try await store.lock(LockRequest(Sample.run(1))) }
            await #expect(throws: expected) { try await store.lockForRecovery(LockRequest(Sample.run(1))) }
        }
        #expect(try await server.keys(prefix) == before)
    }

    @Test("P6: a state of 40,000 volumes that rotate is stored, changed and read, though its header is longer than a request may be")
    func longHeader() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/header"
        var first = Sample.state([Sample.record(1)])
        let listed = (0..<40_000).map { number in
            RememberedRotation.Listed(label: "volume-\(100_000 + number)", id: VolumeID(Sample.uuid(number)))
        }
        first.header.rotations = RotationMemory(
            asOf: Sample.start,
            rotations: [RememberedRotation(name: RotationName("nightly")!, rules: RetentionRules(counts: [.daily: 3]), listed: listed)])
        try await server.store(prefix) { store in
            let locked = try await store.lock(LockRequest(Sample.run(1)))
            try await locked.createState(first)
            try await locked.begin(Sample.run(1), plan: nil)
            var second = first
            second.records.append(Sample.record(2))
            let ending = await locked.end(second) { _, _ in nil }
            #expect(ending.stateFault == nil)
            let third = try #require(await locked.loaded.state)
            await locked.close()
            #expect(try await store.load().state == third && third.header.rotations == first.header.rotations)
            let keys = try await server.keys(prefix)
            let head = try #require(keys["head"])
            let size = keys.values.reduce(0) { $0 + $1.count }
            #expect(head.count < 1024 && size > 2 << 20)
            // Nothing is left of the header from before.
            #expect(size < 2 * StateFile.encode(third).count)
            // The header is still there where the head is not.
            try await server.put("head", head.dropLast(4), prefix: prefix)
            let found = try await store.loadForRecovery()
            guard case .damaged = found.condition else {
                Issue.record("a damaged head was taken for whole")
                return
            }
            #expect(found.owner == "payments" && found.lineage == third.header.lineage)
        }
    }

    @Test("A change costs a handful of requests and no more bytes than itself, however large the state is")
    func traffic() async throws {
        let server = try await EtcdServer.shared()
        try await server.store("/snapkeep/traffic", policy: .patient) { store in
            let locked = try await store.lock(LockRequest(Sample.run(1)))
            try await locked.createState(Sample.state((0..<500).map { Sample.record($0) }))
            await locked.close()
            for number in 1...20 {
                let next = try await store.lock(LockRequest(Sample.run(number)))
                let before = store.gateway.traffic
                try await next.begin(Sample.run(number), plan: nil)
                let events =
                    intent(number) + [
                        .created(
                            attempt: Sample.attempt(number),
                            CreatedSnapshot(
                                id: SnapshotID(Sample.uuid(900_000 + number))!, status: .available, size: 1, createdAt: Sample.start))
                    ]
                for event in events { try await next.append([event], .now) }
                let state = try StateReplay.fold(
                    [.begin(Sample.run(number), plan: nil)] + events, into: try #require(await next.loaded.state))
                let ending = await next.end(state) { _, serial in
                    HistoryEntry(
                        run: Sample.run(number), serialBefore: serial - 1, serialAfter: serial, counts: HistoryCounts(), plan: nil,
                        exitCode: 0)
                }
                #expect(ending.stateFault == nil)
                let after = store.gateway.traffic
                #expect(after.requests - before.requests <= 6)
                #expect(after.bytes - before.bytes < 16_384, "run \(number)")
                await next.close()
            }
            #expect(try await store.load().state?.records.count == 520)
            let head = try EtcdHead(try #require(try await server.keys("/snapkeep/traffic")["head"]))
            #expect(head.segments.count < 8)
        }
    }
}

import Foundation
import Glibc
import SnapkeepCloud
import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepStores

/// Real members of a cluster, on free ports of the loopback address and with data in a temporary folder. They end with `stop`, and at the
/// latest with this process.
final class EtcdServer: @unchecked Sendable {
    // The processes are only touched by the one test that owns the server.

    struct Settings: Sendable {
        var members = 1
        var quota: Int?
        /// Folder with `ca.pem`, `server.pem`, `server.key`: TLS with client certificates demanded.
        var certificates: String?
        /// Tells apart clusters that are begun with the same names.
        var token = "snapkeep"
    }

    struct Member {
        var name: String
        var port: Int
        var peerPort: Int
        var process: Process?
        /// Its end tells the shell around the member that this process is gone.
        var life: Pipe?
        var pid: Int32?
    }

    let folder: String
    private let settings: Settings
    private(set) var members: [Member]

    /// Where Debian's package and the archives of etcd put it.
    static let program = ["/usr/bin/etcd", "/usr/local/bin/etcd"].first { FileManager.default.isExecutableFile(atPath: $0) }
    static var isInstalled: Bool { program != nil }

    /// One member that all tests share which only need a prefix of their own.
    static func shared() async throws -> EtcdServer { try await sharedTask.value }
    private static let sharedTask = Task {
        let server = try EtcdServer()
        try server.start(0)
        try await server.awaitReady()
        return server
    }

    init(_ settings: Settings = Settings()) throws {
        self.settings = settings
        folder = NSTemporaryDirectory() + "/snapkeep-etcd-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let ports = try Self.freePorts(settings.members * 2)
        members = (0..<settings.members).map { Member(name: "m\($0)", port: ports[2 * $0], peerPort: ports[2 * $0 + 1]) }
    }

    /// Runs a test over a cluster that is ready.
    static func with<Value>(_ settings: Settings = Settings(), _ body: (EtcdServer) async throws -> Value) async throws -> Value {
        let server = try EtcdServer(settings)
        do {
            for index in server.members.indices { try server.start(index) }
            try await server.awaitReady()
            let value = try await body(server)
            server.stop()
            return value
        } catch {
            server.stop()
            throw error
        }
    }

    private var scheme: String { settings.certificates == nil ? "http" : "https" }

    func start(_ index: Int) throws {
        let member = members[index]
        let process = Process()
        // The shell ends the member when this process ends, however it does.
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let pidFile = "\(folder)/\(member.name).pid"
        try? FileManager.default.removeItem(atPath: pidFile)
        let script = "file=$1; shift; \"$@\" </dev/null & echo $! >$file.new && mv $file.new $file; read -r _; kill -9 $!; wait $!"
        let cluster = members.map { "\($0.name)=http://127.0.0.1:\($0.peerPort)" }.joined(separator: ",")
        var arguments = [
            "--name", member.name, "--data-dir", "\(folder)/\(member.name)", "--listen-client-urls", "\(scheme)://127.0.0.1:\(member.port)",
            "--advertise-client-urls", "\(scheme)://127.0.0.1:\(member.port)", "--listen-peer-urls", "http://127.0.0.1:\(member.peerPort)",
            "--initial-advertise-peer-urls", "http://127.0.0.1:\(member.peerPort)", "--initial-cluster", cluster, "--initial-cluster-token",
            settings.token, "--heartbeat-interval", "50", "--election-timeout", "500", "--logger", "zap", "--log-outputs",
            "\(folder)/\(member.name).log",
        ]
        if let quota = settings.quota { arguments += ["--quota-backend-bytes", String(quota)] }
        if let certificates = settings.certificates {
            arguments += [
                "--cert-file", "\(certificates)/server.pem", "--key-file", "\(certificates)/server.key", "--trusted-ca-file",
                "\(certificates)/ca.pem", "--client-cert-auth",
            ]
        }
        process.arguments = ["-c", script, "sh", pidFile, try #require(Self.program)] + arguments
        let life = Pipe()
        process.standardInput = life
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        members[index].process = process
        members[index].life = life
        let end = ContinuousClock.now + .seconds(30)
        while members[index].pid == nil, ContinuousClock.now < end {
            members[index].pid = (try? String(contentsOfFile: pidFile, encoding: .utf8)).flatMap { Int32($0.dropLast()) }
            if members[index].pid == nil { usleep(2000) }
        }
    }

    func awaitReady() async throws {
        if settings.certificates != nil { return }
        for index in members.indices where members[index].process != nil {
            try await waitUntil("etcd serves", within: .seconds(60)) {
                (try? await self.post("/v3/kv/range", ["key": "AA=="], member: index)) != nil
            }
        }
    }

    func signal(_ index: Int, _ number: Int32) { if let pid = members[index].pid { kill(pid, number) } }

    /// Ends a member at once, as a loss of power does.
    func kill9(_ index: Int) {
        guard let process = members[index].process else { return }
        signal(index, SIGKILL)
        try? members[index].life?.fileHandleForWriting.close()
        process.waitUntilExit()
        (members[index].process, members[index].pid, members[index].life) = (nil, nil, nil)
    }

    func stop() {
        for index in members.indices {
            signal(index, SIGCONT)
            kill9(index)
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The member that leads the cluster.
    func leader() async throws -> Int {
        var leader: Int?
        try await waitUntil("the cluster has a leader", within: .seconds(60)) {
            for index in members.indices where members[index].process != nil {
                guard let status = try? await post("/v3/maintenance/status", [:], member: index), let leading = status["leader"] as? String,
                    let header = status["header"] as? [String: Any], header["member_id"] as? String == leading
                else { continue }
                leader = index
                return true
            }
            return false
        }
        return try #require(leader)
    }

    // MARK: The address

    func address(_ prefix: String = "/snapkeep/test", extra: [String] = []) throws -> EtcdAddress {
        let hosts = extra + members.map { "127.0.0.1:\($0.port)" }
        return try EtcdAddress(hosts.joined(separator: ",") + prefix, isSecure: settings.certificates != nil)
    }

    /// Runs a test over a store there.
    func store<Value>(
        _ prefix: String = "/snapkeep/test", policy: EtcdStore.Policy = .patient, user: EtcdSettings.User? = nil,
        extra: [String] = [], transport: ((any HTTPTransport) -> any HTTPTransport)? = nil, _ body: (EtcdStore) async throws -> Value
    ) async throws -> Value {
        let address = try address(prefix, extra: extra)
        return try await AsyncHTTPTransport.with(.init(connectTimeout: .seconds(1), requestTimeout: policy.requestTimeout)) { real in
            try await EtcdStore.with(
                address, user: user, transport: transport?(real) ?? real, policy: policy, wallClock: { Timestamp("2026-11-23T09:12:00Z")! },
                body)
        }
    }

    // MARK: Another client

    /// Asks a member without our client of the gateway.
    @discardableResult
    func post(_ path: String, _ body: [String: Any], member: Int = 0) async throws -> [String: Any] {
        let endpoint = try Endpoint.parse("http://127.0.0.1:\(members[member].port)").endpoint
        let bytes = Array(try JSONSerialization.data(withJSONObject: body))
        let answer = try await Self.connections.send(
            OutgoingRequest(method: .post, endpoint: endpoint, path: path, body: bytes, answerLimit: 256 << 20))
        guard answer.status == 200 else { throw Refused(status: answer.status, words: String(decoding: answer.body, as: UTF8.self)) }
        return (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any] ?? [:]
    }

    /// All tests share the connections, which last as long as this process.
    static let connections = LastingTransport(.init(connectTimeout: .seconds(2), requestTimeout: .seconds(30), connections: 64))

    struct Refused: Error {
        var status: Int
        var words: String
    }

    /// All keys under a prefix, without it, and their values.
    func keys(_ prefix: String = "/snapkeep/test") async throws -> [String: [UInt8]] {
        var end = Array(prefix.utf8)
        end[end.count - 1] += 1
        let answer = try await post(
            "/v3/kv/range", ["key": Data(prefix.utf8).base64EncodedString(), "range_end": Data(end).base64EncodedString()])
        var all: [String: [UInt8]] = [:]
        for found in answer["kvs"] as? [[String: Any]] ?? [] {
            let key = String(decoding: Data(base64Encoded: found["key"] as? String ?? "") ?? Data(), as: UTF8.self)
            all[String(key.dropFirst(prefix.count + 1))] = Array(Data(base64Encoded: found["value"] as? String ?? "") ?? Data())
        }
        return all
    }

    func put(_ key: String, _ value: [UInt8], prefix: String = "/snapkeep/test") async throws {
        try await post(
            "/v3/kv/put", ["key": Data("\(prefix)/\(key)".utf8).base64EncodedString(), "value": Data(value).base64EncodedString()])
    }

    func delete(_ key: String, prefix: String = "/snapkeep/test", all: Bool = false) async throws {
        var body = ["key": Data("\(prefix)/\(key)".utf8).base64EncodedString()]
        if all {
            var end = Array("\(prefix)/\(key)".utf8)
            end[end.count - 1] += 1
            body["range_end"] = Data(end).base64EncodedString()
        }
        try await post("/v3/kv/deleterange", body)
    }

    /// Does to the lock's holder what the cluster does when its lease has run out.
    func endLease(_ prefix: String) async throws {
        let answer = try await post("/v3/kv/range", ["key": Data("\(prefix)/lock".utf8).base64EncodedString()])
        guard let lease = (answer["kvs"] as? [[String: Any]])?.first?["lease"] as? String else { return }
        try await post("/v3/lease/revoke", ["ID": lease])
    }

    /// Makes the cluster take writes again, once it has room.
    func disarm() async throws {
        for alarm in try await post("/v3/maintenance/alarm", ["action": "GET"])["alarms"] as? [[String: Any]] ?? [] {
            try await post(
                "/v3/maintenance/alarm", ["action": "DEACTIVATE", "alarm": "NOSPACE", "memberID": alarm["memberID"] as? String ?? "0"])
        }
    }

    /// Compacts everything but the newest revision.
    func compact() async throws {
        let answer = try await post("/v3/kv/range", ["key": "AA=="])
        let revision = (answer["header"] as? [String: Any])?["revision"] as? String ?? "1"
        try await post("/v3/kv/compaction", ["revision": revision, "physical": true])
    }

    // MARK: Ports

    private static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(socket)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int in
                    guard bind(socket, address, length) == 0, getsockname(socket, address, &length) == 0 else { return 0 }
                    return 1
                }
            }
            try #require(port == 1)
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}

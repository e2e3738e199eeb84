import Glibc

@testable import SnapkeepSandbox

/// An HTTP/1.1 client of a few lines over a plain socket: one request a connection, and every byte as it came.
///
/// A library would hide what these tests look at: a body that ends early, a connection that ends without an answer.
struct RawClient: Sendable {
    let port: Int
    let base: String
    var headers: [String: String] = [:]

    init(_ handle: SandboxHandle, base: String) {
        self.init(port: handle.port, base: base)
    }

    init(port: Int, base: String) {
        self.port = port
        self.base = base
    }

    /// What came back before the server closed the connection.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: String
        /// Whether the body has the length that was announced.
        let isWhole: Bool

        var json: JSONValue { (try? JSONParser.parse(body.utf8)) ?? .null }
    }

    /// The server closed the connection without a whole head of an answer.
    struct NoAnswer: Error, Equatable {}

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, nil, headers)
    }

    func post(_ path: String, _ body: JSONValue, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", path, String(decoding: JSONWriter.encode(body), as: UTF8.self), headers)
    }

    func put(_ path: String, _ body: JSONValue, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("PUT", path, String(decoding: JSONWriter.encode(body), as: UTF8.self), headers)
    }

    func delete(_ path: String) async throws -> Answer {
        try await send("DELETE", path, nil)
    }

    /// Sends one request; `path` beginning with `//` is taken from the root instead of from the base.
    func send(_ method: String, _ path: String, _ body: String?, _ more: [String: String] = [:]) async throws -> Answer {
        let target = path.hasPrefix("//") ? String(path.dropFirst()) : base + path
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        var fields = headers
        if let body {
            fields["Content-Type"] = "application/json"
            fields["Content-Length"] = String(body.utf8.count)
        }
        for (name, value) in fields.merging(more, uniquingKeysWith: { $1 }) { head += "\(name): \(value)\r\n" }
        let bytes = Array("\(head)\r\n\(body ?? "")".utf8)
        let port = port
        let received = await withCheckedContinuation { continuation in
            OwnThread.run { continuation.resume(returning: Self.exchange(bytes, port: port)) }
        }
        return try Self.parse(received)
    }

    private static func exchange(_ request: [UInt8], port: Int) -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // A server that says nothing more ends its test, not all of them.
        var patience = timeval(tv_sec: 600, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0, request.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == request.count else {
            return []
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { received += buffer[..<count] }
        return received
    }

    private static func parse(_ received: [UInt8]) throws -> Answer {
        let text = String(decoding: received, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw NoAnswer() }
        var lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = lines.removeFirst().split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { throw NoAnswer() }
        var headers: [String: String] = [:]
        for line in lines {
            let halves = line.split(separator: ":", maxSplits: 1)
            headers[halves[0].lowercased()] = halves.count > 1 ? String(halves[1].drop { $0 == " " }) : ""
        }
        let body = String(text[end.upperBound...])
        return Answer(status: status, headers: headers, body: body, isWhole: body.utf8.count == Int(headers["content-length"] ?? "0"))
    }
}

/// Blocking work away from the threads that tasks share: a few blocked tests would starve the server, which runs in this process.
enum OwnThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @Sendable @escaping () -> Void) { self.body = body }
    }

    static func run(_ body: @Sendable @escaping () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body)).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, work)
        precondition(status == 0, "no thread for a blocking call")
        pthread_detach(thread)
    }
}

import Glibc

/// The system's call, whose name the method below hides.
private let systemSend = send(_:_:_:_:)

/// A connection whose bytes the test writes and reads itself, piece by piece. Reading gives up after five minutes: beside other tests, and under
/// a sanitizer, an answer may take long.
final class RawConnection: Sendable {
    private let descriptor: Int32

    /// The server refused it.
    struct Refused: Error {}

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let size = socklen_t(MemoryLayout<Int32>.size)
        if var bytes = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, size) }
        var patience = timeval(tv_sec: 300, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw Refused() }
    }

    deinit { close(descriptor) }

    /// Sends the text; whether all of it was taken.
    @discardableResult
    func send(_ text: String) async -> Bool {
        await blocking { descriptor in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                // Without a signal when the server has closed the connection.
                let count = rest.withUnsafeBytes { systemSend(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Says that nothing more will be sent.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// What comes until it contains `mark`, or until the server closes the connection.
    func receive(until mark: String? = nil) async -> String {
        await blocking { descriptor in
            var received: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                received += buffer[..<count]
                if let mark, String(decoding: received, as: UTF8.self).contains(mark) { break }
            }
            return String(decoding: received, as: UTF8.self)
        }
    }

    private func blocking<T: Sendable>(_ body: @Sendable @escaping (Int32) -> T) async -> T {
        let result = await withCheckedContinuation { continuation in
            OwnThread.run { [descriptor] in continuation.resume(returning: body(descriptor)) }
        }
        withExtendedLifetime(self) {}
        return result
    }
}

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension TransportFault {
    /// Sorts an error of the HTTP library.
    ///
    /// A request with a body is certain: either its body had begun to leave or it had not. For one without a body only those errors
    /// count as `notSent` that cannot come up on a connection in use.
    init(sorting error: any Error, of request: OutgoingRequest, _ progress: SendProgress) {
        let tls = Self.tlsWords(for: error, request.endpoint.authority)
        let words =
            tls.map { (message: $0.message, isBeforeSending: $0.isBeforeSending) }
            ?? Self.words(for: error, host: request.endpoint.host, authority: request.endpoint.authority)
        let notSent = request.body == nil ? words.isBeforeSending : !progress.bodyBegan
        self.init(notSent ? .notSent : .uncertain, words.message, cause: tls?.cause)
    }

    /// The words for a request whose time was over when it could have begun to leave (`OutgoingRequest.mayLeave`).
    package static let tooLate = "it took too long until the request could leave"

    private static func words(for error: any Error, host: String, authority: String) -> (message: String, isBeforeSending: Bool) {
        switch error {
        case let error as HTTPClientError: clientError(error, authority)
        case let error as NIOConnectionError: (connectionError(error, host, authority), true)
        case let error as IOError where error.errnoCode == ECONNREFUSED: ("no connection to \(authority): \(reason(of: error))", true)
        case let error as IOError: ("the connection to \(authority) failed: \(reason(of: error))", false)
        case is HTTPParserError: ("\(authority) did not answer in HTTP", false)
        case is WatchedBody.TooLate: (tooLate, true)
        case is CancellationError: ("the request was given up", false)
        case is ChannelError: ("the connection to \(authority) was closed", false)
        default: ("the connection to \(authority) failed: \(type(of: error))", false)
        }
    }

    // Only fixed words of the library are taken over: its full descriptions may quote header values (P8).
    private static func clientError(_ error: HTTPClientError, _ authority: String) -> (String, Bool) {
        switch error {
        case .connectTimeout: ("no connection to \(authority) in time", true)
        case .tlsHandshakeTimeout: ("the TLS handshake with \(authority) took too long", true)
        case .getConnectionFromPoolTimeout: ("no connection to \(authority) became free in time", true)
        case .remoteConnectionClosed: ("\(authority) closed the connection before its answer was complete", false)
        case .alreadyShutdown: ("the transport is closed", true)
        case .invalidURL, .emptyHost, .emptyScheme: ("\(authority) cannot be reached by a URL", true)
        case .cancelled: ("the request was given up", false)
        case .proxyAuthenticationRequired: ("the proxy asks for another user or password", true)
        case .invalidProxyResponse, .socksHandshakeTimeout: ("the proxy gives no way to \(authority)", true)
        default: ("the request to \(authority) failed: \(error.shortDescription.lowercased())", false)
        }
    }

    private static func connectionError(_ error: NIOConnectionError, _ host: String, _ authority: String) -> String {
        if let first = error.connectionErrors.first?.error {
            if let first = first as? IOError { return "no connection to \(authority): \(reason(of: first))" }
            if case ChannelError.connectTimeout = first { return "no connection to \(authority) in time" }
            return "no connection to \(authority)"
        }
        return "the host name \(host) was not found"
    }

    /// `nil` for what is no error of TLS.
    private static func tlsWords(for error: any Error, _ authority: String) -> (message: String, isBeforeSending: Bool, cause: Cause?)? {
        switch error {
        case NIOSSLError.handshakeFailed(let reason):
            let (message, cause) = handshake("\(reason)", authority)
            return (message, true, cause)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return ("the certificate of \(authority) is for another host", true, .untrusted)
        case is NIOSSLError: return ("the TLS connection to \(authority) broke", false, nil)
        case is BoringSSLError:
            let (message, cause) = handshake("\(error)", authority)
            return (message, false, cause)
        default: return nil
        }
    }

    private static func handshake(_ description: String, _ authority: String) -> (message: String, cause: Cause?) {
        if description.contains("CERTIFICATE_VERIFY_FAILED") { return ("the certificate of \(authority) is not trusted", .untrusted) }
        if description.contains("WRONG_VERSION_NUMBER") { return ("\(authority) does not speak TLS", .withoutTLS) }
        if description.contains("PROTOCOL_VERSION") { return ("\(authority) speaks no TLS of version 1.2 or later", nil) }
        return ("the TLS handshake with \(authority) failed", nil)
    }

    private static func reason(of error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET, EPIPE: "connection reset"
        case ETIMEDOUT: "connection timed out"
        case EHOSTUNREACH: "no route to host"
        case ENETUNREACH: "network unreachable"
        case ENOTCONN: "not connected"
        default: "system error \(error.errnoCode)"
        }
    }
}

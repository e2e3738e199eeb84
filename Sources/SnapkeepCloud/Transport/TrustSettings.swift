import NIOSSL

/// Whom to trust, and how to show who we are, on connections with TLS.
public struct TrustSettings: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let authorities: [NIOSSLCertificate]
    private let chain: [NIOSSLCertificate]
    private let key: NIOSSLPrivateKey?
    /// False trusts every certificate: whoever is in between can read the credentials.
    public let verifies: Bool

    /// The certificates that this system trusts, and none of our own.
    public static let system = TrustSettings()

    private init() {
        (authorities, chain, key, verifies) = ([], [], nil, true)
    }

    /// Reads certificates and keys in PEM form.
    ///
    /// - Parameters:
    ///   - authorities: trusted instead of those of the system; `nil` for those of the system.
    ///   - certificate: our own and those up to its authority; it may hold the key as well.
    ///   - privateKey: of our own certificate, without a pass phrase.
    /// - Throws: `TrustProblem`.
    public init(
        authorities: [UInt8]? = nil, certificate: [UInt8]? = nil, privateKey: [UInt8]? = nil, verifies: Bool = true
    ) throws(TrustProblem) {
        self.verifies = verifies
        self.authorities = try authorities.map { bytes throws(TrustProblem) in try Self.certificates(bytes, .authorities) } ?? []
        guard let certificate else {
            if privateKey != nil { throw .keyWithoutCertificate }
            (chain, key) = ([], nil)
            return
        }
        chain = try Self.certificates(certificate, .certificate)
        guard let key = try? NIOSSLPrivateKey(bytes: privateKey ?? certificate, format: .pem) else {
            throw privateKey == nil ? .certificateWithoutKey : .unreadable(.privateKey)
        }
        self.key = key
        var tls = TLSConfiguration.makeClientConfiguration()
        apply(to: &tls)
        // Whom we trust is nothing to it, and the system's authorities would have to be read.
        tls.trustRoots = .certificates([])
        do { _ = try NIOSSLContext(configuration: tls) } catch { throw .keyOfAnotherCertificate }
    }

    private static func certificates(_ bytes: [UInt8], _ part: TrustProblem.Part) throws(TrustProblem) -> [NIOSSLCertificate] {
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else { throw .unreadable(part) }
        return found
    }

    func apply(to tls: inout TLSConfiguration) {
        if !authorities.isEmpty { tls.trustRoots = .certificates(authorities) }
        tls.certificateChain = chain.map { .certificate($0) }
        tls.privateKey = key.map { .privateKey($0) }
        if !verifies { tls.certificateVerification = .none }
    }

    public var description: String {
        let trust = !verifies ? "everybody" : authorities.isEmpty ? "the system's authorities" : "\(authorities.count) authorities"
        return "trusts \(trust)\(chain.isEmpty ? "" : ", shows a certificate")"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is wrong with the certificates of the settings.
public enum TrustProblem: Error, Hashable, Sendable {
    /// The three files.
    public enum Part: Hashable, Sendable {
        case authorities
        case certificate
        case privateKey
    }

    /// No PEM, or encrypted.
    case unreadable(Part)
    case certificateWithoutKey
    case keyWithoutCertificate
    case keyOfAnotherCertificate

    /// What is to be corrected, or what is there and lacks the other one.
    public var part: Part {
        switch self {
        case .unreadable(let part): part
        case .certificateWithoutKey: .certificate
        case .keyWithoutCertificate, .keyOfAnotherCertificate: .privateKey
        }
    }

    /// The mistake in one clause, without a full stop.
    public var message: String {
        switch self {
        case .unreadable(.authorities): "the file holds no certificate of an authority in PEM form"
        case .unreadable(.certificate): "the file holds no client certificate in PEM form"
        case .unreadable(.privateKey): "the file holds no private key in PEM form without a pass phrase"
        case .certificateWithoutKey: "a client certificate is given without its key"
        case .keyWithoutCertificate: "a client key is given without its certificate"
        case .keyOfAnotherCertificate: "the client's key does not belong to its certificate"
        }
    }
}

import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState
import SnapkeepStores

extension StateStores {
    /// A store in etcd, by its address and what the environment says of users and certificates.
    @Sendable static func etcd(_ service: StateAddress.Service, _ session: Session) throws -> any StateStore {
        let place = "\(service)"
        let address: EtcdAddress
        do throws(EtcdAddressProblem) {
            address = try EtcdAddress(
                service.hosts.map(\.description).joined(separator: ",") + service.path, isSecure: service.scheme.isEncrypted)
        } catch { throw Failure(.usage, .badEtcd(error.message, at: place)) }
        var settings: EtcdSettings
        do throws(EtcdSettingsProblem) { settings = try EtcdSettings(environment: { session.environment[$0] }) } catch {
            throw Failure(.usage, .badEtcd(error.message, at: place))
        }
        if let login = service.login { settings.user = .init(name: login.user, password: Secret(login.password)) }
        if settings.user != nil, service.isInTheClear { session.report([.stateInTheClear(place)]) }
        func bytes(_ path: String?, _ part: TrustProblem.Part) throws -> [UInt8]? {
            guard let path else { return nil }
            do { return try InputFiles.read(path: path).bytes } catch var failure as Failure {
                if let variable = settings.variables[part] {
                    for index in failure.diagnostics.indices { failure.diagnostics[index].notes.append(.named(by: variable)) }
                }
                throw failure
            }
        }
        let trust: TrustSettings
        do {
            trust = try TrustSettings(
                authorities: bytes(settings.authorities, .authorities), certificate: bytes(settings.certificate, .certificate),
                privateKey: bytes(settings.privateKey, .privateKey))
        } catch let problem as TrustProblem {
            let variable = settings.variables[problem.part].map { $0 + ": " } ?? ""
            throw Failure(.usage, .badEtcd(variable + problem.message, at: place))
        }
        return try EtcdStore.lasting(
            address, user: settings.user, trust: trust, policy: .init(lease: settings.lease ?? .seconds(30)),
            wallClock: { SystemTime.now() }, onSilence: { session.tellAside($0.line) })
    }
}

extension Diagnostic.Note {
    fileprivate static func named(by variable: String) -> Self { Self("\(variable) names it", at: .none) }
}

extension Diagnostic {
    static func badEtcd(_ problem: String, at place: String) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-etcd", "the settings for etcd do not fit: \(problem)", at: .named(place),
            help: "correct it and run the same command again; nothing was read or changed")
    }
}

import SnapkeepCore
import SnapkeepRendering
import SnapkeepState
import SnapkeepStores

/// Makes the store that an address names. Nothing is asked of a service yet.
enum StateStores {
    /// - Throws: `Failure` where a setting that the store needs is wrong or missing.
    static func store(at address: StateAddress, _ session: Session) throws -> any StateStore {
        switch address {
        case .file(let path): return FileStateStore(StatePaths(state: path))
        case .service(let service):
            if service.scheme == .http, service.isInTheClear { session.report([.stateInTheClear("\(service)")]) }
            switch service.scheme {
            case .etcd, .etcds: return try etcd(service, session)
            case .http, .https: return try overHTTP(service, session)
            }
        }
    }
}

extension StoreSilence {
    /// What whoever waits is told.
    var line: String {
        VisibleText.escaped("The state's store does not answer: \(words). It is tried for another \(Quantities.remaining(remaining)).")
            + "\n"
    }
}

extension StateOptions {
    /// The variable that names the state where no option does.
    static let variable = "SNAPKEEP_STATE"

    /// Where the state is that is meant: what the option names, else the saved plan, else the environment, else the manifest; else a file
    /// beside the manifest. The sandbox's state is one of its own, and only the option names another, so that trying things never stands in
    /// the way of a cloud.
    ///
    /// - Parameters:
    ///   - loaded: the manifest, where the command reads it anyway; it is looked into otherwise.
    ///   - saved: the place that a saved plan names.
    /// - Throws: `Failure` for what is no address, `ManifestFailure` where the manifest's is wrong.
    func store(
        for manifest: ManifestOptions, loaded: LoadedManifest? = nil, sandbox: Bool, saved: String? = nil, _ session: Session
    ) throws -> any StateStore {
        var address = try known(sandbox: sandbox, saved: saved, session.environment)
        if address == nil, !sandbox { address = if let loaded { loaded.stateAddress } else { try manifest.stateAddress() } }
        return try StateStores.store(at: address ?? .file(InputFiles.defaultState(for: manifest.files, sandbox: sandbox)), session)
    }

    /// Where the state is, without the manifest; `nil` where the manifest may say it.
    func known(sandbox: Bool, saved: String? = nil, _ environment: ProcessEnvironment) throws -> StateAddress? {
        if let path {
            let address = try Self.address(path, from: "--state")
            // The environment may name the same place with a password, which an option cannot.
            if case .service(let named) = address, let value = environment.first(of: [Self.variable])?.value,
                let variable = try? StateAddress(value, allowsLogin: true), case .service(let given) = variable,
                given.isSamePlace(as: named)
            {
                return variable
            }
            return address
        }
        if sandbox, saved == nil { return nil }
        let variable = try environment.first(of: [Self.variable]).map {
            try Self.address($0.value, allowsLogin: true, from: Self.variable)
        }
        if let saved {
            let address = try Self.address(saved, from: "the saved plan's state")
            // A plan holds no password; the environment names the same place with one.
            if case .service(let given)? = variable, case .service(let named) = address, given.isSamePlace(as: named) { return variable }
            return address
        }
        return variable
    }

    private static func address(_ text: String, allowsLogin: Bool = false, from origin: String) throws -> StateAddress {
        do throws(StateAddressProblem) { return try StateAddress(text, allowsLogin: allowsLogin) } catch {
            throw Failure(.usage, .badStateAddress(error, from: origin))
        }
    }
}

extension Diagnostic {
    static func badStateAddress(_ problem: StateAddressProblem, from origin: String) -> Diagnostic {
        Diagnostic(.error, code: "bad-state", VisibleText.escaped("\(origin) \(problem.words)"), help: VisibleText.escaped(problem.help))
    }

    static func stateInTheClear(_ place: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "state-in-the-clear", "the state, and the password for it, go over the network unencrypted",
            at: .named(place), help: "use 'https://' where the server has it, or a network that is your own")
    }
}

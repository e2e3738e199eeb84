import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState
import SnapkeepStores

extension StateStores {
    /// A state on a server of Terraform's `http` protocol, such as GitLab.
    @Sendable static func overHTTP(_ service: StateAddress.Service, _ session: Session) throws -> any StateStore {
        let environment = session.environment
        let settings: HTTPStateSettings
        do throws(HTTPStateSettingProblem) {
            settings = try HTTPStateSettings(
                service.description, user: service.login?.user, password: service.login.map { Secret($0.password) }
            ) { environment[$0] }
        } catch { throw Failure(.usage, .stateSettings(error, at: service.description)) }
        // The state's own address is warned about wherever it leads to.
        session.report(settings.addressesInTheClear.filter { $0 != settings.place }.map { .lockInTheClear($0) })
        return HTTPStateStore(
            settings, transport: HTTPStateTransport(settings, proxies: try CloudSettings.proxies(environment)), version: Snapkeep.version,
            folder: HTTPStateFolder.path(for: settings) { environment[$0] },
            onNotice: { notice in session.report([.notice(notice, at: service.description)]) }, onSilence: { session.tellAside($0.line) })
    }
}

extension Diagnostic {
    static func lockInTheClear(_ place: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "state-in-the-clear", "the password for the state goes to its lock's address over the network unencrypted",
            at: .named(place), help: "use 'https://' there, where the server has it, or a network that is your own")
    }

    static func notice(_ notice: HTTPStateNotice, at place: String) -> Diagnostic {
        switch notice {
        case .journalAside(let reason, let path): return journalAside(reason, kept: path)
        case .lockLeft(let token, let words):
            return Diagnostic(
                .warning, code: "lock-left", "the lock could not be given back: \(VisibleText.escaped(words))", at: .named(place),
                notes: [.init("what was done is as told; while the lock stands, every other run is refused", at: .none)],
                help: "run '\(UnlockCommand.words(token: token, at: place))'")
        }
    }

    private static func journalAside(_ reason: HTTPStateAside, kept path: String) -> Diagnostic {
        switch reason {
        case .unannounced:
            Diagnostic(
                .warning, code: "journal-aside", "the journal of a run that was cut off before it could announce itself is put aside",
                at: .named(path), notes: [.init("nothing was sent to the cloud under it, and the state has moved on since", at: .none)],
                help: "remove it when you like; nothing depends on it")
        case .givenUp:
            Diagnostic(
                .warning, code: "journal-aside",
                "the journal of a run of this machine is put aside: a recovery on another machine has given that run up", at: .named(path),
                notes: [.init("what the run had made is found by its stamps, and was looked for by that recovery", at: .none)],
                help: "where that run may have gone on behind the recovery, run 'snapkeep recover' once more; else remove it")
        }
    }

    static func stateSettings(_ problem: HTTPStateSettingProblem, at place: String) -> Diagnostic {
        Diagnostic(
            .error, code: "state-settings", VisibleText.escaped(problem.message), at: .named(place),
            help: VisibleText.escaped(problem.remedy) + "; nothing was sent")
    }
}

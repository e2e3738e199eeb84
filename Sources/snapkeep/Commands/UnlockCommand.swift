import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct UnlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Show who holds the state's lock; with its token, break a lock whose holder is dead.",
        discussion: """
            Without --token it only looks. Make sure that the run is dead before you break its lock: of a living one nothing is written any more \
            from then on, and what it is making in the cloud is found by its stamp by the next run. The lock of a file is the kernel's and goes \
            away with its holder, so there is nothing to break.

            EXAMPLES:
              snapkeep unlock
              snapkeep unlock --state etcd://10.0.0.1:2379/snapkeep/prod
              snapkeep unlock --token 7587869221365318145    # as 'snapkeep unlock' shows it

            EXIT CODES:
              0 shown, broken, or free   1 error   4 not broken   64 wrong use
            """)

    @Option(name: .customLong("token"), help: ArgumentHelp("Break the lock that has this token.", valueName: "token"))
    var token: String?

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if token?.isEmpty == true { throw ValidationError("--token takes what 'snapkeep unlock' shows") }
    }

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(global, words: words, form: format.form("snapkeep.unlock"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            let holder = try await store.holder()
            guard let token else {
                try session.answer(Answer(sheet(holder, store)) { write(holder, isBroken: false, store, to: &$0) })
                return .done
            }
            guard let holder else { throw Failure(.refused, .nothingToUnlock(store.place)) }
            if store.abandonedLock == .endsWithProcess { throw Failure(.refused, .lockOfKernel(holder, at: store.place)) }
            guard try await store.breakLock(token: token) else { throw Failure(.refused, .otherToken(holder, at: store.place)) }
            session.ended.note(.done)
            let broken = holder.confirmed
            // The journal of a run is where its lock stays.
            let next =
                store.abandonedLock == .stays
                ? "the next run on the same machine takes over what it has left; where that machine is gone, 'snapkeep recover' finds it"
                : "the next run takes over what it has left"
            session.answerDone(
                Answer("Broke the lock of \(VisibleText.escaped("\(broken)")): \(next.leading(to: session.words)).\n") {
                    write(holder, isBroken: true, store, to: &$0)
                })
            return .done
        }
    }

    /// What to type to break a lock, fit to be shown.
    static func words(token: String, at place: String) -> String {
        VisibleText.escaped("snapkeep unlock --token \(token.quotedForShell) --state \(place.quotedForShell)")
    }

    private func sheet(_ holder: LockHolder?, _ store: any StateStore) -> String {
        guard let holder else { return "Nobody holds the lock of \(VisibleText.escaped(store.place)).\n" }
        var lines = ["The lock of \(VisibleText.escaped(store.place)) is held" + holder.witness.words]
        lines += holder.rows.map { name, value in
            "  \(name)\(String(repeating: " ", count: 11 - name.count))\(VisibleText.escaped(value))"
        }
        let command =
            (["snapkeep unlock"] + stateOptions.words(beside: manifestOptions, cloud)
            + ["--token \((holder.token ?? "ID").quotedForShell)"]).joined(separator: " ")
        lines.append(VisibleText.escaped(store.abandonedLock.words(for: holder, toBreak: command)))
        return lines.map { $0 + "\n" }.joined()
    }

    private func write(_ holder: LockHolder?, isBroken: Bool, _ store: any StateStore, to document: inout JSONDocument) {
        document.field("state", store.place)
        document.field("held", holder != nil && !isBroken)
        document.field("broken", isBroken)
        guard let holder else { return }
        document.object("holder") { object in
            object.field("told_by", holder.witness.rawValue)
            if holder.witness != .nobody { object.field("command", holder.command) }
            object.field("pid", holder.pid)
            object.field("host", holder.host)
            object.field("user", holder.user)
            object.field("since", holder.since?.description)
            object.field("pipeline", holder.pipeline)
            object.field("heartbeat", holder.heartbeat?.description)
            object.field("token", holder.token)
        }
    }
}

extension LockHolder {
    /// The same one, once its token was taken: then what was only supposed is so.
    fileprivate var confirmed: LockHolder {
        var holder = self
        if witness == .note { holder.witness = .lock }
        return holder
    }

    /// What a person is shown of it.
    fileprivate var rows: [(name: String, value: String)] {
        if witness == .nobody { return [] }
        let rows: [(String, String?)] = [
            ("command", command + (pid.map { " (pid \($0))" } ?? "")), ("host", host), ("user", user),
            ("since", since.map(Quantities.minute)),
            ("heartbeat", heartbeat.map(Quantities.minute)), ("pipeline", pipeline), ("token", token),
        ]
        return rows.compactMap { name, value in value.map { (name, $0) } }
    }
}

extension AbandonedLock {
    /// What can be done about a lock.
    ///
    /// - Parameter command: breaks it.
    fileprivate func words(for holder: LockHolder, toBreak command: String) -> String {
        switch self {
        case .endsWithProcess:
            "The kernel of \(holder.host ?? "its machine") frees it when that process ends ('ps -p \(holder.pid ?? 0)' shows it there): there is "
                + "nothing to break."
        case .expires(let limit):
            "It ends by itself when it was not renewed for \(Quantities.limit(limit)). To break it now: " + command
        case .stays:
            switch holder.witness {
            case .lock, .note: "It stays until that run ends it. When the run is dead: " + command
            case .nobody:
                "It stays until that run ends it. Where nobody is at work any more, break it by the means of that server, or, where it shows "
                    + "the lock's ID: " + command
            }
        }
    }
}

extension LockHolder.Witness {
    /// Goes on from "the lock is held".
    fileprivate var words: String {
        switch self {
        case .lock: ":"
        case .note: ". The server does not tell by whom; this is the run that has begun there and not ended:"
        case .nobody:
            ". The server does not tell by whom, and no run has left a note there: one that has only just started or has nothing to do, or "
                + "another program."
        }
    }
}

extension Diagnostic {
    static func nothingToUnlock(_ place: String) -> Diagnostic {
        Diagnostic(
            .error, code: "not-locked", "nobody holds the lock, so there is none to break", at: .named(place),
            help: "run your command again")
    }

    static func lockOfKernel(_ holder: LockHolder, at place: String) -> Diagnostic {
        let process = (host: holder.host ?? "its machine", pid: holder.pid ?? 0)
        return Diagnostic(
            .error, code: "lock-of-kernel", "the lock is the kernel's and goes away with its holder, \(holder)", at: .named(place),
            help: "end that process on \(process.host) where it hangs: 'kill \(process.pid)'; what it has done is recorded by the next run")
    }

    static func otherToken(_ holder: LockHolder, at place: String) -> Diagnostic {
        let isNamed = holder.witness == .lock
        return Diagnostic(
            .error, code: "other-token",
            isNamed
                ? "the lock has another token, of \(holder): it was not broken"
                : "the lock has another token, and the server does not tell whose it is: it was not broken",
            at: .named(place),
            help: "look again with 'snapkeep unlock', and copy the token that it shows"
                + (isNamed
                    ? "; where it is another run's than you meant, that one has ended"
                    : "; where nobody is at work any more, break it by the means of the server that keeps the state"))
    }
}

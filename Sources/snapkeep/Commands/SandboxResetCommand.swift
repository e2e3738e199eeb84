import ArgumentParser
import Glibc
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct SandboxResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Begin the embedded sandbox anew: remove its state and its data.",
        discussion: """
            It removes what `--sandbox` has written beside the manifest: snapkeep.sandbox.json, the files beside that, and the sandbox's data. \
            The state of a cloud is never touched.

            EXAMPLES:
              snapkeep sandbox reset
              snapkeep sandbox reset -f team/
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var lock: LockOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let path = stateOptions.path, case .service? = try? StateAddress(path) {
            throw ValidationError("the sandbox's state is a file: name one with --state, or leave it out")
        }
    }

    func run() async throws {
        let session = Session(global, form: format.form("snapkeep.sandbox.reset"))
        try await session.run {
            let paths = stateOptions.sandboxFiles(for: manifestOptions.files)
            let data = CloudBinding.sandboxData(beside: paths.state)
            guard InputFiles.exists(data) || paths.all.contains(where: InputFiles.exists) else {
                try session.answer(
                    Answer("Nothing to reset: there is no \(VisibleText.escaped(paths.state)).\n") { $0.field("removed", [String]()) })
                return .done
            }
            let run = currentRun(command: "sandbox reset", environment: session.environment)
            let (files, found) = try await LockedFiles.openForRecovery(
                FileStateStore(paths), lock.request(run, session.environment))
            let removed = try await closing(files) { files in
                try check(found, paths)
                var removed = try await files.removeState()
                if unlink(data) == 0 {
                    removed.append(baseName(of: data))
                } else if errno != ENOENT {
                    throw Failure(.error, .notRemoved(data, errno))
                }
                return removed
            }
            let names = Quantities.list(removed.map(VisibleText.escaped))
            session.answerDone(
                Answer("Removed \(names.isEmpty ? "the lock file" : names): the next '--sandbox' begins with an empty cloud.\n") {
                    $0.field("removed", removed)
                })
            return .done
        }
    }

    /// Makes sure that the state is a sandbox's.
    private func check(_ found: RecoverableState, _ paths: StatePaths) throws {
        if let endpoint = found.header?.endpoint ?? found.endpoint {
            if endpoint != CloudTarget.sandboxEndpoint { throw Failure(.refused, .notTheSandboxs(paths.state, endpoint: endpoint)) }
        } else if stateOptions.path != nil, InputFiles.exists(paths.state) {
            throw Failure(.refused, .notTheSandboxs(paths.state, endpoint: nil))
        }
    }
}

extension Diagnostic {
    static func notTheSandboxs(_ path: String, endpoint: String?) -> Diagnostic {
        Diagnostic(
            .error, code: "not-the-sandbox",
            endpoint.map { "the state belongs to endpoint \(VisibleText.escaped($0)), not to the embedded sandbox; nothing was removed" }
                ?? "whose state this is cannot be read; nothing was removed",
            at: .named(path), help: "leave --state out to reset the sandbox's own state, snapkeep.sandbox.json")
    }

    static func notRemoved(_ path: String, _ problem: Int32) -> Diagnostic {
        Diagnostic(
            .error, code: "not-removed", "the sandbox's data cannot be removed: \(String(cString: strerror(problem)))", at: .named(path),
            help: VisibleText.escaped(FileProblem(errno: problem).remedy(for: path, .write)) + "; then run it again")
    }
}

import Glibc
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepSandbox
import SnapkeepState

/// What ends a command, ready to be told: the findings with their sources, and the exit code.
struct Told: Error {
    var status: ExitStatus
    var diagnostics: [Diagnostic] = []
    var sources: [SourceFile] = []
    /// Findings beyond those that are shown.
    var omittedErrors = 0
    var omittedWarnings = 0
    /// How an interrupted run stands; it is told instead of the findings.
    var interruption: String?

    /// An end of its parts.
    init(_ status: ExitStatus, _ diagnostics: [Diagnostic], sources: [SourceFile] = []) {
        self.status = status
        self.diagnostics = diagnostics
        self.sources = sources
    }

    /// The end of an interrupted run.
    init(interruption: String) {
        status = .interrupted
        self.interruption = interruption
    }

    /// - Returns: `nil` for what is none of our errors.
    init?(_ error: any Error) {
        switch error {
        case let told as Told: self = told
        case let failure as Failure: self.init(failure.status, failure.diagnostics)
        case let failure as ManifestFailure:
            self.init(failure.status, failure.diagnostics, sources: failure.sources)
            (omittedErrors, omittedWarnings) = (failure.omittedErrors, failure.omittedWarnings)
        case let fault as StateFault:
            self.init(fault.isAboutLock ? .locked : fault.isRefusal ? .refused : .error, [fault.diagnostic])
        case let failure as JournalFailure: self.init(.error, [.journal(failure)])
        case let fault as RecordFault: self.init(.error, [.recordFault(fault)])
        case let error as SandboxError: self.init(error.isInUse ? .locked : .error, [.sandboxFailed(error)])
        default: return nil
        }
    }
}

extension Diagnostic {
    static func recordFault(_ fault: RecordFault) -> Diagnostic {
        switch fault {
        case .journal(let failure): .journal(failure)
        case .replay(let problem):
            Diagnostic(
                .error, code: "replay", "the journal's events do not fit the state: \(problem.words)",
                help: "keep state and journal as they are and report this; nothing more was sent to the cloud")
        }
    }

    static func sandboxFailed(_ error: SandboxError) -> Diagnostic {
        func finding(_ words: String, at path: String, help: String) -> Diagnostic {
            Diagnostic(.error, code: "sandbox", "the sandbox cannot go on: \(VisibleText.escaped(words))", at: .named(path), help: help)
        }
        switch error {
        case .dataFile(let path, let operation, let number):
            let words = "cannot \(operation) its data file: \(String(cString: strerror(number)))"
            if number == EWOULDBLOCK {
                return finding(
                    words, at: path,
                    help: CloudBinding.isSandboxData(path)
                        ? "another run works with this sandbox: run it again when that has ended"
                        : "end the other sandbox that uses the file, or name another with '--data FILE'")
            }
            let remedy = FileProblem(errno: number).remedy(for: path, operation == "read" ? .read : .write)
            return finding(words, at: path, help: VisibleText.escaped(remedy) + "; what it holds is safe: then start it again")
        case .damaged(let path, let line, let reason):
            return finding(
                "its data file cannot be read here: \(reason)", at: "\(path):\(line)",
                help: "put an undamaged copy back, or "
                    + (CloudBinding.isSandboxData(path)
                        ? "begin anew with 'snapkeep sandbox reset'" : "move the file away to begin with an empty cloud"))
        case .otherProject(let path, let recorded):
            return finding(
                "its data file belongs to project \(recorded)", at: path,
                help: CloudBinding.isSandboxData(path)
                    ? "put the state back that belongs to it, or begin anew with 'snapkeep sandbox reset'"
                    : "start it with '--project-id \(VisibleText.escaped(recorded))', or name another file with '--data FILE'")
        case .clockBehind(let path, let wanted, let shown):
            let isEmbedded = CloudBinding.isSandboxData(path)
            return finding(
                "its clock has shown \(shown) and never goes back, so it cannot be set to \(wanted)", at: path,
                help: "set it to that instant or a later one, or "
                    + (isEmbedded ? "begin anew with 'snapkeep sandbox reset'" : "name another file with '--data FILE'"))
        case .volumeOfAutoSnapshots(let volume, let found):
            return finding(
                found == 0 ? "there is no volume '\(volume)' to have automatic snapshots" : "\(found) volumes are called '\(volume)'",
                at: "automatic snapshots", help: "name a volume that is there by its id")
        }
    }

    /// Something failed when all was done, such as the closing of a connection.
    static func failedAfterTheEnd(_ reason: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "after-the-end", "the work is done and recorded; something failed afterwards: \(VisibleText.escaped(reason))",
            help: "nothing needs to be done again: 'snapkeep history' shows the run")
    }
}

extension SandboxError {
    /// Whether another process has the data.
    fileprivate var isInUse: Bool { if case .dataFile(_, _, EWOULDBLOCK) = self { true } else { false } }
}

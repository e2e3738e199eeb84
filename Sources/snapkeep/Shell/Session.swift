import ArgumentParser
import Glibc
import Logging
import SnapkeepCore
import SnapkeepEngine
import SnapkeepSandbox
import SnapkeepState

/// What a command works with: output, variables, and how its failures are told.
struct Session {
    let console: Console
    let environment: ProcessEnvironment
    /// To stderr, from `--log-level` on; silent without it.
    let logger: Logger

    init(_ options: GlobalOptions) {
        environment = .current()
        console = Console(colour: options.colour, environment: environment, logs: options.logLevel != nil)
        if let level = options.logLevel {
            var logger = Logger(label: "snapkeep", factory: { StreamLogHandler.standardError(label: $0) })
            logger.logLevel = level.level
            self.logger = logger
        } else {
            logger = Logger(label: "snapkeep", factory: { _ in SwiftLogNoOpLogHandler() })
        }
    }

    /// Runs a command's work; prints what it throws and turns it into the exit code.
    func run(_ body: () async throws -> ExitStatus) async throws {
        let status: ExitStatus
        do { status = try await console.note.whileRunning(body) } catch let failure as Failure {
            report(failure.diagnostics)
            status = failure.status
        } catch let failure as ManifestFailure {
            report(
                failure.diagnostics, sources: failure.sources, omittedErrors: failure.omittedErrors,
                omittedWarnings: failure.omittedWarnings)
            status = .error
        } catch let fault as StateFault {
            report([fault.diagnostic])
            status = if case .locked = fault { .locked } else { .error }
        } catch let failure as JournalFailure {
            report([.journal(failure)])
            status = .error
        } catch let fault as RecordFault {
            report([.recordFault(fault)])
            status = .error
        } catch let error as SandboxError {
            report([.sandboxFailed(error)])
            status = .error
        }
        if status != .done { throw status.code }
    }

    /// Says on a terminal what is being done, should it take long.
    func say(_ words: @autoclosure () -> String) { console.note.say(words()) }

    /// Prints findings to stderr, with their count where there are several.
    func report(_ diagnostics: [Diagnostic], sources: [SourceFile] = [], omittedErrors: Int = 0, omittedWarnings: Int = 0) {
        guard !diagnostics.isEmpty else { return }
        var text = DiagnosticRenderer.render(diagnostics, sources: sources, style: DiagnosticStyle(colour: console.usesColour(.error)))
        let (errors, warnings) = (diagnostics.errorCount + omittedErrors, diagnostics.warningCount + omittedWarnings)
        if errors + warnings > 1 { text += "\n" + DiagnosticRenderer.summary(errors: errors, warnings: warnings) + "\n" }
        console.writeError(text)
    }
}

extension Diagnostic {
    static func recordFault(_ fault: RecordFault) -> Diagnostic {
        switch fault {
        case .journal(let failure): .journal(failure)
        case .replay(let problem):
            Diagnostic(
                .error, code: "replay", "the journal's events do not fit the state (\(problem))",
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
                return finding(words, at: path, help: "end the other sandbox that uses the file, or name another with '--data FILE'")
            }
            let remedy = FileProblem(errno: number).remedy(for: path, operation == "read" ? .read : .write)
            return finding(words, at: path, help: VisibleText.escaped(remedy) + "; what it holds is safe: then start it again")
        case .damaged(let path, let line, let reason):
            return finding(
                "its data file cannot be read here: \(reason)", at: "\(path):\(line)",
                help: "put an undamaged copy back, or move the file away to begin with an empty cloud")
        case .otherProject(let path, let recorded):
            return finding(
                "its data file belongs to project \(recorded)", at: path,
                help: "start it with '--project-id \(VisibleText.escaped(recorded))', or name another file with '--data FILE'")
        }
    }
}

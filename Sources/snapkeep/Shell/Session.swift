import ArgumentParser
import Glibc
import Logging
import SnapkeepCore
import SnapkeepRendering
import Synchronization

/// What a command works with: output, variables, and how its failures are told.
struct Session: Sendable {
    let console: Console
    let environment: ProcessEnvironment
    /// To stderr, from `--log-level` on; silent without it.
    let logger: Logger
    let ended = EndedRun()
    /// In which form stdout gets what is told.
    let form: ReplyForm
    /// In which form findings are told.
    let findings: FindingsOutput
    /// Whether only errors and results are told.
    let isQuiet: Bool
    /// What was told so far.
    let reply = Reply()
    /// What those who are not there are to know of the run.
    let notices = NoticeBoard()
    private let notifying: (urls: [String], command: String)?
    /// The options that lead another command to the same manifest, state and cloud.
    var words: [String] { leads.words }
    private let leads: Leads

    /// - Parameters:
    ///   - words: the options that lead another command to the same manifest, state and cloud, as they were typed.
    ///   - form: in which form stdout gets what is told.
    ///   - findings: in which form findings are told.
    ///   - notifying: whom this command tells of itself.
    init(
        _ options: GlobalOptions, words: [String] = [], form: ReplyForm = .text, findings: FindingsOutput = FindingsOutput(),
        notifying: (urls: [String], command: String)? = nil
    ) {
        self.notifying = notifying
        leads = Leads(words)
        self.form = findings.format.isDocument ? .findings(findings.format) : form
        self.findings = findings
        environment = .current()
        isQuiet = options.quiet
        console = Console(colour: options.colour, environment: environment, notes: options.level == nil && !options.quiet)
        if let level = options.level {
            var logger = Logger(
                label: "snapkeep",
                factory: { label -> any LogHandler in
                    if options.logFormat == .json { return JSONLogHandler(label: label) }
                    return StreamLogHandler.standardError(label: label)
                })
            logger.logLevel = level.level
            self.logger = logger
        } else {
            logger = Logger(label: "snapkeep", factory: { _ in SwiftLogNoOpLogHandler() })
        }
    }

    /// Runs a command's work; tells what it throws and turns it into the exit code. A signal ends it with 130 and a line, wherever it is.
    func run(_ body: @escaping @Sendable () async throws -> ExitStatus) async throws {
        let stops = StopSignals.shared.install {
            tellInterruption(Self.nothingChanged)
            _ = endReply(.interrupted)
        }
        var status: ExitStatus
        var notifier: Notifier?
        do {
            notifier = try notifying.map { try Notifier($0.urls, command: $0.command, environment: environment) }
            status = try await console.note.whileRunning { try await cancelled(by: stops, body) }
        } catch {
            status = try tell(error)
        }
        if let notifier {
            let notice = notices.notice(
                command: notifier.command, status, host: hostName(), diagnostics: reply.diagnostics)
            report(await notifier.tell(notice))
        }
        status = endReply(status)
        if status != .done { throw status.code }
    }

    /// Carries out `body`, and cancels it when a signal asks for that.
    private func cancelled(
        by stops: AsyncStream<Void>, _ body: @escaping @Sendable () async throws -> ExitStatus
    ) async throws -> ExitStatus {
        try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in stops { break }
                return nil
            }
            while let result = try await group.next() {
                group.cancelAll()
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// Has other options lead another command from now on: what this command has read tells where it works.
    func lead(to words: [String]) { leads.words = words }

    private static let nothingChanged = "nothing was changed in the cloud or in the state."

    /// Tells what ended a command.
    ///
    /// - Throws: what is none of our errors.
    private func tell(_ error: any Error) throws -> ExitStatus {
        if let cut = error as? CutShort { return tell(cut.told) }
        // Whatever fails behind the end of a run does not undo it.
        if let status = ended.status {
            report([.failedAfterTheEnd(Told(error)?.diagnostics.first?.message ?? "\(error)")])
            return status
        }
        var told = Told(error)
        // Cut off by the signal, or none of its business: nothing was begun either way, or it would have been told.
        if StopSignals.shared.isRaised, told?.interruption == nil { told = Told(interruption: Self.nothingChanged) }
        guard let told else { throw error }
        return tell(told)
    }

    private func tell(_ told: Told) -> ExitStatus {
        if let interruption = told.interruption { tellInterruption(interruption) }
        report(
            told.diagnostics, sources: told.sources, omittedErrors: told.omittedErrors, omittedWarnings: told.omittedWarnings)
        return told.status
    }

    /// The line of an interrupted command.
    func tellInterruption(_ interruption: String) {
        console.writeError(console.filled("\(console.style(.error).paint("Interrupted:", .update)) \(interruption)\n", .error))
        note([Diagnostic(.error, code: "interrupted", interruption, help: "run the same command again to go on")], sources: [])
    }

    /// Asks a person; only 'yes' is a yes.
    ///
    /// - Parameter refusal: why there is nobody to ask.
    /// - Throws: `Failure` when the answer is another, and when a signal has come first.
    func confirm(_ question: String, orRefuse refusal: Diagnostic) throws {
        guard console.inputIsTerminal else { throw Failure(.error, refusal) }
        console.writeError(console.filled("\n\(question) Type 'yes' to continue: ", .error))
        do { try StopSignals.shared.awaitInput(on: 0) } catch {
            console.writeError("\n")
            throw error
        }
        guard let answer = readLine(strippingNewline: true), answer == "yes" else { throw Failure(.error, .declined) }
    }

    /// Says on a terminal what is being done, should it take long.
    func say(_ words: @autoclosure () -> String) { console.note.say(words()) }

    /// Prints findings to stderr, with their count where there are several; a program gets them, too.
    func report(_ diagnostics: [Diagnostic], sources: [SourceFile] = [], omittedErrors: Int = 0, omittedWarnings: Int = 0) {
        guard !diagnostics.isEmpty else { return }
        let diagnostics = diagnostics.map { $0.leading(to: words) }
        note(diagnostics, sources: sources)
        reply.addOmitted(errors: omittedErrors, warnings: omittedWarnings)
        // They come at the end, the worst first.
        if findings.format == .github { return }
        let shown = isQuiet ? diagnostics.filter(\.isToldInQuiet) : diagnostics
        guard !shown.isEmpty else { return }
        var text = DiagnosticRenderer.render(shown.gathered(), sources: sources, style: console.findingStyle)
        let (errors, warnings) = (shown.errorCount + omittedErrors, shown.warningCount + (isQuiet ? 0 : omittedWarnings))
        if errors + warnings > 1 { text += "\n" + DiagnosticRenderer.summary(errors: errors, warnings: warnings) + "\n" }
        console.writeError(text, .finding)
    }
}

/// The options that lead another command to where this one works.
private final class Leads: Sendable {
    private let state: Mutex<[String]>

    init(_ words: [String]) { state = Mutex(words) }

    var words: [String] {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// How the run of this process has ended, as soon as it has.
final class EndedRun: Sendable {
    /// Where a person finds what was done.
    enum Trace: Hashable {
        case history
        /// Nothing else was done than to write it.
        case file(String)
    }

    private struct State {
        var status: ExitStatus?
        var trace = Trace.history
        var toldOutput = false
    }

    private let state = Mutex(State())

    /// `nil` until the run has come to its end.
    var status: ExitStatus? { state.withLock { $0.status } }

    var trace: Trace { state.withLock { $0.trace } }

    func note(_ status: ExitStatus, trace: Trace = .history) {
        state.withLock {
            $0.status = status
            $0.trace = trace
        }
    }

    /// Whether a failing output is still to be told.
    func tellsOutput() -> Bool {
        state.withLock { state in
            defer { state.toldOutput = true }
            return !state.toldOutput
        }
    }
}

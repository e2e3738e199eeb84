import Glibc
import SnapkeepCore
import SnapkeepRendering

/// What stdout gets: text for people, or JSON for programs.
extension Session {
    /// Tells the result of a command that has changed nothing.
    ///
    /// - Throws: `Failure` when stdout does not take it.
    func answer(_ answer: Answer) throws {
        switch form {
        case .text: try console.write(words(of: answer))
        case .document: reply.add(answer.members)
        case .events, .findings: break
        }
    }

    /// Tells the result of a command that has changed something.
    func answerDone(_ answer: Answer) {
        switch form {
        case .text: writeResult(words(of: answer))
        case .document: reply.add(answer.members)
        case .events, .findings: break
        }
    }

    private func words(of answer: Answer) -> String {
        console.filled(isQuiet ? answer.brief?() ?? answer.text() : answer.text(), .output)
    }

    /// Tells a person something beside the result, on stderr.
    func tellAside(_ text: @autoclosure () -> String) { if !isQuiet { console.tellAside(console.filled(text(), .error)) } }

    /// Adds to the document that a program gets.
    func answer(_ members: (inout JSONDocument) -> Void) { if case .document = form { reply.add(members) } }

    /// Writes a part of the result of a run that has changed something: an output that takes nothing changes neither what was done nor the
    /// exit code, and is told once. Programs get a document instead.
    func writeResult(_ text: String) {
        switch form {
        case .document, .findings: return
        case .text, .events: break
        }
        tell(console.writeResult(form == .text ? console.filled(text, .output) : text))
    }

    /// Findings as a program gets them.
    func placed(_ diagnostics: [Diagnostic], sources: [SourceFile]) -> [PlacedDiagnostic] {
        diagnostics.map { PlacedDiagnostic($0.leading(to: words), sources: sources) }
    }

    /// Notes findings for a program: at once where it reads events, else for the end.
    func note(_ diagnostics: [Diagnostic], sources: [SourceFile]) {
        let placed = diagnostics.map { PlacedDiagnostic($0, sources: sources) }
        reply.add(placed)
        guard form == .events, !reply.isEnded else { return }
        let now = SystemTime.now()
        for diagnostic in placed { _ = console.writeResult(JSONProgress.line(for: diagnostic, at: now) + "\n") }
    }

    /// Writes what a program still is to get when the command has come to its end.
    ///
    /// - Returns: the exit code, which a result that nobody could be given changes where nothing else was done.
    func endReply(_ status: ExitStatus) -> ExitStatus {
        if findings.format == .github, reply.tellsAnnotations() {
            console.writeError(findings.annotations(reply.diagnostics, omitted: reply.omitted, onlyErrors: isQuiet))
        }
        switch form {
        case .text: return status
        case .events:
            if reply.endEvents() { _ = console.writeResult(JSONProgress.line(forEnd: status, at: SystemTime.now()) + "\n") }
            return status
        case .document(let format): return write(reply.end(format, status), status)
        case .findings(let format):
            return write(reply.endFindings().map { findings.document(format, $0, omitted: reply.omitted, status) }, status)
        }
    }

    /// Writes the last that a program gets: nothing else may follow it.
    ///
    /// - Parameter document: `nil` where it was written already.
    private func write(_ document: [UInt8]?, _ status: ExitStatus) -> ExitStatus {
        guard let document, let problem = console.writeResult(document) else { return status }
        if ended.status != nil {
            tell(problem)
            return status
        }
        report([.outputFailed(problem)])
        return status == .done || status == .pending ? .error : status
    }

    private func tell(_ problem: Int32?) {
        guard let problem, ended.tellsOutput() else { return }
        report([.resultNotShown(String(cString: strerror(problem)), ended.trace)])
    }
}

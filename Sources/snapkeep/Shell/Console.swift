import Glibc
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState
import Synchronization

/// The two output streams. Stdout carries the result, stderr findings and progress (style: rendering is a leaf).
struct Console: Sendable {
    enum Stream: Int32 {
        case output = 1
        case error = 2
    }

    /// What is known of the terminal behind each stream.
    let outputIsTerminal: Bool
    let errorIsTerminal: Bool
    let inputIsTerminal: Bool
    let colourSetting: ColourSetting
    /// A terminal that cannot move its cursor.
    let isDumb: Bool
    /// What takes long just now; it gives way to whatever is written.
    let note: WorkingNote
    /// Where what is told beside the result goes.
    let asides = Asides()
    private let paragraphs = Paragraphs()
    private let noColour: Bool

    /// - Parameter notes: whether a terminal is told what takes long; not where lines of a log go to stderr past this console.
    init(colour: ColourSetting, environment: ProcessEnvironment, notes: Bool = true) {
        outputIsTerminal = isatty(1) == 1
        errorIsTerminal = isatty(2) == 1
        inputIsTerminal = isatty(0) == 1
        colourSetting = colour
        // https://no-color.org: any non-empty value counts.
        isDumb = environment["TERM"] == "dumb"
        noColour = !(environment["NO_COLOR"] ?? "").isEmpty || isDumb
        note = WorkingNote(
            isEnabled: errorIsTerminal && !isDumb && notes, width: Self.terminalSize(.error, \.ws_col) ?? 80)
    }

    func usesColour(_ stream: Stream) -> Bool {
        switch colourSetting {
        case .always: true
        case .never: false
        case .auto: !noColour && (stream == .output ? outputIsTerminal : errorIsTerminal)
        }
    }

    func style(_ stream: Stream) -> TextStyle { TextStyle(colour: usesColour(stream)) }

    /// Writes the result. A reader that has gone away ends the writing quietly; any other fault is told.
    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Writes the result.
    func write(_ bytes: [UInt8]) throws {
        begin(.result, bytes)
        if let problem = Self.write(bytes, to: .output), problem != EPIPE {
            throw Failure(.error, .outputFailed(problem))
        }
    }

    /// Writes the result of work that is done, which no fault of the output undoes.
    ///
    /// - Returns: the system's error number; `nil` when all was taken, or when the reader has gone away.
    func writeResult(_ text: String) -> Int32? { writeResult(Array(text.utf8)) }

    /// Writes the result of work that is done, as above.
    func writeResult(_ bytes: [UInt8]) -> Int32? {
        begin(.result, bytes)
        return Self.write(bytes, to: .output).flatMap { $0 == EPIPE ? nil : $0 }
    }

    /// Writes to stderr; nothing can be told to anybody when that fails.
    ///
    /// - Parameter kind: what it is, for the empty lines around it.
    func writeError(_ text: String, _ kind: Paragraphs.Kind = .other) {
        let bytes = Array(text.utf8)
        begin(kind, bytes)
        _ = Self.write(bytes, to: .error)
    }

    /// Tells a person something beside the result: on stderr, or to whoever draws there just now.
    func tellAside(_ text: String) { if !asides.take(text) { writeError(text, .aside) } }

    private func begin(_ kind: Paragraphs.Kind, _ bytes: [UInt8]) {
        note.erase()
        if paragraphs.needsGap(before: kind, bytes) { _ = Self.write([0x0A], to: .error) }
    }

    /// `nil`, or the system's error number.
    private static func write(_ bytes: [UInt8], to stream: Stream) -> Int32? {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(stream.rawValue, buffer.baseAddress! + offset, buffer.count - offset)
            }
            if written >= 0 {
                offset += written
            } else if errno == EAGAIN {
                // Somebody made the stream non-blocking: wait until it takes more.
                var descriptor = pollfd(fd: stream.rawValue, events: Int16(POLLOUT), revents: 0)
                _ = poll(&descriptor, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    /// The columns that a person has for what goes to a stream; `nil` where no terminal is: then nothing is cut or broken.
    func lineWidth(_ stream: Stream) -> Int? {
        (stream == .output ? outputIsTerminal : errorIsTerminal) ? width(stream) : nil
    }

    /// How findings look.
    var findingStyle: DiagnosticStyle { DiagnosticStyle(colour: usesColour(.error), width: lineWidth(.error)) }

    /// A text for a stream, with its lines broken between words where a terminal is too narrow for them.
    func filled(_ text: String, _ stream: Stream) -> String { TextFlow.filled(text, width: lineWidth(stream)) }

    /// The width of the terminal behind a stream, or 80 where there is none.
    func width(_ stream: Stream) -> Int { Self.terminalSize(stream, \.ws_col) ?? 80 }

    /// The height of the terminal behind a stream, or 24 where there is none.
    func height(_ stream: Stream) -> Int { terminalHeight(stream) ?? 24 }

    /// The height of the terminal behind a stream; `nil` where there is none.
    func terminalHeight(_ stream: Stream) -> Int? { Self.terminalSize(stream, \.ws_row) }

    // Each by itself: a terminal can know one of them alone.
    private static func terminalSize(_ stream: Stream, _ side: KeyPath<winsize, UInt16>) -> Int? {
        var size = winsize()
        guard ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size[keyPath: side] > 0 else { return nil }
        return Int(size[keyPath: side])
    }
}

/// Whoever draws on the terminal takes what is told meanwhile, and puts it above what is drawn.
final class Asides: Sendable {
    private let taker = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Leads what is told from now on to somebody; `nil` back to stderr.
    func lead(to new: (@Sendable (String) -> Void)?) { taker.withLock { $0 = new } }

    /// Gives a text to whoever takes it.
    ///
    /// - Returns: whether anybody does.
    func take(_ text: String) -> Bool {
        guard let taker = taker.withLock({ $0 }) else { return false }
        taker(text)
        return true
    }
}

extension Diagnostic {
    static func outputFailed(_ problem: Int32) -> Diagnostic {
        let remedy =
            switch FileProblem(errno: problem) {
            case .noSpace, .overQuota, .tooLarge: "send the output to a disk with room: '> /path/with/room/FILE'"
            case .device, .networkGone: "send the output elsewhere: where it goes now, the device fails"
            default: "send the output elsewhere, for example '> FILE'"
            }
        return Diagnostic(
            .error, code: "output-failed", "cannot write the result: \(String(cString: strerror(problem)))", at: .named("<stdout>"),
            help: remedy + "; then run it again")
    }

    /// Standard output took nothing any more when the work was done.
    static func resultNotShown(_ reason: String, _ trace: EndedRun.Trace) -> Diagnostic {
        let (note, help) =
            switch trace {
            case .history:
                ("the work is done and recorded; the exit code tells how it ended", "run 'snapkeep history' to see what was done")
            case .file(let path):
                ("\(VisibleText.escaped(path)) is written", "put your volumes into it, then run 'snapkeep plan'")
            }
        return Diagnostic(
            .warning, code: "output-failed", "standard output did not take the result: \(reason)", at: .named("<stdout>"),
            notes: [Note(note, at: .none)], help: help)
    }
}

import Glibc
import Synchronization

/// Sets findings apart from the result by an empty line, where a person sees both streams as one.
final class Paragraphs: Sendable {
    /// What was written last.
    enum Kind: Sendable {
        case nothing, result, finding
        /// What is told beside the result.
        case aside
        /// Progress, questions: they set themselves apart where they must.
        case other
    }

    private let last = Mutex((kind: Kind.nothing, endsWithGap: false))
    /// Whether what goes to stdout and to stderr is read together: on a terminal, behind pipes that a log puts together, in one file.
    private let areTogether: Bool

    init() {
        var (output, error) = (stat(), stat())
        guard fstat(1, &output) == 0, fstat(2, &error) == 0 else {
            areTogether = false
            return
        }
        let kind = output.st_mode & S_IFMT
        areTogether =
            isatty(1) == 1 || kind == S_IFIFO || kind == S_IFSOCK || (output.st_dev == error.st_dev && output.st_ino == error.st_ino)
    }

    /// Whether an empty line belongs in front of what is written next.
    func needsGap(before kind: Kind, _ bytes: [UInt8]) -> Bool {
        let before = last.withLock { last in
            defer { last = (kind, bytes.suffix(2) == [0x0A, 0x0A]) }
            return last
        }
        guard areTogether, !before.endsWithGap, bytes.first != 0x0A else { return false }
        return switch (before.kind, kind) {
        case (.result, .finding), (.finding, .finding), (.finding, .result), (.finding, .aside), (.aside, .finding), (.aside, .result): true
        default: false
        }
    }
}

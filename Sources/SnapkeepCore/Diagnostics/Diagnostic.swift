/// One finding for the user: what, where, and what to do. Wording rules: Contributing#wording-of-findings.
public struct Diagnostic: Hashable, Sendable {
    /// How bad it is; warnings become errors under `--strict`.
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        case error
        case warning
        case note
    }

    /// What stands in front of the message.
    public enum Subject: Hashable, Sendable {
        /// A place in a source of the run.
        case range(SourceRange)
        /// A path, or `METHOD path`, where there is no position.
        case named(String)
        case none
    }

    /// Points at another place that explains the finding.
    public struct Note: Hashable, Sendable {
        public var message: String
        public var subject: Subject

        /// A note of its message and place.
        public init(_ message: String, at subject: Subject) {
            self.message = message
            self.subject = subject
        }
    }

    /// What makes findings of one cause a single one for a reader, where many snapshots meet it.
    public struct Gathering: Hashable, Sendable {
        /// The key of the snapshot that this finding is about.
        public var key: SnapshotKey
        /// What tells causes of one code apart: the cloud's words, the kind of request.
        public var cause: String

        /// A gathering of its parts.
        public init(of key: SnapshotKey, cause: String = "") {
            self.key = key
            self.cause = cause
        }
    }

    public var severity: Severity
    /// A stable word for machines, in kebab case: `unknown-key`.
    public var code: String
    public var message: String
    public var subject: Subject
    public var notes: [Note]
    /// One thing to do, in the imperative; absent rather than empty.
    public var help: String?
    /// `nil` for what always stands alone, as each mistake in a manifest does.
    public var gathering: Gathering?

    /// A finding of its parts.
    public init(
        _ severity: Severity, code: String, _ message: String, at subject: Subject = .none, notes: [Note] = [], help: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.subject = subject
        self.notes = notes
        self.help = help
    }

    /// The finding, to be gathered with others of its code and cause.
    ///
    /// - Parameter key: the snapshot that it is about.
    public func gathered(for key: SnapshotKey, cause: String = "") -> Self {
        var finding = self
        finding.gathering = Gathering(of: key, cause: cause)
        return finding
    }

    /// The source range, where there is one.
    public var range: SourceRange? {
        if case .range(let range) = subject { range } else { nil }
    }
}

extension [Diagnostic] {
    /// In the order of sources, lines and columns; findings without a place come first, in their own order. Each finding once.
    public func inSourceOrder() -> [Diagnostic] {
        var seen: Set<Diagnostic> = []
        let unique = filter { seen.insert($0).inserted }
        return unique.enumerated().sorted { left, right in
            switch (left.element.range, right.element.range) {
            case (nil, nil): left.offset < right.offset
            case (nil, _): true
            case (_, nil): false
            case (let l?, let r?): (l.source, l.start, left.offset) < (r.source, r.start, right.offset)
            }
        }.map(\.element)
    }

    public var errorCount: Int { count { $0.severity == .error } }
    public var warningCount: Int { count { $0.severity == .warning } }
}

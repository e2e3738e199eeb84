package import SnapkeepCore

/// What those who are not there are told of a run: that it failed, let something go, or found what it did not expect.
package struct RunNotice: Hashable, Sendable {
    /// Why anybody is told. The raw values are the words of the message.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// The run did not end as it should.
        case failed
        /// Rotations let snapshots go.
        case expired
        /// The cloud is not as it is recorded.
        case drift
        /// A rotation has no good snapshot in its time.
        case overdue
    }

    /// So many keys are named of each kind.
    static let namedKeys = 100
    /// So many findings are told.
    static let toldFindings = 20

    package var command: String
    package var status: ExitStatus
    /// What a person calls the manifest's snapshots: its stack.
    package var stack: String?
    package var host: String
    package var diagnostics: [PlacedDiagnostic]
    /// The snapshots of each kind, by key. A run may fail without one that failed.
    package var keys: [Reason: [String]]

    /// A notice of its parts.
    package init(
        command: String, status: ExitStatus, stack: String?, host: String, diagnostics: [PlacedDiagnostic], keys: [Reason: [String]]
    ) {
        self.command = command
        self.status = status
        self.stack = stack
        self.host = host
        self.diagnostics = diagnostics
        self.keys = keys
    }

    /// Why it is sent; empty when nobody need be told.
    package var reasons: [Reason] {
        Reason.allCases.filter { reason in
            if !(keys[reason] ?? []).isEmpty { return true }
            return reason == .failed && ![.done, .pending, .overdue].contains(status)
        }
    }

    /// One line for a person: `snapkeep apply of payments-prod on runner-7: 2 failed, 1 expired (exit code 3)`.
    package var text: String {
        var parts = reasons.map { reason in
            let count = keys[reason]?.count ?? 0
            return count == 0 ? reason.rawValue : "\(count) \(reason == .drift ? "changed outside" : reason.rawValue)"
        }
        if let first = diagnostics.first(where: { $0.severity == .error }) { parts.append(first.message) }
        let whose = stack.map { " of \($0)" } ?? ""
        return VisibleText.escaped(
            "snapkeep \(command)\(whose) on \(host): \(parts.joined(separator: ", ")) (exit code \(status.rawValue))")
    }

    /// The message: one JSON object on a line. `text` is what chat services show.
    package func message(at now: Timestamp, version: String) -> [UInt8] {
        var writer = JSONWriter(escapes: .misleading)
        writer.beginObject()
        writer.field("format", "snapkeep.notice")
        writer.field("version", 1)
        writer.field("at", now)
        writer.field("text", text)
        writer.field("command", command)
        writer.field("exit_code", Int(status.rawValue))
        writer.field("reasons", reasons.map(\.rawValue))
        writer.field("stack", stack)
        writer.field("host", host)
        writer.field("snapkeep", version)
        for reason in Reason.allCases {
            guard let keys = keys[reason], !keys.isEmpty else { continue }
            writer.object(reason.rawValue) { writer in
                writer.field("count", keys.count)
                writer.field("keys", Array(keys.prefix(Self.namedKeys)))
            }
        }
        writer.field("diagnostics", objects: Array(diagnostics.prefix(Self.toldFindings))) { $0.write(to: &$1) }
        writer.endObject()
        return writer.bytes + [0x0A]
    }
}

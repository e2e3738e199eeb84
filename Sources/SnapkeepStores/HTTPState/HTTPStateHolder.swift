import SnapkeepCloud
import SnapkeepCore
import SnapkeepState

/// Who holds a lock, as far as its server tells. Every text comes from the server: one line of printable characters, cut to a length.
struct HTTPStateHolder: Hashable, Sendable {
    /// The whole ID, which the lock is broken by.
    let id: String
    let holder: LockHolder

    /// Reads what a server answers to whoever finds a lock taken: the lock as JSON, or nothing but its ID, as some servers do.
    ///
    /// - Returns: `nil` where the answer names no ID.
    init?(_ body: [UInt8]) {
        let fields = Self.fields(body)
        guard let id = fields["ID"] ?? Self.bareID(body), !id.isEmpty, id.utf8.count <= 1024 else { return nil }
        self.id = id
        let since = fields["Created"].flatMap { Timestamp($0) }
        if let parts = HTTPStateLockID.parts(of: id) {
            holder = LockHolder(
                command: Self.shown(parts.command) ?? "a run", pid: parts.pid, host: Self.shown(parts.host), user: Self.shown(parts.user),
                since: parts.since ?? since, pipeline: Self.shown(parts.pipeline),
                // The run's own id is enough, and is easier to copy.
                token: parts.run.text)
        } else if HTTPStateLock.isLook(id) {
            holder = LockHolder(command: "a command that only looks who holds the lock", token: Self.shown(id))
        } else {
            holder = LockHolder(
                command: Self.shown(fields["Operation"]) ?? "another program", user: Self.shown(fields["Who"]), since: since,
                pipeline: Self.shown(fields["Info"]), token: Self.shown(id))
        }
    }

    /// Whether a user means this lock by a token: the whole ID, or the run's part of it.
    func answers(to token: String) -> Bool { token == id || token == holder.token }

    private static func shown(_ text: String?) -> String? {
        guard let text else { return nil }
        let line = oneLine(text, limit: 200)
        return line.isEmpty ? nil : line
    }

    /// The text members of an object; nothing where the bytes are something else.
    private static func fields(_ body: [UInt8]) -> [String: String] {
        body.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            return (try? fields(&reader)) ?? [:]
        }
    }

    private static func fields(_ reader: inout JSONReader) throws(JSONProblem) -> [String: String] {
        var fields: [String: String] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let name = try key.makeString()
            if reader.nextIsString(), fields.count < 64 { fields[name] = try reader.string() } else { try reader.skip() }
        }
        try reader.end()
        return fields
    }

    /// The IDs of locks are UUIDs, Terraform's and ours, and ours have more behind that, or `look-` before it. Any other word, such as `Locked`
    /// or `E423`, is what a server or a proxy says for people.
    private static func bareID(_ body: [UInt8]) -> String? {
        let text = body.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0x22 }
        guard (36...HTTPStateLockID.limit).contains(text.count), text.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let id = String(decoding: text, as: UTF8.self)
        let rest = HTTPStateLock.isLook(id) ? id.dropFirst(HTTPStateLock.lookingPrefix.count) : id[...]
        return RunID(rest.prefix(36)) == nil ? nil : id
    }
}

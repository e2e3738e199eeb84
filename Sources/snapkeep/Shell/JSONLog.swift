import Glibc
import Logging
import SnapkeepCore

/// Writes the log as JSON, one object a line: `at`, `level`, `message`, and what belongs to it as members of `data`.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Self.line(
            at: SystemTime.now(), level: event.level, message: event.message.description,
            data: metadata.merging(event.metadata ?? [:]) { $1 })
        // A log that nobody takes stops nothing.
        line.withUnsafeBytes { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }

    /// One line, with its end.
    static func line(at now: Timestamp, level: Logger.Level, message: String, data: Logger.Metadata) -> [UInt8] {
        var writer = JSONWriter(escapes: .misleading)
        writer.beginObject()
        writer.field("at", now)
        writer.field("level", level.rawValue)
        writer.field("message", message)
        if !data.isEmpty {
            writer.object("data") { writer in
                for (key, value) in data.sorted(by: { $0.key < $1.key }) { writer.field(key, value.description) }
            }
        }
        writer.endObject()
        return writer.bytes + [0x0A]
    }
}

public import SnapkeepCore

/// Why bytes are not the document that they should be.
public enum StateFileProblem: Error, Hashable, Sendable {
    /// Something else; the words complete "the file …": `is empty`, `is an HTML page`.
    case otherContent(String)
    /// Of the right format, in a version that this program does not know.
    case tooNew(version: Int)
    /// Of the right format and version, with a field that this program does not know.
    case unknownField(String, SourcePosition)
    /// Of the right format, and broken: the place, and what is wrong there.
    case damaged(SourcePosition, String)

    init(_ problem: JSONProblem, in bytes: [UInt8]) {
        if let line = FormatSniffing.conflictMarker(bytes) {
            self = .otherContent("has a merge conflict that is not resolved: line \(line)")
            return
        }
        let place = SourcePosition(offset: problem.offset, in: bytes)
        if case .unknownField(let name) = problem.kind {
            self = .unknownField(name, place)
        } else {
            self = .damaged(place, problem.message)
        }
    }
}

/// Looks at what a file is before it is read in earnest, so that "another file", "a newer file" and "a damaged file" are told apart.
enum FormatSniffing {
    /// Passes bytes of the given format and version.
    static func check(_ bytes: [UInt8], format: String, version: Int) throws(StateFileProblem) {
        if let words = otherContent(bytes) { throw .otherContent(words) }
        let found: (format: String?, version: Int?)
        do throws(JSONProblem) {
            found = try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in try formatAndVersion(JSONReader(buffer)) }
        } catch {
            throw StateFileProblem(error, in: bytes)
        }
        guard let name = found.format else {
            if let line = conflictMarker(bytes) { throw .otherContent("has a merge conflict that is not resolved: line \(line)") }
            throw .otherContent("is JSON without snapkeep's 'format' in front")
        }
        if name != format { throw .otherContent("is of the format '\(name.prefix(40))', not '\(format)'") }
        guard let number = found.version else { throw .damaged(SourcePosition(line: 1, column: 1), "the field 'version' is missing") }
        if number > version { throw .tooNew(version: number) }
        if number < 1 { throw .damaged(SourcePosition(line: 1, column: 1), "the version \(number) does not exist") }
    }

    private static func otherContent(_ bytes: [UInt8]) -> String? {
        guard let start = bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 && $0 != 0 }) else {
            return bytes.contains(0) ? "holds only zero bytes" : "is empty"
        }
        if bytes[start...].starts(with: [0xEF, 0xBB, 0xBF]) { return "begins with a byte-order mark" }
        if bytes[start...].starts(with: [0x1F, 0x8B]) { return "is compressed" }
        if bytes[start] == 0x3C, conflictMarker(bytes) == nil { return "is an HTML or XML page" }
        if bytes.count - start > 10, bytes[start + 8] == 0x20, bytes[start + 9] == 0x7B { return "is a journal" }
        if bytes[start] == 0x7B { return nil }
        if let line = conflictMarker(bytes) { return "has a merge conflict that is not resolved: line \(line)" }
        return "is not JSON"
    }

    /// The line of `<<<<<<< `, where that begins a line: no line of ours can.
    static func conflictMarker(_ bytes: [UInt8]) -> Int? {
        let marker = Array("<<<<<<< ".utf8)
        if bytes.starts(with: marker) { return 1 }
        return bytes.withUnsafeBufferPointer { buffer in
            var line = 1
            var index = 0
            while index + marker.count < buffer.count {
                if buffer[index] == 0x0A {
                    line += 1
                    if buffer[index + 1] == 0x3C, buffer[(index + 1)...].starts(with: marker) { return line }
                }
                index += 1
            }
            return nil
        }
    }

    /// `format` and `version`, which our own files have in front. Other tools may have sorted the fields, so all are looked at.
    private static func formatAndVersion(_ start: JSONReader) throws(JSONProblem) -> (format: String?, version: Int?) {
        var reader = start
        var format: String?
        var version: Int?
        try reader.beginObject()
        do throws(JSONProblem) {
            while format == nil || version == nil, let key = try reader.nextKey() {
                if key.isEqual(to: "format") {
                    format = try reader.string()
                } else if key.isEqual(to: "version") {
                    version = try reader.int()
                } else {
                    try reader.skip()
                }
            }
        } catch {
            if format != nil { throw error }
            // Nothing has said yet that it is ours.
            return (nil, nil)
        }
        return (format, version)
    }
}

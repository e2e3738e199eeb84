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
    /// It reads well and is not what was written: the place, and what was changed.
    case changed(SourcePosition, String)
    /// A merge has left its markers; the first one's line.
    case mergeConflict(line: Int)

    package init(_ problem: JSONProblem, in bytes: [UInt8]) {
        if let line = FormatSniffing.conflictMarker(bytes) {
            self = .mergeConflict(line: line)
            return
        }
        let place = SourcePosition(offset: problem.offset, in: bytes)
        switch problem.kind {
        case .unknownField(let name): self = .unknownField(name, place)
        case .checksum: self = .changed(place, problem.message)
        case .syntax, .value, .duplicateField, .missingField: self = .damaged(place, problem.message)
        }
    }
}

/// Looks at what a file is before it is read in earnest, so that "another file", "a newer file" and "a damaged file" are told apart.
enum FormatSniffing {
    /// Passes bytes of the given format, in the given version or an older one.
    ///
    /// - Returns: the version.
    @discardableResult
    static func check(_ bytes: [UInt8], format: String, version: Int) throws(StateFileProblem) -> Int {
        if let line = conflictMarkerInFront(bytes) { throw .mergeConflict(line: line) }
        if let words = otherContent(bytes) { throw .otherContent(words) }
        let found: (format: String?, version: Int?)
        do throws(JSONProblem) {
            found = try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in try formatAndVersion(JSONReader(buffer)) }
        } catch {
            throw StateFileProblem(error, in: bytes)
        }
        guard let name = found.format else {
            if let line = conflictMarker(bytes) { throw .mergeConflict(line: line) }
            throw .otherContent("is JSON without snapkeep's 'format' in front")
        }
        if name != format { throw .otherContent("is of the format '\(name.prefix(40))', not '\(format)'") }
        guard let number = found.version else { throw .damaged(SourcePosition(line: 1, column: 1), "the field 'version' is missing") }
        if number > version { throw .tooNew(version: number) }
        if number < 1 { throw .damaged(SourcePosition(line: 1, column: 1), "the version \(number) does not exist") }
        return number
    }

    private static func otherContent(_ bytes: [UInt8]) -> String? {
        guard let start = bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 && $0 != 0 }) else {
            return bytes.contains(0) ? "holds only zero bytes" : "is empty"
        }
        if bytes[start...].starts(with: [0xEF, 0xBB, 0xBF]) { return "begins with a byte-order mark" }
        if bytes[start...].starts(with: [0x1F, 0x8B]) { return "is compressed" }
        if bytes[start] == 0x3C { return "is an HTML or XML page" }
        if bytes.count - start > 10, bytes[start + 8] == 0x20, bytes[start + 9] == 0x7B { return "is a journal" }
        return bytes[start] == 0x7B ? nil : "is not JSON"
    }

    /// The line of a marker in a text that does not begin as JSON does.
    private static func conflictMarkerInFront(_ bytes: [UInt8]) -> Int? {
        let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        // The marker in the middle is how other texts underline a heading.
        return first == 0x7B ? nil : conflictMarker(bytes, of: ["<<<<<<< ", ">>>>>>> "])
    }

    /// The first line that begins with a marker of a merge, whichever of them a hand has left there: no line of ours can begin so.
    static func conflictMarker(_ bytes: [UInt8], of markers: [String] = ["<<<<<<< ", "||||||| ", "=======", ">>>>>>> "]) -> Int? {
        let markers = markers.map { Array($0.utf8) }
        return bytes.withUnsafeBufferPointer { buffer in
            var line = 1
            var index = 0
            while index < buffer.count {
                if markers.contains(where: { $0[0] == buffer[index] && buffer[index...].starts(with: $0) }) { return line }
                guard let end = buffer[index...].firstIndex(of: 0x0A) else { return nil }
                line += 1
                index = end + 1
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

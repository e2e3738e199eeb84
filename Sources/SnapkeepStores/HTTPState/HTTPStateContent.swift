import SnapkeepCore
import SnapkeepState

/// What bytes at a state's address are, before they are read in earnest: what another program has put there is never overwritten.
enum HTTPStateContent {
    /// Whether an answer is a page for a person, of HTML or XML.
    static func isPage(_ bytes: [UInt8]) -> Bool { firstOf(bytes) == 0x3C }

    private static func firstOf(_ bytes: [UInt8]) -> UInt8? { bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } }

    /// Passes a document of ours in a version that this program knows.
    static func check(_ bytes: [UInt8]) throws(StateFileProblem) {
        if isPage(bytes) { throw .otherContent("is an HTML or XML page: a proxy or a page for logging in may stand in between") }
        if firstOf(bytes) != 0x7B { throw .otherContent("is not JSON") }
        let found: Found
        do throws(JSONProblem) {
            found = try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
                var reader = JSONReader(buffer)
                return try Found(&reader)
            }
        } catch { throw StateFileProblem(error, in: bytes) }
        if found.isTerraforms { throw .otherContent("is a state of Terraform or OpenTofu: give snapkeep an address of its own") }
        guard let format = found.format else { throw .otherContent("is JSON without snapkeep's 'format'") }
        if format == StateFile.format {
            throw .otherContent("is a state as files hold it: put that away, and bring it here with 'snapkeep state push'")
        }
        if format != HTTPStateDocument.format {
            throw .otherContent("is of the format '\(format.prefix(40))', not '\(HTTPStateDocument.format)'")
        }
        guard let version = found.version else {
            throw .damaged(SourcePosition(line: 1, column: 1), "the field 'format_version' is missing")
        }
        if version > HTTPStateDocument.formatVersion { throw .tooNew(version: version) }
        if version < 1 { throw .damaged(SourcePosition(line: 1, column: 1), "the version \(version) does not exist") }
    }

    /// Whether a document of ours that cannot be read may be replaced by a recovery: what is another program's may not.
    static func mayBeReplaced(_ bytes: [UInt8]) -> Bool {
        do throws(StateFileProblem) { try check(bytes) } catch {
            switch error {
            case .otherContent, .tooNew, .mergeConflict: return false
            // Broken as JSON: the name of the format may still stand in it.
            case .damaged, .changed, .unknownField: return bytes.firstRange(of: "\"\(HTTPStateDocument.format)\"".utf8) != nil
            }
        }
        return true
    }

    /// The serial of a document that may be damaged: of its beginning, as far as that can be read; 0 where it cannot.
    static func serial(of bytes: [UInt8]) -> Int {
        bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            return serial(&reader)
        }
    }

    private static func serial(_ reader: inout JSONReader) -> Int {
        do throws(JSONProblem) {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key.isEqual(to: HTTPStateDocument.Field.serial.rawValue) {
                    return min(try reader.count(), HTTPStateDocument.serialLimit)
                }
                try reader.skip()
            }
        } catch {}
        return 0
    }

    private struct Found {
        var format: String?
        var version: Int?
        var isTerraforms = false

        init(_ reader: inout JSONReader) throws(JSONProblem) {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key.isEqual(to: "format"), format == nil, reader.nextIsString() {
                    format = try reader.string()
                    // What follows may be damaged, and whose it is is known.
                } else if key.isEqual(to: "format_version"), version == nil, reader.nextKind() == .number {
                    version = try reader.int()
                } else {
                    let isTheirs = ["terraform_version", "resources", "modules", "outputs"].contains { key.isEqual(to: $0) }
                    if format == nil && isTheirs { isTerraforms = true }
                    if format == HTTPStateDocument.format && version != nil { return }
                    try reader.skip()
                }
            }
        }
    }
}

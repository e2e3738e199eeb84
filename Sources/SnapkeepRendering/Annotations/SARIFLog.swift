import SnapkeepCore

/// Findings as SARIF 2.1.0 (OASIS): one run, a rule for each code, a result for each finding.
///
/// A result always has a place, because code scanning refuses a file in which one has none: what is about no file stands at the manifest's first
/// line, and says in its message what it is about.
package enum SARIFLog {
    /// The whole file.
    ///
    /// - Parameters:
    ///   - program: the program's version.
    ///   - digest: of a text, in hexadecimal digits, by which a result is known again.
    package static func render(_ all: AnnotatedFindings, program: String, digest: (String) -> String) -> [UInt8] {
        var codes: [String] = []
        for finding in all.findings where !codes.contains(finding.code) { codes.append(finding.code) }
        var writer = JSONWriter(escapes: .misleading)
        writer.beginObject()
        writer.breakLine(indent: 2)
        writer.field("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
        writer.breakLine(indent: 2)
        writer.field("version", "2.1.0")
        writer.breakLine(indent: 2)
        writer.key("runs")
        writer.beginArray()
        writer.beginObject()
        writer.breakLine(indent: 4)
        writer.object("tool") { tool in
            tool.object("driver") { driver in
                driver.field("name", "snapkeep")
                driver.field("version", program)
                driver.field("rules", objects: codes) { code, rule in
                    rule.field("id", code)
                    let words = code.replacing("-", with: " ")
                    rule.object("shortDescription") { $0.field("text", words) }
                    rule.object("fullDescription") { $0.field("text", words) }
                    rule.object("help") { $0.field("text", "Each result says what to do.") }
                }
            }
        }
        writer.breakLine(indent: 4)
        // As our columns count.
        writer.field("columnKind", "unicodeCodePoints")
        writer.breakLine(indent: 4)
        writer.key("results")
        writer.beginArray()
        for (item, identity) in zip(all.items, all.identities) {
            writer.breakLine(indent: 6)
            writer.beginObject()
            writer.field("ruleId", item.finding.code)
            writer.field("ruleIndex", codes.firstIndex(of: item.finding.code)!)
            writer.field("level", item.finding.severity.rawValue)
            let help = item.finding.help.map { ["help: \(VisibleText.escaped($0))"] } ?? []
            writer.object("message") { $0.field("text", ([item.message] + help).joined(separator: "\n")) }
            writer.field("locations", objects: [item]) { item, location in
                location.object("physicalLocation") { place in
                    place.place(item.path ?? all.manifestPath, of: item.path == nil ? .none : item.finding.place)
                }
                if case .named(let name) = item.finding.place {
                    location.field("logicalLocations", objects: [name]) { $1.field("fullyQualifiedName", VisibleText.escaped($0)) }
                }
            }
            if !item.finding.notes.isEmpty {
                writer.field("relatedLocations", objects: Array(item.finding.notes.enumerated())) { note, location in
                    location.field("id", note.offset + 1)
                    location.object("message") { $0.field("text", VisibleText.escaped(note.element.message)) }
                    guard case .file(let name, _, _) = note.element.place, let path = all.folder.path(of: name) else { return }
                    location.object("physicalLocation") { $0.place(path, of: note.element.place) }
                }
            }
            writer.object("partialFingerprints") { $0.field("snapkeep/v1", digest(identity)) }
            writer.endObject()
        }
        if !all.findings.isEmpty { writer.breakLine(indent: 4) }
        writer.endArray()
        writer.breakLine(indent: 2)
        writer.endObject()
        writer.endArray()
        writer.endDocument()
        return writer.bytes
    }
}

extension JSONWriter {
    /// Writes the members of a `physicalLocation`.
    fileprivate mutating func place(_ path: String, of place: PlacedDiagnostic.Place) {
        object("artifactLocation") { $0.field("uri", Self.reference(to: path)) }
        object("region") { region in
            guard case .file(_, let start, let end) = place else { return region.field("startLine", 1) }
            region.field("startLine", Int(start.line))
            region.field("startColumn", Int(start.column))
            guard let end else { return }
            region.field("endLine", Int(end.line))
            region.field("endColumn", Int(end.column))
        }
    }

    /// A path as a relative reference of RFC 3986, or as a `file:` URI.
    private static func reference(to path: String) -> String {
        var result = path.hasPrefix("/") ? "file://" : ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%" + [byte >> 4, byte & 15].map { String($0, radix: 16, uppercase: true) }.joined()
            }
        }
        return result
    }
}

import Foundation
import Testing

/// The page of errors has each code that the program can say, with what it means and what to do, and no other. Only files are read.
@Suite struct ErrorPageTests {
    /// The targets that make findings. What the sandbox and the clouds call a code is the API's.
    private static let targets = ["SnapkeepCore", "SnapkeepEngine", "SnapkeepManifest", "SnapkeepRendering", "SnapkeepState", "snapkeep"]

    /// A row of the page.
    private struct Row {
        let code: String
        /// `error`, `warning`, `note`: what a finding of the code can be.
        let severities: [String]
        let meaning: String
        let remedy: String
    }

    private static func rows() throws -> [Row] {
        let page = Page.root.appending(path: "Sources/snapkeep/Documentation.docc/Errors.md")
        return try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
            try #require(cells.count == 4, "\(line)")
            return Row(
                code: cells[0].replacing("`", with: ""), severities: cells[1].components(separatedBy: ", "), meaning: cells[2],
                remedy: cells[3])
        }
    }

    /// The files that make findings: their names and what stands in them.
    private static func sources() throws -> [(name: String, text: String)] {
        var sources: [(name: String, text: String)] = []
        for target in targets {
            let folder = Page.root.appending(path: "Sources/\(target)")
            let found = try #require(FileManager.default.enumerator(atPath: folder.path))
            for case let name as String in found where name.hasSuffix(".swift") {
                let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
                if text.contains("Diagnostic") { sources.append((URL(filePath: name).lastPathComponent, text)) }
            }
        }
        return sources
    }

    /// The codes that a file can say, in each form in which codes are written.
    private static func codes(in text: String) -> Set<String> {
        var codes: Set<String> = []
        func take(_ text: Substring) {
            for match in text.matches(of: /"([a-z][a-z0-9-]*)"/) { codes.insert(String(match.1)) }
        }
        // `code: "…"`, also one of two; `static let …Code = "…"`; `finding.code = "…"`.
        for match in text.matches(of: /[cC]ode(?::| =) [^,\n]*/) { take(match.0) }
        // Helpers whose first argument is the code.
        for match in text.matches(of: /\b(?:finding|fault)\(\s*("[^"\n]*")/) { take(match.1) }
        // What gives each case of an enum its code.
        for table in text.components(separatedBy: "var code: String {\n").dropFirst() {
            take(table[..<(table.range(of: "\n    }\n")?.lowerBound ?? table.startIndex)])
        }
        return codes
    }

    @Test("P9: each code that a finding can have stands on the page of errors once, and no other")
    func codes() throws {
        let said = try Self.sources().reduce(into: Set<String>()) { $0.formUnion(Self.codes(in: $1.text)) }
        let listed = try Self.rows().map(\.code)
        #expect(said.subtracting(listed).sorted() == [], "the page lacks these")
        #expect(Set(listed).subtracting(said).sorted() == [], "nothing says these any more")
        #expect(listed.count == Set(listed).count, "a code stands there twice")
        #expect(said.count > 200)
    }

    @Test("Each row of the page of errors says how grave it is, what it means and what to do")
    func rows() throws {
        var severities: [String: Set<String>] = [:]
        for source in try Self.sources() {
            for match in source.text.matches(of: /\.(error|warning|note),\s+code: "([a-z][a-z0-9-]*)"/) {
                severities[String(match.2), default: []].insert(String(match.1))
            }
        }
        for row in try Self.rows() {
            #expect(!row.meaning.isEmpty && !row.remedy.isEmpty, "\(row.code)")
            #expect(Set(row.severities).isSubset(of: ["error", "warning", "note"]), "\(row.code)")
            #expect(Set(row.severities).isSuperset(of: severities[row.code] ?? []), "\(row.code)")
        }
    }

    @Test("Where a finding's code is not written out, the page's test knows where else to look")
    func forms() throws {
        var found: Set<String> = []
        for (name, text) in try Self.sources() {
            for match in text.matches(of: /(?:error|warning|note|everity),\s+code: ([^,\n]+)/) where !match.1.contains("\"") {
                if match.1 != "String" { found.insert("\(name): \(match.1)") }
            }
        }
        let known: Set = [
            "Diagnostic+Adopt.swift: obstacle.code", "Diagnostic+Apply.swift: code", "Diagnostic+Import.swift: obstacle.code",
            "Diagnostic+Manifest.swift: ManifestReading.emptyManifestCode", "Diagnostic+Refusals.swift: tooManyDeletionsCode",
            "Diagnostic+State.swift: code", "Diagnostic+Text.swift: TextProblem.lineBreak.code", "Diagnostic+Text.swift: problem.code",
            "DiagnosticFields.swift: code", "PlacedDiagnostic.swift: code", "PlacedDiagnostic.swift: diagnostic.code",
            "RenameCommand.swift: code", "OpenRun.swift: Diagnostic.journalElsewhereCode",
            "StaleState.swift: Diagnostic.olderStateCode",
        ]
        #expect(found.subtracting(known).sorted() == [], "write the code out, or teach codes(in:) its form")
    }
}

import Foundation
import Testing

/// Whatever comments and pages point at is in the tree: nobody needs a paper from elsewhere to follow them. Only files are read.
@Suite struct CitationTests {
    private static let pages = "Sources/snapkeep/Documentation.docc"

    /// A text of the tree.
    private struct File {
        /// From the top of the tree.
        let path: String
        let text: String

        var lines: [Substring] { text.split(whereSeparator: \.isNewline) }
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Page.root.appending(path: path), encoding: .utf8)
    }

    /// The texts below a folder; what is not UTF-8 is none.
    private static func files(below folder: String) throws -> [File] {
        let found = try #require(FileManager.default.enumerator(atPath: Page.root.appending(path: folder).path))
        return found.compactMap { $0 as? String }.sorted().compactMap { name in
            (try? text("\(folder)/\(name)")).map { File(path: "\(folder)/\(name)", text: $0) }
        }
    }

    private static func pageNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Page.root.appending(path: pages).path).filter { $0.hasSuffix(".md") }
            .map { String($0.dropLast(3)) }
    }

    /// The anchors of a page's headings, as GitHub makes them.
    private static func anchors(of page: String) throws -> Set<String> {
        var anchors: Set<String> = []
        var isCode = false
        for line in try text("\(pages)/\(page).md").split(separator: "\n") {
            if line.hasPrefix("```") { isCode.toggle() }
            if isCode || !line.hasPrefix("#") { continue }
            let title = line.drop { $0 == "#" || $0 == " " }.lowercased()
            anchors.insert(String(title.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == " " }.map { $0 == " " ? "-" : $0 }))
        }
        return anchors
    }

    /// What stands under the heading of each promise, by its number.
    private static func promises() throws -> [Int: Substring] {
        var promises: [Int: Substring] = [:]
        for section in try text("\(pages)/Promises.md").split(separator: "\n## P").dropFirst() {
            promises[try #require(Int(section.prefix { $0.isNumber }))] = section
        }
        return promises
    }

    @Test("Each citation of a page names a heading of it")
    func citations() throws {
        var anchors: [String: Set<String>] = [:]
        for name in try Self.pageNames() { anchors[name] = try Self.anchors(of: name) }
        var count = 0
        for file in try Self.files(below: "Sources") + Self.files(below: "Tests") {
            for line in file.lines where line.utf8.contains(UInt8(ascii: "#")) {
                for match in line.matches(of: /\b([A-Z][A-Za-z]*)#([a-z][a-z0-9-]*)/) {
                    guard let known = anchors[String(match.1)] else { continue }
                    count += 1
                    #expect(known.contains(String(match.2)), "\(file.path): \(match.0)")
                }
            }
        }
        #expect(count > 150)
    }

    @Test("No file cites a paper that is not in the tree", arguments: ["api", "design", "style"])
    func papers(_ name: String) throws {
        let number = try Regex("\\b\(name) [0-9]")
        let readme = File(path: "README.md", text: try Self.text("README.md"))
        for file in try Self.files(below: "Sources") + Self.files(below: "Tests") + Self.files(below: "examples") + [readme] {
            #expect(!file.text.contains("\(name).md"), "\(file.path)")
            if file.text.contains("\(name) ") { #expect(!file.text.contains(number), "\(file.path)") }
        }
    }

    @Test("Each promise that a test or a comment names is written down")
    func numbers() throws {
        let known = Set(try Self.promises().keys)
        #expect(known.isSuperset(of: 1...11))
        for file in try Self.files(below: "Sources") + Self.files(below: "Tests")
        where file.path.hasSuffix(".swift") || file.path.hasSuffix(".py") {
            for line in file.lines where line.utf8.contains(UInt8(ascii: "P")) {
                for match in line.matches(of: /\bP([1-9][0-9]?)\b/) {
                    #expect(known.contains(Int(match.1) ?? 0), "\(file.path): \(line)")
                }
            }
        }
    }

    @Test("Each file that is said to guard a promise is there and names it")
    func guards() throws {
        for (number, section) in try Self.promises() {
            let start = try #require(section.firstRange(of: "- **Guarded by**"), "P\(number)")
            let rest = section[start.upperBound...]
            let paragraph = rest[..<(rest.firstRange(of: "\n- **")?.lowerBound ?? rest.endIndex)]
            let name = try Regex("\\bP\(number)\\b")
            var count = 0
            for match in paragraph.matches(of: /`([A-Za-z]+\/[A-Za-z_\/.]+)`/) where !match.1.hasPrefix("Tests/") {
                count += 1
                let path = "Tests/\(match.1)\(match.1.hasSuffix(".py") ? "" : ".swift")"
                let text = try? Self.text(path)
                #expect(text?.contains(name) == true, "P\(number): \(path)")
            }
            #expect(count > 2, "P\(number)")
        }
    }

    @Test("Each file that a page names is there")
    func namedFiles() throws {
        let files = try Self.files(below: "Sources") + Self.files(below: "Tests")
        let names = Set(files.map { $0.path.split(separator: "/").last ?? "" } + ["Package.swift"])
        for page in try Self.pageNames().map({ "\(Self.pages)/\($0).md" }) + ["README.md"] {
            let text = try Self.text(page)
            for match in text.matches(of: /`([A-Za-z0-9+]+\.swift)`/) { #expect(names.contains(match.1), "\(page): \(match.1)") }
            for match in text.matches(of: /`((?:Tests|Sources|examples)\/[A-Za-z0-9_.+\/-]+)/) {
                #expect(FileManager.default.fileExists(atPath: Page.root.appending(path: String(match.1)).path), "\(page): \(match.1)")
            }
        }
    }
}

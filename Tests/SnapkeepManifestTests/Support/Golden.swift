import FoundationEssentials
import Testing

/// Compares what a user sees with a file of `Golden/`. `SNAPKEEP_RECORD_GOLDEN=1` writes the files anew and fails the run, so that
/// a recording never passes for a test.
func expectGolden(_ actual: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let path = "\(#filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/"))/Golden/\(name)"
    if ProcessInfo.processInfo.environment["SNAPKEEP_RECORD_GOLDEN"] == "1" {
        try actual.write(toFile: path, atomically: true, encoding: .utf8)
        Issue.record("recorded \(name)", sourceLocation: sourceLocation)
        return
    }
    let expected = try String(contentsOfFile: path, encoding: .utf8)
    #expect(actual == expected, "differs from Golden/\(name)", sourceLocation: sourceLocation)
}

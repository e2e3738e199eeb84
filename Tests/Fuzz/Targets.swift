internal import Glibc
internal import SnapkeepCore
internal import SnapkeepManifest
internal import SnapkeepRendering
internal import SnapkeepState

/// What is fuzzed: a reader of bytes that others have written. It may refuse them in any words; it must not crash, hang, or take for
/// good what it cannot write again.
enum FuzzTarget: String, CaseIterable {
    case manifest, state, journal, plan, answer

    /// The target that `SNAPKEEP_FUZZ_TARGET` names.
    static let chosen: FuzzTarget = {
        let name = getenv("SNAPKEEP_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            fatalError("set SNAPKEEP_FUZZ_TARGET to one of \(allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return target
    }()

    func read(_ bytes: [UInt8]) {
        switch self {
        case .manifest: Self.readManifest(bytes)
        case .state: Self.readState(bytes)
        case .journal: Self.readJournal(bytes)
        case .plan: Self.readPlan(bytes)
        case .answer: AnswerTarget.read(bytes)
        }
    }

    /// A manifest, its diagnostics as a person sees them, and the plan that it leads to.
    private static func readManifest(_ bytes: [UInt8]) {
        let source = SourceFile(name: "snapshots.yaml", bytes: bytes)
        let reading = ManifestReader.read([source])
        let text = DiagnosticRenderer.render(reading.diagnostics, sources: [source], style: DiagnosticStyle(colour: true))
        precondition(reading.hasErrors || !text.contains("error:"), "an error is told and not counted")
        guard case .formatted(let formatted) = ManifestFormatter.format(source) else { return }
        let again = ManifestFormatter.format(SourceFile(name: "snapshots.yaml", bytes: formatted))
        precondition(again == .formatted(formatted), "formatted a second time the manifest is another one")
    }

    /// What is read and written is read again as the same. A state is read as it is; and as one of the first version, without its
    /// checksums, which no chance would hit.
    private static func readState(_ bytes: [UInt8]) {
        for text in [bytes, withoutChecksums(bytes)] {
            guard let state = try? StateFile.decode(text) else { continue }
            precondition((try? StateFile.decode(StateFile.encode(state))) == state, "a state changes when it is written and read")
        }
    }

    /// Each line without the checksum at its end, and without the digest.
    private static func withoutChecksums(_ bytes: [UInt8]) -> [UInt8] {
        let (sum, end) = (Array(",\"sum\":\"".utf8), Array("\"}".utf8))
        return Array(
            bytes.split(separator: 0x0A).filter { !$0.starts(with: "  \"digest\":".utf8) }.map { line -> [UInt8] in
                if line.elementsEqual("  \"version\":2,".utf8) { return Array("  \"version\":1,".utf8) }
                let comma = line.last == 0x2C ? 1 : 0
                let tail = line.dropLast(comma).suffix(sum.count + 8 + end.count)
                guard tail.starts(with: sum), tail.suffix(end.count).elementsEqual(end) else { return Array(line) }
                return Array(line.dropLast(comma + tail.count)) + [0x7D] + Array(line.suffix(comma))
            }.joined(separator: [0x0A]))
    }

    private static func readPlan(_ bytes: [UInt8]) {
        guard let plan = try? PlanFile.decode(bytes) else { return }
        precondition((try? PlanFile.decode(PlanFile.encode(plan))) == plan, "a plan changes when it is written and read")
    }

    /// A journal as it is; and as if each of its lines had its right checksum, which no chance would hit. What can be read is replayed.
    private static func readJournal(_ bytes: [UInt8]) {
        for text in [bytes, withChecksums(bytes)] {
            guard let contents = try? JournalFile.decode(text) else { continue }
            let header = RecordedState.Header(
                lineage: contents.basis.lineage, serial: contents.basis.serial, owner: "team", endpoint: "http://127.0.0.1:8776/v3",
                projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!)
            _ = try? StateReplay.fold(contents.events, into: RecordedState(header: header))
        }
    }

    /// Each line behind its first blank, with the checksum of what stands there.
    private static func withChecksums(_ bytes: [UInt8]) -> [UInt8] {
        bytes.split(separator: 0x0A).flatMap { line in
            let payload = Array(line.drop { $0 != 0x20 }.dropFirst())
            return checksum(of: payload) + [0x20] + payload + [0x0A]
        }
    }

    /// CRC-32C in eight hex digits, written anew: the fuzzer needs no speed, and shares no mistake.
    private static func checksum(of bytes: [UInt8]) -> [UInt8] {
        var rest: UInt32 = .max
        for byte in bytes {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0x82F6_3B78 }
        }
        let digits = Array("0123456789abcdef".utf8)
        return (0..<8).map { digits[Int(~rest >> (28 - 4 * UInt32($0)) & 15)] }
    }
}

/// Called by libFuzzer for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.read(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

import SnapkeepCore
import SnapkeepState

/// The three lists of a state file, and the letter of each in front of a line in a chunk.
enum StateList: UInt8, CaseIterable, Sendable {
    case records = 0x72  // r
    case superseded = 0x73  // s
    case openIntents = 0x69  // i

    var name: String {
        switch self {
        case .records: "records"
        case .superseded: "superseded"
        case .openIntents: "open_intents"
        }
    }
}

/// A state file's text taken apart: the header's fields, and the lines of each list. Its bytes are those of `StateFile.encode`, so that what is
/// put together again is, to the byte, what was written.
struct StateLines {
    let state: RecordedState
    /// As `EtcdHead.Header.fields`.
    let fields: [UInt8]
    private let text: [UInt8]
    private(set) var lines: [StateList: [Range<Int>]] = [:]

    /// Takes a state apart.
    init(_ state: RecordedState) {
        self.state = state
        text = StateFile.encode(state)
        var fields: [UInt8] = []
        var lines: [StateList: [Range<Int>]] = [.records: [], .superseded: [], .openIntents: []]
        let counts = [state.records.count, state.superseded.count, state.openIntents.count]
        text.withUnsafeBufferPointer { text in
            // The lists stand behind the header, each with its name in front.
            let opening = Array("\n  \"records\":[".utf8)
            let body = text.firstRange(of: opening)!
            fields = Array(text[2..<body.lowerBound - 1])
            var offset = body.lowerBound + 1
            for (list, count) in zip(StateList.allCases, counts) {
                // The line with the list's name.
                offset = Self.end(text, offset) + 1
                lines[list]!.reserveCapacity(count)
                for index in 0..<count {
                    let end = Self.end(text, offset)
                    // Without the indent, and the comma behind all but the last.
                    lines[list]!.append((offset + 4)..<(index == count - 1 ? end : end - 1))
                    offset = end + 1
                }
                // An empty list is closed on the line of its name.
                if count > 0 { offset = Self.end(text, offset) + 1 }
            }
        }
        self.fields = fields
        self.lines = lines
    }

    private static func end(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        text[start...].firstIndex(of: 0x0A) ?? text.count
    }

    /// A line of a list, by its place there.
    func line(_ list: StateList, _ index: Int) -> ArraySlice<UInt8> { text[lines[list]![index]] }

    /// The checksum of the whole text.
    var sum: UInt32 { CRC32C.of(text) }
}

@testable import SnapkeepState

/// The checksums of a state by their definition, computed without the program's own code: a byte at a time, over the text.
enum Seal {
    static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var rest = UInt32.max
        for byte in bytes {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0x82F6_3B78 }
        }
        return ~rest
    }

    static func digits(_ bytes: some Sequence<UInt8>) -> String {
        let text = String(crc(bytes), radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }

    /// A state's text with every checksum as it must be.
    static func sealed(_ text: String) -> String {
        var sums: [String] = []
        var counts: [String: Int] = [:]
        var list = ""
        var header = ""
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            let text = line.drop { $0 == " " }
            if let name = ["records", "superseded", "open_intents"].first(where: { text.hasPrefix("\"\($0)\":[") }) { list = name }
            guard text.hasPrefix("{\"") else {
                if list.isEmpty, !text.hasPrefix("\"digest\"") { header += text }
                return String(line)
            }
            let sealed = Self.line(String(line))
            sums.append(String(sealed.split(separator: "\"").dropLast().last!))
            counts[list, default: 0] += 1
            return sealed
        }
        let numbers = ["records", "superseded", "open_intents"].map { "\"\($0)\":\(counts[$0] ?? 0)" }.joined(separator: ",")
        let digest = "{\(numbers),\"lines\":\"\(digits(sums.joined().utf8))\""
        let place = lines.firstIndex { $0.hasPrefix("  \"digest\":") }!
        lines[place] = "  \"digest\":\(digest),\"header\":\"\(digits("\(header)\"digest\":\(digest)}}".utf8))\"},"
        return lines.joined(separator: "\n")
    }

    /// One line with its checksum as it must be.
    static func line(_ line: String) -> String {
        let comma = line.hasSuffix(",") ? "," : ""
        var members = line.drop { $0 == " " }.dropLast(comma.count + 1)
        if let old = members.firstMatch(of: /,"sum":"[0-9a-f]{8}"$/) { members = members[..<old.range.lowerBound] }
        return "    \(members),\"sum\":\"\(digits(members.utf8))\"}\(comma)"
    }
}

extension String {
    /// The text with the first occurrence of another replaced; `nil` where there is none.
    func replacingFirst(_ old: String, with new: String) -> String? {
        firstRange(of: old).map { String(self[..<$0.lowerBound]) + new + self[$0.upperBound...] }
    }
}

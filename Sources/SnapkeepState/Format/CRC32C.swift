import SnapkeepCore

/// The checksum of journal lines and of the lines of a state: CRC-32C (Castagnoli; RFC 3720 appendix B.4). It finds every error of up to 32
/// neighbouring bits, and so every single one.
package enum CRC32C {
    /// Eight tables of 256: the k-th tells what a byte does to the checksum when k more bytes follow it, so that eight are taken in one step
    /// ("slicing by 8"). Made once and never freed.
    nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            tables[index] = value
        }
        for index in 256..<8 * 256 { tables[index] = tables[index - 256] >> 8 ^ tables[Int(tables[index - 256] & 255)] }
        return UnsafePointer(tables)
    }()

    /// The checksum of bytes.
    ///
    /// - Parameter former: of what stands in front of them.
    package static func of(_ bytes: some Sequence<UInt8>, after former: UInt32 = 0) -> UInt32 {
        bytes.withContiguousStorageIfAvailable { of($0, after: former) }
            ?? Array(bytes).withUnsafeBufferPointer { of($0, after: former) }
    }

    /// The checksum of bytes.
    static func of(_ bytes: UnsafeBufferPointer<UInt8>, after former: UInt32 = 0) -> UInt32 {
        let tables = tables
        var crc = ~former
        var index = 0
        if let start = bytes.baseAddress.map({ UnsafeRawPointer($0) }) {
            while index + 8 <= bytes.count {
                let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
                let first = at(tables, 7, word) ^ at(tables, 6, word >> 8) ^ at(tables, 5, word >> 16) ^ at(tables, 4, word >> 24)
                let second = at(tables, 3, word >> 32) ^ at(tables, 2, word >> 40) ^ at(tables, 1, word >> 48) ^ at(tables, 0, word >> 56)
                crc = first ^ second
                index += 8
            }
        }
        while index < bytes.count {
            crc = crc >> 8 ^ at(tables, 0, UInt64(crc ^ UInt32(bytes[index])))
            index += 1
        }
        return ~crc
    }

    @inline(__always)
    private static func at(_ tables: UnsafePointer<UInt32>, _ table: Int, _ word: UInt64) -> UInt32 {
        tables[table << 8 | Int(truncatingIfNeeded: word & 255)]
    }

    /// The checksum in eight lower-case hexadecimal digits.
    package static func text(_ crc: UInt32) -> String {
        var digits: [UInt8] = []
        append(crc, to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Appends a checksum's eight digits.
    static func append(_ crc: UInt32, to text: inout [UInt8]) {
        for shift in stride(from: UInt32(28), through: 0, by: -4) {
            text.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: crc >> shift) & 15))
        }
    }

    /// The checksum that a text gives in the form of `text`; `nil` where it has another form.
    package static func value(_ text: some Sequence<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var count = 0
        for byte in text {
            guard count < 8, Hexadecimal.isLowerCase(byte), let digit = Hexadecimal.value(byte) else { return nil }
            value = value << 4 | UInt32(digit)
            count += 1
        }
        return count == 8 ? value : nil
    }
}

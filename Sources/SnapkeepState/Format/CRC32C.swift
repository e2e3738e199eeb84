/// The checksum of journal lines: CRC-32C (Castagnoli; RFC 3720 appendix B.4). It finds every error of up to 32 neighbouring bits.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
        return value
    }

    /// The checksum of bytes.
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes { crc = crc >> 8 ^ table[Int(truncatingIfNeeded: crc ^ UInt32(byte)) & 255] }
        return ~crc
    }

    /// The checksum in eight lower-case hexadecimal digits.
    static func text(_ crc: UInt32) -> [UInt8] {
        (0..<8).map { position in
            let nibble = UInt8(truncatingIfNeeded: crc >> UInt32(28 - 4 * position)) & 15
            return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
        }
    }
}

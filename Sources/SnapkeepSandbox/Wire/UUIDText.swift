/// UUIDs as text.
enum UUIDText {
    /// A random (version 4) UUID, lower case, with dashes.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & ~0xF000 | 0x4000
        let low = generator.next() & ~(0xC000 << 48) | 0x8000 << 48
        let digits = Hexadecimal.text(high, width: 16) + Hexadecimal.text(low, width: 16)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// Whether the text is 32 hexadecimal digits, dashes aside: the test the real service applies.
    static func isUUIDLike(_ text: String) -> Bool {
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: digits += 1
            case UInt8(ascii: "-"): continue
            default: return false
            }
        }
        return digits == 32
    }
}

/// Hexadecimal digits.
public enum Hexadecimal {
    /// The digit of a number below 16.
    public static func digit(_ number: UInt8, upperCase: Bool = false) -> UInt8 { number + (number < 10 ? 0x30 : upperCase ? 0x37 : 0x57) }

    /// The number of a digit of either case; `nil` for any other byte.
    public static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }

    /// Whether a byte is a digit as this program writes them.
    public static func isLowerCase(_ digit: UInt8) -> Bool { (0x30...0x39).contains(digit) || (0x61...0x66).contains(digit) }

    /// Two lower-case digits for each byte.
    public static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
    }
}

/// The text behind `%XX`; `nil` for a broken escape or bytes that are not UTF-8. A plus sign is a plus sign.
package func percentDecoded(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var iterator = text.utf8.makeIterator()
    while let byte = iterator.next() {
        if byte != 0x25 {
            bytes.append(byte)
            continue
        }
        guard let high = iterator.next().flatMap(Hexadecimal.value), let low = iterator.next().flatMap(Hexadecimal.value) else {
            return nil
        }
        bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
}

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

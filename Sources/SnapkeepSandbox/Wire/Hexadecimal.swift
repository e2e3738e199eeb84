/// Hexadecimal digits.
enum Hexadecimal {
    /// The lower-case digits of a number, with zeros in front.
    static func text(_ number: some UnsignedInteger, width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Two lower-case digits for each byte.
    static func text(_ bytes: some Sequence<UInt8>) -> String { bytes.map { text($0, width: 2) }.joined() }

    /// The number of a digit of either case; `nil` for any other byte.
    static func value(_ digit: UInt8) -> UInt8? { Character(Unicode.Scalar(digit)).hexDigitValue.map { UInt8($0) } }

    /// The byte of two digits.
    static func byte(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = value(high), let low = value(low) else { return nil }
        return high << 4 | low
    }
}

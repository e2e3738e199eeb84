extension StringProtocol {
    /// The text as a message quotes it: in single quotes, control characters spelt out, and cut after about 60 characters.
    public var quoted: String {
        var result = "'"
        var room = 60
        for scalar in unicodeScalars {
            if room == 0 { return result + "…'" }
            room -= 1
            result += scalar.visible
        }
        return result + "'"
    }
}

extension Unicode.Scalar {
    /// The character itself, or its escape where a terminal would act on it or show nothing.
    var visible: String {
        switch self {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: isUnsafeToShow ? "\\u{" + String(value, radix: 16, uppercase: true) + "}" : String(Character(self))
        }
    }

    /// Controls, line and paragraph separators, and the marks that turn the direction of the text around them.
    var isUnsafeToShow: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C, 0xFEFF: true
        default: false
        }
    }
}

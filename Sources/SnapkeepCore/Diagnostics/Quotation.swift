extension StringProtocol {
    /// The text as a message quotes it: in single quotes, made safe to print, and cut after about 60 characters.
    public var quoted: String {
        let shown = unicodeScalars.prefix(60)
        return VisibleText.named(String(String.UnicodeScalarView(shown))).dropLast()
            + (shown.endIndex < unicodeScalars.endIndex ? "…'" : "'")
    }
}

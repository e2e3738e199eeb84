/// The text form of a time: hours, minutes and seconds in this order, such as `1h30m`.
enum TimeoutText {
    enum Problem: Error {
        case notATime
        /// A bare number; the text with seconds as its unit.
        case noUnit
        case outOfRange
    }

    /// From one second to a day.
    static let allowed: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)

    static func read(_ text: String) -> Result<Duration, Problem> {
        var total = 0
        var number: Int?
        var units: [(letter: UInt8, seconds: Int)] = [(0x68, 3600), (0x6D, 60), (0x73, 1)]
        for byte in text.utf8 {
            if (0x30...0x39).contains(byte) {
                // More digits than any time within a day needs: kept from overflowing, refused as too long below.
                number = min((number ?? 0) * 10 + Int(byte - 0x30), 1_000_000_000)
            } else if let count = number, let unit = units.firstIndex(where: { $0.letter == byte }) {
                total += count * units[unit].seconds
                units.removeFirst(unit + 1)
                number = nil
            } else {
                return .failure(.notATime)
            }
        }
        if number != nil { return .failure(units.count == 3 ? .noUnit : .notATime) }
        guard !text.isEmpty else { return .failure(.notATime) }
        return allowed.contains(.seconds(total)) ? .success(.seconds(total)) : .failure(.outOfRange)
    }
}

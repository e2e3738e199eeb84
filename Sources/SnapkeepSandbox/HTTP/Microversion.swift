/// The microversion of a v3 request, as the number after `3.` (CloudAPI#microversions); v2 counts as 0.
struct Microversion: Sendable, Equatable, Comparable {
    let minor: Int

    static func < (left: Microversion, right: Microversion) -> Bool { left.minor < right.minor }

    static let base = Microversion(minor: 0)
    static let strictBootable = Microversion(minor: 2)
    static let groupSnapshots = Microversion(minor: 14)
    static let metadataFilter = Microversion(minor: 22)
    static let sortByName = Microversion(minor: 30)
    static let strictFilters = Microversion(minor: 31)
    static let fuzzyFilters = Microversion(minor: 34)
    static let userID = Microversion(minor: 41)
    static let counts = Microversion(minor: 45)
    static let strictVolumes = Microversion(minor: 53)
    static let consumesQuota = Microversion(minor: 65)
    static let forceIgnored = Microversion(minor: 66)

    var text: String { "3.\(minor)" }

    init(minor: Int) {
        self.minor = minor
    }

    /// The version that the header asks for: `volume 3.27`, `volume latest`, several services with commas between; none is 3.0.
    ///
    /// - Throws: 400 for another form or when the header names other services only, 406 for a version out of range.
    init(header: String?, newest: Int) throws(APIError) {
        guard let header else {
            self = .base
            return
        }
        let entries = header.split(separator: ",").map { $0.split(whereSeparator: \.isWhitespace) }
        guard let entry = entries.first(where: { $0.first == "volume" }) else {
            throw .notUnderstood
        }
        guard entry.count == 2 else { throw Self.malformed(entry.dropFirst().joined(separator: " ")) }
        if entry[1] == "latest" {
            self.init(minor: newest)
            return
        }
        let numbers = entry[1].split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 2, let major = Self.number(numbers[0]), let minor = Self.number(numbers[1]), major > 0 else {
            throw Self.malformed(String(entry[1]))
        }
        guard major == 3, minor <= newest else {
            var error = APIError(
                406, "Version \(entry[1]) is not supported by the API. Minimum is 3.0 and maximum is 3.\(newest).", code: "EVS.5400")
            // One that is too old is not named (measured).
            if major >= 3 { error.refusedVersion = String(entry[1]) }
            throw error
        }
        self.init(minor: minor)
    }

    private static func malformed(_ text: String) -> APIError {
        .badRequest("API Version String \(text) is of invalid format. Must be of format MajorNum.MinorNum.")
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return text.count > 1 && text.first == "0" ? nil : Int(text)
    }
}

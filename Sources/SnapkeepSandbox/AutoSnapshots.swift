/// Snapshots of a volume that the cloud's own backup service has made, not a client (CloudAPI#server-made): they are called `autobk_snapshot_1`
/// and so on, have the service's mark, count as any other, and can only be looked at.
public struct AutoSnapshots: Sendable, Hashable {
    /// The volume's id, or its name where no other has it.
    public var volume: String
    /// How many there are at least when the sandbox starts.
    public var count: Int

    /// So many of that volume.
    public init(volume: String, count: Int) {
        self.volume = volume
        self.count = count
    }

    /// Why a text does not say which and how many.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        /// The text as typed.
        public let text: String

        /// What was expected, in one clause.
        public var description: String { "'\(text)' does not say how many; expected VOLUME=N, a volume's id or name and 1 to 1000" }
    }

    /// `VOLUME=N`; a name may hold an equals sign itself.
    ///
    /// - Throws: ``ParseError``.
    public init(parsing text: String) throws {
        guard let mark = text.lastIndex(of: "="), mark > text.startIndex else { throw ParseError(text: text) }
        let digits = text[text.index(after: mark)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits), (1...1000).contains(count) else {
            throw ParseError(text: text)
        }
        self.init(volume: String(text[..<mark]), count: count)
    }
}

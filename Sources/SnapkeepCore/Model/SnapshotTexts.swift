/// The identity of a desired snapshot within a manifest. It stands in the stamp, so it obeys the limits of a metadata value.
public struct SnapshotKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The hard limit, in UTF-8 bytes.
    public static let maxBytes = 255
    public let text: String

    /// - Throws: `TextProblem` when the text is empty, too long, has blanks at its ends or control characters.
    public init(_ text: String) throws(TextProblem) {
        if text.isEmpty { throw .empty }
        try TextRules.check(text, maxBytes: Self.maxBytes, basicPlaneOnly: false)
        self.text = text
    }

    /// A name serves as the key where the manifest gives none.
    public init(_ name: SnapshotName) { text = name.text }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The name of a snapshot as the cloud shows it. Names are not unique there (CloudAPI#create).
public struct SnapshotName: Hashable, Sendable, CustomStringConvertible {
    /// The hard limit, in UTF-8 bytes (CloudAPI#texts).
    public static let maxBytes = 255
    /// The limit of newer Huawei pages, in characters; longer names are warned about (CloudAPI#texts).
    public static let advisedCharacters = 64
    /// The prefix of snapshots that the backup service makes; they are view-only (CloudAPI#server-made).
    public static let backupServicePrefix = "autobk_snapshot_"
    public let text: String

    /// - Throws: `TextProblem` when the text is empty, too long, has blanks at its ends, control characters or a reserved prefix.
    public init(_ text: String) throws(TextProblem) {
        if text.isEmpty { throw .empty }
        if text.hasPrefix(Self.backupServicePrefix) { throw .reservedPrefix(Self.backupServicePrefix) }
        try TextRules.check(text, maxBytes: Self.maxBytes, basicPlaneOnly: false)
        self.text = text
    }

    public var description: String { text }
}

/// The description of a snapshot. No description and an empty one are the same thing.
public struct SnapshotDescription: Hashable, Sendable, CustomStringConvertible {
    /// The hard limit, in UTF-8 bytes (CloudAPI#texts).
    public static let maxBytes = 255
    /// The limit of newer Huawei pages, in characters; longer ones are warned about (CloudAPI#texts).
    public static let advisedCharacters = 85
    public let text: String

    /// - Throws: `TextProblem` when the text is empty, too long, has blanks at its ends, line breaks, control characters, or
    ///   characters outside the Basic Multilingual Plane (CloudAPI#texts).
    public init(_ text: String) throws(TextProblem) {
        if text.isEmpty { throw .empty }
        try TextRules.check(text, maxBytes: Self.maxBytes, basicPlaneOnly: true)
        self.text = text
    }

    public var description: String { text }
}

/// The name under which a manifest owns its snapshots in the cloud (`stack:`).
public struct StackName: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// - Throws: `TextProblem` when the text is empty, longer than 255 bytes, has blanks at its ends or control characters.
    public init(_ text: String) throws(TextProblem) {
        if text.isEmpty { throw .empty }
        try TextRules.check(text, maxBytes: 255, basicPlaneOnly: true)
        self.text = text
    }

    public var description: String { text }
}

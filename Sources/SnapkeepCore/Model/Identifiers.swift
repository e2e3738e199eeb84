/// The id of a block-storage volume: a UUID in lower case with hyphens (CloudAPI#create).
public struct VolumeID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 36 characters, lower case.
    public let text: String

    /// Takes a UUID with hyphens in either case; anything else is refused with `nil`.
    public init?(_ text: some StringProtocol) {
        guard let canonical = canonicalUUID(text) else { return nil }
        self.text = canonical
    }

    /// The same for a whole string: compiled for it, where other modules would run the general form.
    public init?(_ text: String) {
        guard let canonical = canonicalUUID(text) else { return nil }
        self.text = canonical
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The id that the cloud gave to a snapshot. Clouds send UUIDs; any id that is safe as one path segment is taken.
public struct SnapshotID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 1…255 characters of `[A-Za-z0-9_.-]`, neither `.` nor `..`.
    public let text: String

    /// Refuses with `nil` whatever could mean something else inside a URL path: the text comes from a server.
    public init?(_ text: some StringProtocol) {
        guard isPathSafe(text) else { return nil }
        self.text = String(text)
    }

    /// The id as a person writes it into a manifest: a UUID with hyphens in either case, kept in lower case as clouds send it; anything else
    /// is refused with `nil`.
    public init?(uuid text: some StringProtocol) {
        guard let canonical = canonicalUUID(text) else { return nil }
        self.text = canonical
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The id of a project (tenant) in the cloud.
public struct ProjectID: Hashable, Sendable, CustomStringConvertible {
    /// 1…255 characters of `[A-Za-z0-9_.-]`, neither `.` nor `..`.
    public let text: String

    /// Refuses with `nil` a text that is not safe as one path segment.
    public init?(_ text: some StringProtocol) {
        guard isPathSafe(text) else { return nil }
        self.text = String(text)
    }

    public var description: String { text }
}

/// The random id of one decision to create one snapshot. It stands in the stamp, so that a lost answer can be looked up.
public struct AttemptID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    /// Refuses with `nil` what is not a UUID with hyphens.
    public init?(_ text: some StringProtocol) {
        guard let canonical = canonicalUUID(text) else { return nil }
        self.text = canonical
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The family of a state file: made once with the first state or the first saved plan, never changed.
public struct Lineage: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Refuses with `nil` what is not a UUID with hyphens.
    public init?(_ text: some StringProtocol) {
        guard let canonical = canonicalUUID(text) else { return nil }
        self.text = canonical
    }

    public var description: String { text }
}

/// The random id of one run that changes things; it tells whether a journal was taken over already.
public struct RunID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Refuses with `nil` what is not a UUID with hyphens.
    public init?(_ text: some StringProtocol) {
        guard let canonical = canonicalUUID(text) else { return nil }
        self.text = canonical
    }

    public var description: String { text }
}

/// The id of a plan: the SHA-256 of its inputs and actions, in 64 lower-case hexadecimal digits.
public struct PlanID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Refuses with `nil` what is not 64 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 64, text.utf8.allSatisfy(Hexadecimal.isLowerCase) else { return nil }
        self.text = String(text)
    }

    public var description: String { text }
}

/// A UUID in its canonical lower-case form, or `nil`.
func canonicalUUID(_ text: some StringProtocol) -> String? {
    let form = text.utf8.withContiguousStorageIfAvailable { uuidForm($0) } ?? Array(text.utf8).withUnsafeBufferPointer { uuidForm($0) }
    return switch form {
    case .none: nil
    case .canonical: String(text)
    case .upperCase: text.lowercased()
    }
}

private enum UUIDForm {
    case none, canonical, upperCase
}

/// Without an early exit, so that the compiler can look at many bytes at once: this runs three times for each record of a large state.
private func uuidForm(_ bytes: UnsafeBufferPointer<UInt8>) -> UUIDForm {
    guard bytes.count == 36, bytes[8] == 0x2D, bytes[13] == 0x2D, bytes[18] == 0x2D, bytes[23] == 0x2D else { return .none }
    var digits: UInt8 = 0
    var capitals: UInt8 = 0
    for byte in bytes {
        digits &+= byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 ? 1 : 0
        capitals |= byte &- 0x41 < 6 ? 1 : 0
    }
    // All but the four hyphens.
    guard digits == 32 else { return .none }
    return capitals == 0 ? .canonical : .upperCase
}

private func isPathSafe(_ text: some StringProtocol) -> Bool {
    let bytes = text.utf8
    guard (1...255).contains(bytes.count), text != ".", text != ".." else { return false }
    return bytes.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x2D || byte == 0x2E || byte == 0x5F
    }
}

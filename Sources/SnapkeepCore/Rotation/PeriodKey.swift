/// How often a rotation makes a snapshot. The raw values are the manifest's words, from the shortest on.
public enum PeriodUnit: String, Hashable, Sendable, CaseIterable, Comparable {
    case hour, day, week, month

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self)! }
}

/// One period of a rotation by its name in the calendar: with the rotation and the volume it is a snapshot's identity. Days, weeks and months are
/// those of the rotation's zone; hours are those of UTC, where none is missing and none comes twice.
public enum PeriodKey: Hashable, Sendable, CustomStringConvertible {
    /// Hours since 1970-01-01T00Z.
    case hour(Int)
    case day(CivilDate)
    case week(ISOWeek)
    case month(year: Int, month: Int)

    /// Reads `2026-10-25T01Z`, `2026-10-25`, `2026-W43` or `2026-10`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard let key = Array(text.utf8).withUnsafeBufferPointer({ Self(utf8: $0) }) else { return nil }
        self = key
    }

    private init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        var reader = DigitReader(bytes: bytes)
        guard let year = reader.digits(4), reader.take(0x2D) else { return nil }
        if reader.take(0x57) {
            guard let number = reader.digits(2), reader.isAtEnd, let week = ISOWeek(year: year, validating: number) else { return nil }
            self = .week(week)
            return
        }
        guard let month = reader.digits(2), (1...12).contains(month) else { return nil }
        if reader.isAtEnd {
            self = .month(year: year, month: month)
            return
        }
        guard reader.take(0x2D), let day = reader.digits(2), let date = CivilDate(year: year, month: month, day: day) else { return nil }
        if reader.isAtEnd {
            self = .day(date)
            return
        }
        guard reader.take(0x54), let hour = reader.digits(2), hour < 24, reader.take(0x5A), reader.isAtEnd else { return nil }
        self = .hour(date.daysSinceEpoch * 24 + hour)
    }

    public var description: String {
        switch self {
        case .hour(let hours):
            "\(CivilDate(daysSinceEpoch: hours.dividedDown(by: 24)))T\(padded(hours.remainderUp(by: 24), 2))Z"
        case .day(let date): date.description
        case .week(let week): week.description
        case .month(let year, let month): "\(padded(year, 4))-\(padded(month, 2))"
        }
    }

    /// Whether the period's text comes behind another's. Of one kind the texts are in the order of time.
    func comesBehind(_ other: PeriodKey) -> Bool {
        switch (self, other) {
        case (.hour(let own), .hour(let other)): own > other
        case (.day(let own), .day(let other)): own > other
        default: description > other.description
        }
    }

    /// A period that stands for all of a kind where only its length as a text counts.
    public static func sample(_ unit: PeriodUnit) -> PeriodKey {
        let day = CivilDate(year: 2026, month: 10, clampedDay: 25)
        return switch unit {
        case .hour: .hour(day.daysSinceEpoch * 24)
        case .day: .day(day)
        case .week: .week(day.isoWeek)
        case .month: .month(year: 2026, month: 10)
        }
    }

    /// How long the period is.
    public var unit: PeriodUnit {
        switch self {
        case .hour: .hour
        case .day: .day
        case .week: .week
        case .month: .month
        }
    }
}

/// The identity of a rotation's snapshot: `nightly/orders-db@2026-10-25`. It is the snapshot's key, stands in the stamp, and is all that a
/// rebuilt state needs.
public struct RotationKey: Hashable, Sendable {
    public let rotation: RotationName
    /// What the manifest calls the volume; its id where it has no alias.
    public let volume: String
    public let period: PeriodKey

    /// An identity of its parts.
    public init(rotation: RotationName, volume: String, period: PeriodKey) {
        self.rotation = rotation
        self.volume = volume
        self.period = period
    }

    /// Reads a key; `nil` unless it has this form. The rotation's name holds no slash and the period no `@`, so that there is one reading.
    public init?(_ key: SnapshotKey) {
        let text = key.text
        guard let slash = text.utf8.firstIndex(of: 0x2F), let at = text.utf8.lastIndex(of: 0x40), slash < at,
            let rotation = RotationName(text[..<slash]), let period = PeriodKey(text[text.utf8.index(after: at)...])
        else { return nil }
        let volume = text[text.utf8.index(after: slash)..<at]
        if volume.isEmpty { return nil }
        self.init(rotation: rotation, volume: String(volume), period: period)
    }

    /// The key as a text, which may be too long for a snapshot's key.
    public var text: String { "\(rotation)/\(volume)@\(period)" }

    /// The snapshot's key; `nil` where the volume's name is too long for one. The manifest's reader refuses such names.
    public var snapshotKey: SnapshotKey? { try? SnapshotKey(text) }
}

extension Set<RotationName> {
    /// Whether a key is that of a snapshot of one of these rotations.
    public func own(_ key: SnapshotKey) -> Bool { RotationKey(key).map { contains($0.rotation) } ?? false }
}

/// The name of a rotation: its identity, together with the volume and the period.
public struct RotationName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The limit, in characters.
    public static let maxLength = 64
    public let text: String

    /// Refuses with `nil` what is not 1…64 characters of `[A-Za-z0-9._-]` that begin with a letter or a digit.
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard (1...Self.maxLength).contains(bytes.count), let first = bytes.first, Self.isAlphanumeric(first),
            bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
        else { return nil }
        self.text = String(text)
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

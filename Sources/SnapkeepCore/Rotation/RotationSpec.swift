/// One declared rotation: snapshots of some volumes, made at certain times and kept by rules.
public struct RotationSpec: Hashable, Sendable {
    public var name: RotationName
    public var volumes: RotationVolumes
    public var schedule: RotationSchedule
    public var rules: RetentionRules
    /// Neither makes nor expires anything.
    public var isPaused: Bool
    public var template: SnapshotTemplate
    /// The name that the rotation had: its snapshots go on as this one's.
    public var movedFrom: RotationName?

    /// A rotation of its parts.
    public init(
        name: RotationName, volumes: RotationVolumes, schedule: RotationSchedule, rules: RetentionRules, isPaused: Bool = false,
        template: SnapshotTemplate = SnapshotTemplate(), movedFrom: RotationName? = nil
    ) {
        self.name = name
        self.volumes = volumes
        self.schedule = schedule
        self.rules = rules
        self.isPaused = isPaused
        self.template = template
        self.movedFrom = movedFrom
    }
}

/// Which volumes a rotation is about.
public enum RotationVolumes: Hashable, Sendable {
    /// `volumes:`, in the manifest's order.
    case listed([RotationVolume])
    /// `match:`, found out by a look at the cloud.
    case matching(VolumePattern)
}

/// One volume of a rotation.
public struct RotationVolume: Hashable, Sendable {
    /// What stands for it in keys and names: its alias, or its id where it has none.
    public var label: String
    public var reference: VolumeReference
    /// What the cloud calls a volume that a pattern has picked: it stands in the names of its snapshots, never in their keys.
    public var name: String?

    /// A volume of its parts.
    public init(label: String, reference: VolumeReference, name: String? = nil) {
        self.name = name
        self.label = label
        self.reference = reference
    }
}

/// What picks volumes by what the cloud says of them. All that is given must hold.
public struct VolumePattern: Hashable, Sendable {
    /// The whole name, where `*` stands for any text; `nil` for every name.
    public var name: String?
    /// Entries that the volume's metadata must have.
    public var metadata: Metadata

    /// A pattern of its parts.
    public init(name: String? = nil, metadata: Metadata = Metadata()) {
        self.name = name
        self.metadata = metadata
    }
}

extension VolumePattern {
    /// Whether it picks a volume.
    public func matches(_ volume: ObservedVolume) -> Bool {
        if let name, !globFits(Array(name.utf8), Array((volume.name ?? "").utf8), star: UInt8(ascii: "*"), one: nil) { return false }
        return metadata.entries.allSatisfy { volume.metadata[$0.key].hasSameBytes(as: $0.value) }
    }
}

/// When a rotation makes its snapshots.
public struct RotationSchedule: Hashable, Sendable {
    public var due: DueTime
    /// The IANA name of the zone in which days and times are meant.
    public var zone: ZoneName
    /// How long after its due time a snapshot may still be begun; later the period is missed.
    public var startWithin: Duration

    /// A schedule of its parts.
    public init(due: DueTime, zone: ZoneName, startWithin: Duration) {
        self.due = due
        self.zone = zone
        self.startWithin = startWithin
    }

    /// The manifest's `every`.
    public var unit: PeriodUnit { due.unit }

    /// Half a period: how long a snapshot may be late where the manifest says nothing. Half a day of a month is as good as any other.
    public static func defaultStartWithin(_ unit: PeriodUnit) -> Duration { shortestPeriod(unit) / 2 }

    /// The shortest that a period usually is: a longer `start_within` would reach into the next one. Where clocks are set forward a day has an
    /// hour less; a period ends all the same when the next one is due.
    public static func shortestPeriod(_ unit: PeriodUnit) -> Duration {
        switch unit {
        case .hour: .seconds(3600)
        case .day: .seconds(24 * 3600)
        case .week: .seconds(7 * 24 * 3600)
        case .month: .seconds(28 * 24 * 3600)
        }
    }
}

/// When within its period a snapshot is due, in the rotation's zone.
public enum DueTime: Hashable, Sendable {
    /// Minutes after each hour of UTC.
    case hour(minute: Int)
    /// Minutes after midnight.
    case day(minute: Int)
    case week(Weekday, minute: Int)
    /// The day is clamped to the month's end.
    case month(day: Int, minute: Int)

    public var unit: PeriodUnit {
        switch self {
        case .hour: .hour
        case .day: .day
        case .week: .week
        case .month: .month
        }
    }
}

/// What is kept of a rotation's good snapshots of one volume: whatever one of the rules keeps.
public struct RetentionRules: Hashable, Sendable {
    /// How many buckets of each kind keep one; absent and zero are the same.
    public var counts: [RetentionBucket: Int]
    /// So many good ones always stay, the newest; at least 1.
    public var minGood: Int
    public var prefer: BucketChoice
    /// Older ones go whatever the counts say, but for `minGood`.
    public var maxAge: Duration?

    /// Rules of their parts.
    public init(counts: [RetentionBucket: Int], minGood: Int = 1, prefer: BucketChoice = .last, maxAge: Duration? = nil) {
        self.counts = counts.filter { $0.value > 0 }
        self.minGood = minGood
        self.prefer = prefer
        self.maxAge = maxAge
    }

    /// Up to this many of a kind may be asked for.
    public static let largestCount = 10_000
}

/// What a count of `keep` counts. The raw values are the manifest's words, from the finest on.
public enum RetentionBucket: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The newest ones, whenever they were made.
    case last
    case hourly, daily, weekly, monthly, yearly

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self)! }
}

/// Which snapshot of a bucket is kept.
public enum BucketChoice: String, Hashable, Sendable, CaseIterable {
    case last, first
}

/// What a rotation's snapshots look like.
public struct SnapshotTemplate: Hashable, Sendable {
    /// The name, in which `{rotation}`, `{volume}` and `{period}` are filled in.
    public var name: String
    public var description: SnapshotDescription?
    public var metadata: Metadata
    public var force: Bool
    public var timeout: Duration

    /// The name where the manifest gives none.
    public static let defaultName = "{volume}-{period}"
    /// What may stand between braces.
    public static let placeholders = ["rotation", "volume", "period"]

    /// A template of its parts.
    public init(
        name: String = SnapshotTemplate.defaultName, description: SnapshotDescription? = nil, metadata: Metadata = Metadata(),
        force: Bool = false, timeout: Duration = SnapshotSpec.defaultTimeout
    ) {
        self.name = name
        self.description = description
        self.metadata = metadata
        self.force = force
        self.timeout = timeout
    }

    /// The name of one snapshot.
    ///
    /// - Throws: `TextProblem` where the filled-in text is no name: too long, or with a prefix that belongs to the cloud.
    public func name(of key: RotationKey) throws(TextProblem) -> SnapshotName {
        var filled = ""
        var rest = name[...]
        while let open = rest.firstIndex(of: "{") {
            filled += rest[..<open]
            rest = rest[open...]
            let known = Self.values(key).first { rest.hasPrefix("{\($0.word)}") }
            filled += known?.value ?? "{"
            rest = rest.dropFirst(known.map { $0.word.count + 2 } ?? 1)
        }
        return try SnapshotName(filled + rest)
    }

    private static func values(_ key: RotationKey) -> [(word: String, value: String)] {
        [("rotation", key.rotation.text), ("volume", key.volume), ("period", key.period.description)]
    }
}

/// The IANA name of a time zone, such as `Europe/Berlin`; whether there is such a zone, the machine's time zone data says.
public struct ZoneName: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Refuses with `nil` what cannot be a zone's name: anything but 1…64 characters of `[A-Za-z0-9_+-]` in parts between single slashes,
    /// each of which begins with a letter. It becomes part of a file's path.
    public init?(_ text: some StringProtocol) {
        guard (1...64).contains(text.utf8.count) else { return nil }
        for part in text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false) {
            guard let first = part.first, Self.isLetter(first),
                part.allSatisfy({ Self.isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x5F })
            else { return nil }
        }
        self.text = String(text)
    }

    public var description: String { text }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
}

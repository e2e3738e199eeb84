/// A time zone as its changes of offset. Where they come from is the edge's affair: no zone file and no machine's zone is known here.
public struct Zone: Hashable, Sendable {
    /// From an instant on another offset holds.
    public struct Transition: Hashable, Sendable {
        /// Seconds since 1970-01-01T00:00Z.
        public var instant: Int64
        /// Seconds east of UTC from then on.
        public var offset: Int

        /// A transition of its parts.
        public init(instant: Int64, offset: Int) {
            self.instant = instant
            self.offset = offset
        }
    }

    public let name: ZoneName
    /// Seconds east of UTC before the first transition: less than a day, as all offsets.
    public let initialOffset: Int
    /// In the order of their instants.
    public let transitions: [Transition]

    /// A zone of its parts.
    ///
    /// - Parameter transitions: in the order of their instants.
    public init(name: ZoneName, initialOffset: Int = 0, transitions: [Transition] = []) {
        self.name = name
        self.initialOffset = initialOffset
        self.transitions = transitions
    }

    /// Coordinated universal time.
    public static let utc = Zone(name: ZoneName("UTC")!)

    /// Seconds east of UTC at an instant.
    public func offset(at instant: Timestamp) -> Int {
        offset(atSecond: instant.microseconds.dividedDown(by: 1_000_000))
    }

    /// The day that the zone's calendar shows at an instant.
    public func date(at instant: Timestamp) -> CivilDate {
        let second = instant.microseconds.dividedDown(by: 1_000_000)
        return CivilDate(daysSinceEpoch: Int((second + Int64(offset(atSecond: second))).dividedDown(by: 86_400)))
    }

    /// The instant at which the zone's clocks show a time of a day: the first one where they show it twice, and the first after the gap where
    /// they never do.
    public func instant(of date: CivilDate, minute: Int) -> Timestamp {
        let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(minute) * 60
        // Offsets are less than a day: while the zone's clocks were a day or more before that time, it cannot have been shown.
        var index = firstTransition(after: local - 86_400)
        while true {
            let before = index == 0 ? initialOffset : transitions[index - 1].offset
            let candidate = local - Int64(before)
            guard index < transitions.count, candidate >= transitions[index].instant else {
                return Timestamp(microseconds: candidate * 1_000_000)
            }
            let change = transitions[index].instant
            if local - Int64(transitions[index].offset) < change { return Timestamp(microseconds: change * 1_000_000) }
            index += 1
        }
    }

    private func offset(atSecond second: Int64) -> Int {
        let index = firstTransition(after: second)
        return index == 0 ? initialOffset : transitions[index - 1].offset
    }

    private func firstTransition(after second: Int64) -> Int { transitions.partitioningIndex { $0.instant > second } }
}

import SnapkeepCore

/// The days of a simulation as a calendar: a row for each week, and on each day the sign of what is left of it. Months of which nothing is
/// left are told in a line, and weeks without a sign are left out.
struct SimulationCalendar {
    /// What a day shows; of several the greatest.
    enum Mark: Hashable, Comparable {
        case expired
        case missed
        /// Kept by none of the counts: one that always stays, a protected one.
        case otherwise
        /// Kept by a count; the coarsest that keeps it.
        case kept(RetentionBucket)

        var sign: String {
            switch self {
            case .expired: "."
            case .missed: "x"
            case .otherwise: "*"
            case .kept(.last): "L"
            case .kept(.hourly): "H"
            case .kept(.daily): "D"
            case .kept(.weekly): "W"
            case .kept(.monthly): "M"
            case .kept(.yearly): "Y"
            }
        }

        var word: String {
            switch self {
            case .expired: "expired"
            case .missed: "missed"
            case .otherwise: "kept otherwise"
            case .kept(let bucket): bucket.rawValue
            }
        }

        var role: TextStyle.Role {
            switch self {
            case .expired: .keep
            case .missed: .bad
            case .otherwise: .update
            case .kept: .good
            }
        }
    }

    private let months: ClosedRange<Int>
    private let keptMonths: Set<Int>
    private let marks: [CivilDate: Mark]

    init(_ simulation: Simulation, _ span: SimulationSpan) {
        let kept = simulation.kept
        keptMonths = Set(kept.map { Self.month(of: $0.day) })
        let days = kept.map(\.day) + [span.from, span.until]
        months = Self.month(of: days.min()!)...Self.month(of: days.max()!)
        var marks: [CivilDate: Mark] = [:]
        for day in simulation.missedDays { marks[day] = .missed }
        for snapshot in simulation.snapshots {
            let mark: Mark =
                switch snapshot.fate {
                case .expired: .expired
                case .kept(let reasons): reasons.compactMap(\.bucket).max().map { .kept($0) } ?? .otherwise
                }
            marks[snapshot.day] = max(mark, marks[snapshot.day] ?? .expired)
        }
        self.marks = marks
    }

    /// What the signs mean, the coarsest first; only those that are shown.
    func legend(_ style: TextStyle) -> [String] {
        let shown = Set(marks.lazy.filter { keptMonths.contains(Self.month(of: $0.key)) }.map(\.value))
        return shown.sorted(by: >).map { "\(style.paint($0.sign, $0.role)) \($0.word)" }
    }

    /// The calendar; 33 columns wide.
    func lines(_ style: TextStyle) -> [String] {
        var lines: [String] = []
        if !keptMonths.isEmpty { lines.append("             Mo Tu We Th Fr Sa Su") }
        var month = months.lowerBound
        while month <= months.upperBound {
            if keptMonths.contains(month) {
                lines += weeks(of: month, style)
                month += 1
                continue
            }
            let first = month
            while month <= months.upperBound, !keptMonths.contains(month) { month += 1 }
            let range = first == month - 1 ? Self.word(first) : "\(Self.word(first)) … \(Self.word(month - 1))"
            lines.append("\(range): nothing is kept")
        }
        return lines
    }

    private func weeks(of month: Int, _ style: TextStyle) -> [String] {
        var lines: [String] = []
        let first = CivilDate(year: month / 12, month: month % 12 + 1, clampedDay: 1)
        let end = CivilDate(year: month / 12, month: month % 12 + 1, clampedDay: 31)
        var start = first
        while start <= end {
            let sunday = start + (7 - start.weekday.rawValue)
            let last = min(sunday, end)
            let signs = (start.daysSinceEpoch...last.daysSinceEpoch).map { marks[CivilDate(daysSinceEpoch: $0)] }
            if let shown = signs.lastIndex(where: { $0 != nil }) {
                let label = lines.isEmpty ? Self.word(month) : String(repeating: " ", count: 7)
                let number = String(start.parts.day)
                let blanks = String(repeating: " ", count: 3 * (start.weekday.rawValue - 1))
                let cells = signs[...shown].map { mark in "  " + (mark.map { style.paint($0.sign, $0.role) } ?? " ") }
                lines.append("\(label)\(String(repeating: " ", count: 4 - number.count))\(number) \(blanks)\(cells.joined())")
            }
            start = sunday + 1
        }
        return lines
    }

    /// Months counted from the year 0 on.
    private static func month(of day: CivilDate) -> Int {
        let (year, month, _) = day.parts
        return year * 12 + month - 1
    }

    // 2026-10
    private static func word(_ month: Int) -> String {
        PeriodKey.month(year: month / 12, month: month % 12 + 1).description
    }
}

extension KeepReason {
    /// The rule that counts it.
    fileprivate var bucket: RetentionBucket? {
        switch self {
        case .bucket(let bucket, _), .oldest(let bucket): bucket
        case .minGood, .held, .future, .unfinished, .failed, .ignored, .paused, .clock: nil
        }
    }
}

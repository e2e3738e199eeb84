import ArgumentParser
import SnapkeepCore
import SnapkeepRendering

/// A day of the calendar as a person writes it: `2026-10-25`.
struct CalendarDay: ExpressibleByArgument, CustomStringConvertible {
    let date: CivilDate

    init?(argument: String) {
        guard case .day(let date) = PeriodKey(argument) else { return nil }
        self.date = date
    }

    var description: String { date.description }
}

/// Days from one to another: `2026-03-01..2026-03-14`, or a single one.
struct CalendarDays: ExpressibleByArgument, CustomStringConvertible {
    let range: ClosedRange<CivilDate>

    init?(argument: String) {
        let parts = argument.split(separator: "..", omittingEmptySubsequences: false).map { CalendarDay(argument: String($0))?.date }
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1], first <= last else { return nil }
        range = first...last
    }

    var description: String { "\(range.lowerBound)..\(range.upperBound)" }
}

/// Which days a simulation is about.
struct SimulationOptions: ParsableArguments {
    @Option(
        name: .customLong("from"),
        help: ArgumentHelp("The first day. Default: the day of --now, else today.", valueName: "date"))
    var from: CalendarDay?

    @Option(
        name: .customLong("until"),
        help: ArgumentHelp("The last day. Default: a year from the first.", valueName: "date"))
    var until: CalendarDay?

    @Option(
        name: .customLong("missed"),
        help: ArgumentHelp("Days without any run, such as 2026-03-01..2026-03-14; repeatable.", valueName: "dates"))
    var missed: [CalendarDays] = []

    /// So many years at most: a slip in a year must not take an hour.
    static let mostYears = 100

    /// The span, with what was not given filled in.
    ///
    /// - Throws: `Failure` for one that ends before it begins, or is too long.
    func span(today: CivilDate) throws(Failure) -> SimulationSpan {
        let first = from?.date ?? today
        let (year, month, day) = first.parts
        let last = until?.date ?? CivilDate(year: year + 1, month: month, clampedDay: day) + -1
        let span = SimulationSpan(from: first, until: last, missed: missed.map(\.range))
        if last < first { throw Failure(.usage, .spanEndsFirst(span)) }
        if last >= CivilDate(year: year + Self.mostYears, month: month, clampedDay: day) {
            throw Failure(.usage, .spanTooLong(span, years: Self.mostYears))
        }
        return span
    }
}

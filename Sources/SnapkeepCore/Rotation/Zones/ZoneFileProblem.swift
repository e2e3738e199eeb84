/// Why bytes cannot be read as a time zone.
public enum ZoneFileProblem: Error, Hashable, Sendable, CaseIterable {
    /// They do not begin as a compiled time zone file does, or are of a version that is not known.
    case foreign
    /// They end before what their header promises.
    case cutShort
    /// Counts in the header contradict each other, or there is no offset at all.
    case counts
    /// The changes are not in the order of time.
    case order
    /// A change or an abbreviation is looked for where there is none.
    case index
    /// An offset is a day or more.
    case offset
    /// Its times count leap seconds, as no clock of a cloud does.
    case leapSeconds
    /// The rule for the time after the last change cannot be read.
    case rule

    /// What is wrong, as a clause about the file.
    public var words: String {
        switch self {
        case .foreign: "it is no compiled time zone file"
        case .cutShort: "it ends too early"
        case .counts: "its counts contradict each other"
        case .order: "its changes are not in the order of time"
        case .index: "it points at an offset that it does not have"
        case .offset: "one of its offsets is a day or more"
        case .leapSeconds: "its times count leap seconds"
        case .rule: "its rule for the years to come cannot be read"
        }
    }
}

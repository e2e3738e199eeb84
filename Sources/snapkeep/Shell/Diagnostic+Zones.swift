import Glibc
import SnapkeepCore
import SnapkeepState

extension Diagnostic {
    /// A time zone that a manifest names and that cannot be had.
    ///
    /// - Parameter range: where it is named, if that is known.
    static func noZone(_ name: ZoneName, _ problem: ZoneProblem, at range: SourceRange?) -> Diagnostic {
        let place = range.map { Subject.range($0) } ?? .none
        switch problem {
        case .unknown(let nearest):
            return Diagnostic(
                .error, code: "unknown-time-zone", "time zone '\(name)' is not in this machine's time zone data", at: place,
                help: nearest.map { "did you mean '\($0)'?" }
                    ?? "write an IANA name, such as 'Europe/Berlin'; 'ls /usr/share/zoneinfo/*' shows which there are")
        case .noData:
            return Diagnostic(
                .error, code: "no-time-zone-data", "time zone '\(name)' is not known: this machine has no time zone data", at: place,
                help: "install it, for example with 'apt-get install tzdata', or name in TZDIR the folder that has it")
        case .unreadable(let path, let problem):
            return Diagnostic(
                .error, code: "unreadable-time-zone",
                "cannot read time zone '\(name)' from \(VisibleText.escaped(path)): \(String(cString: strerror(problem)))", at: place,
                help: VisibleText.escaped(FileProblem(errno: problem).remedy(for: path, .read)) + "; then run it again")
        case .damaged(let path, let problem):
            return Diagnostic(
                .error, code: "damaged-time-zone",
                "\(VisibleText.escaped(path)) does not tell time zone '\(name)': \(problem.words)", at: place,
                help: problem == .leapSeconds
                    ? "name in TZDIR a folder with time zone data that does not count leap seconds"
                    : "install the time zone data anew, for example with 'apt-get install --reinstall tzdata'")
        }
    }
}

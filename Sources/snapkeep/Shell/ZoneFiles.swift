import Glibc
import SnapkeepCore

/// Reads time zones from the time zone data of this machine, each once.
///
/// Nothing stands in for data that is missing, UTC included: a rotation that runs at other times than its manifest says is worse than one
/// that does not run.
struct ZoneFiles {
    /// Where systems keep their time zone data.
    static let usualFolders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"]

    /// The largest file that is read, in bytes: the largest zone has some thousand.
    private static let maxBytes = 1 << 20

    private let folders: [String]
    private var known: [ZoneName: Result<Zone, ZoneProblem>] = [:]
    private var listed: [String]?

    /// A reader of the first of these folders that has a zone.
    init(folders: [String]) { self.folders = folders }

    /// A reader of the usual folders, and before them of `TZDIR`, as in the C library.
    init(environment: ProcessEnvironment) {
        self.init(folders: [environment["TZDIR"]].compactMap { $0 }.filter { !$0.isEmpty } + Self.usualFolders)
    }

    /// The zones of names, and what is wrong with those that cannot be had.
    mutating func zones(for names: some Sequence<ZoneName>) -> (zones: [ZoneName: Zone], problems: [ZoneName: ZoneProblem]) {
        var (zones, problems): ([ZoneName: Zone], [ZoneName: ZoneProblem]) = ([:], [:])
        for name in names {
            do throws(ZoneProblem) { zones[name] = try zone(name) } catch { problems[name] = error }
        }
        return (zones, problems)
    }

    /// The zone of a name.
    mutating func zone(_ name: ZoneName) throws(ZoneProblem) -> Zone {
        if let known = known[name] { return try known.get() }
        let result = Result { () throws(ZoneProblem) in try find(name) }
        known[name] = result
        return try result.get()
    }

    private mutating func find(_ name: ZoneName) throws(ZoneProblem) -> Zone {
        if Self.isZone(name.text) {
            for folder in folders {
                let path = folder + "/" + name.text
                guard let bytes = try Self.read(path) else { continue }
                do throws(ZoneFileProblem) { return try Zone(name: name, file: bytes) } catch { throw .damaged(path, error) }
            }
        }
        let names = listed ?? names()
        listed = names
        throw names.isEmpty ? .noData : .unknown(nearest: Self.nearest(name.text, among: names))
    }

    /// The bytes of a plain file; `nil` where there is none.
    private static func read(_ path: String) throws(ZoneProblem) -> [UInt8]? {
        // What is no plain file, such as a pipe, must not keep the program waiting.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .unreadable(path, errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        guard status.st_size <= maxBytes else { throw .damaged(path, .foreign) }
        var problem: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            while count < buffer.count {
                let got = Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { problem = errno }
                if got <= 0 { break }
                count += got
            }
        }
        if problem != 0 { throw .unreadable(path, problem) }
        return bytes
    }

    // MARK: Which zones there are

    /// Whether a path inside the folder is a zone's name to IANA. Beside the zones stand this machine's own zone, which is no answer to anybody
    /// who names one, and the whole data twice more, once with leap seconds.
    private static func isZone(_ name: String) -> Bool {
        !["localtime", "posixrules", "leapseconds"].contains(name) && !name.hasPrefix("posix/") && !name.hasPrefix("right/")
    }

    /// The names that all folders have, sorted.
    private func names() -> [String] {
        var found: Set<String> = []
        for folder in folders { Self.collect(folder, below: "", into: &found) }
        return found.sorted()
    }

    /// - Parameter prefix: the names' beginning, with the slash; the longest name has three parts.
    private static func collect(_ folder: String, below prefix: String, into found: inout Set<String>) {
        guard prefix.count(where: { $0 == "/" }) < 3, let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let part = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            let (path, name) = (folder + "/" + part, prefix + part)
            // Points, as in 'zone.tab' and '..', stand in no zone's name.
            guard ZoneName(name) != nil, isZone(name), isZone(name + "/") else { continue }
            if InputFiles.isDirectory(path) {
                collect(path, below: name + "/", into: &found)
            } else if InputFiles.isRegular(path) {
                found.insert(name)
            }
        }
    }

    /// What was probably meant: a name that is almost the same, or one that ends in the same city.
    private static func nearest(_ name: String, among names: [String]) -> String? {
        func city(_ name: String) -> String { baseName(of: name).lowercased() }
        return NearMiss.suggestion(for: name, among: names) ?? names.first { city($0) == city(name) }
    }
}

/// Why a time zone cannot be had.
enum ZoneProblem: Error, Hashable {
    /// The data has no such zone.
    case unknown(nearest: String?)
    /// The machine has no time zone data.
    case noData
    /// The system refuses to read a file, with its `errno`.
    case unreadable(String, Int32)
    /// A file is not what it should be.
    case damaged(String, ZoneFileProblem)
}

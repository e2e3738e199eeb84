import SnapkeepCore
import SnapkeepState

/// All that stands in etcd of a state, read at one revision.
struct EtcdContents: Sendable {
    /// The bytes of the state; `nil` where there is none.
    var state: [UInt8]?
    var journal: [UInt8]?
    /// How many lines the journal has.
    var journalLines = 0
    var unfinished: UnfinishedRun?
    var head: EtcdHead?
    /// The layout of the head, where it is one that this program does not know.
    var newerLayout: Int?
    /// Of the head; 0 where there is none.
    var headRevision = 0
    /// What all segments but the first do, each by itself.
    var changes: [StateChange] = []

    /// What messages call the state and its journal.
    func texts(_ place: String) -> StateTexts {
        StateTexts(state: state, journal: journal, unfinished: unfinished, statePlace: place, journalPlace: place)
    }
}

/// Reads the keys of a state in pages of one revision, a few requests at once.
struct EtcdReading: Sendable {
    let gateway: EtcdGateway
    let layout: EtcdLayout
    /// No state and no journal has more bytes, keys included.
    var limit = EtcdHead.sizeLimit

    /// So many requests are under way at once: the server makes JSON of one page while another is read here.
    private static let width = 3
    private static let firstLines = 500

    /// What the first look asks for; also the steps of the transaction that takes the lock.
    var firstLook: [EtcdOperation] {
        [
            .range(EtcdRange(span: EtcdSpan(key: layout.head))), .range(EtcdRange(span: EtcdSpan(key: layout.open))),
            .range(EtcdRange(span: layout.journal, limit: Self.firstLines)),
            .range(EtcdRange(span: layout.segments, limit: layout.limits.firstChunks)),
        ]
    }

    /// Reads everything as of now.
    func all() async throws(EtcdFault) -> EtcdContents {
        let answer = try await gateway.transaction(if: [], then: firstLook)
        return try await rest(answer.ranges.compactMap { $0 }, at: answer.revision)
    }

    /// Reads what the first look has not brought.
    ///
    /// - Parameters:
    ///   - looks: the answers to `firstLook`.
    ///   - revision: at which they were read.
    func rest(_ looks: [EtcdRangeAnswer], at revision: Int) async throws(EtcdFault) -> EtcdContents {
        var contents = EtcdContents()
        let (head, open, lines, chunks) = (looks[0].keys.first, looks[1].keys.first, looks[2], looks[3].keys)
        try await readJournal(lines, at: revision, into: &contents)
        contents.unfinished = open.flatMap { EtcdOpenRun.read($0.value) }
        guard let head else { return contents }
        contents.headRevision = head.modRevision
        do throws(EtcdHead.Problem) { contents.head = try EtcdHead(head.value) } catch {
            // What stands there is shown as the state: whoever reads it says what is wrong with it.
            if case .tooNew(let layout) = error { contents.newerLayout = layout }
            contents.state = head.value
            // Each whole line still counts, and is set aside with the rest, for whoever rebuilds the state.
            if contents.newerLayout == nil { contents.state! += try await allLines(at: revision) }
            return contents
        }
        guard let head = contents.head else { return contents }
        let found = Dictionary(uniqueKeysWithValues: chunks.map { ($0.key, $0.value) })
        var bytes = try await read(head.allSegments, having: found, at: revision)
        let fields: [UInt8] = if case .fields(let fields) = head.header { fields } else { Array(bytes.removeLast().joined()) }
        contents.changes = bytes.dropFirst().map { StateChange($0) }
        var later = StateChange()
        for change in contents.changes { later.append(change) }
        contents.state = StateComposition(bytes.first ?? [], later).text(fields)
        return contents
    }

    // MARK: Chunks

    /// The lines of all segments, put together as if a head named them all in the order in which they were written.
    private func allLines(at revision: Int) async throws(EtcdFault) -> [UInt8] {
        var segments: [String: (written: Int, chunks: [[UInt8]])] = [:]
        for found in try await all(in: layout.segments, at: revision) {
            guard let id = layout.segmentID(found.key) else { continue }
            var segment = segments[id] ?? (0, [])
            segment.written = max(segment.written, found.modRevision)
            segment.chunks.append(found.value)
            segments[id] = segment
        }
        // A long header lies there as it is in a state file: its first line is indented.
        func isHeader(_ chunks: [[UInt8]]) -> Bool { chunks.first?.first == 0x20 }
        let header = segments.values.filter { isHeader($0.chunks) }.max { $0.written < $1.written }
        let ordered = segments.values.filter { !isHeader($0.chunks) }.sorted { $0.written < $1.written }
        var later = StateChange()
        for segment in ordered.dropFirst() { later.append(StateChange(segment.chunks)) }
        return Array("\n".utf8) + StateComposition(ordered.first?.chunks ?? [], later).text(Array((header?.chunks ?? []).joined()))
    }

    /// The chunks in a span, as many as a state may have.
    ///
    /// - Parameter revision: at which they are read; 0 for chunks that nobody changes.
    private func all(in given: EtcdSpan, at revision: Int = 0) async throws(EtcdFault) -> [EtcdKeyValue] {
        var found: [EtcdKeyValue] = []
        var size = 0
        var span = given
        let count = max(1, layout.limits.page / layout.limits.chunk)
        while true {
            let page = try await gateway.range(EtcdRange(span: span, limit: count, revision: revision)).answer
            size += page.size
            if size > limit { throw .malformed("a state of more than \(limit) bytes") }
            found += page.keys
            guard page.hasMore, let last = page.keys.last else { return found }
            span = EtcdSpan(from: last.key + [0], to: span.end!)
        }
    }

    /// Neighbouring chunks of one segment.
    private struct Run: Hashable, Sendable {
        var segment: Int
        var chunks: Range<Int>
    }

    /// The chunks of all segments. One that is not there, or not as long as the head says, is left out.
    private func read(
        _ segments: [EtcdHead.Segment], having found: [EtcdKey: [UInt8]], at revision: Int
    ) async throws(EtcdFault) -> [[[UInt8]]] {
        var known = found
        for (key, value) in try await read(pages(segments, without: Set(found.keys)), segments, at: revision) { known[key] = value }
        return segments.map { segment in
            segment.chunks.enumerated().compactMap { number, size in
                known[layout.chunk(segment.id, number)].flatMap { $0.count == size ? $0 : nil }
            }
        }
    }

    /// What is missing, in pages of bounded size.
    private func pages(_ segments: [EtcdHead.Segment], without known: Set<EtcdKey>) -> [[Run]] {
        var pages: [[Run]] = []
        var size = layout.limits.page
        for (index, segment) in segments.enumerated() {
            for (number, bytes) in segment.chunks.enumerated() where !known.contains(layout.chunk(segment.id, number)) {
                if size + bytes > layout.limits.page || pages[pages.count - 1].count >= layout.limits.steps {
                    pages.append([])
                    size = 0
                }
                size += bytes
                let last = pages.count - 1
                if let run = pages[last].last, run.segment == index, run.chunks.upperBound == number {
                    pages[last][pages[last].count - 1].chunks = run.chunks.lowerBound..<number + 1
                } else {
                    pages[last].append(Run(segment: index, chunks: number..<number + 1))
                }
            }
        }
        return pages
    }

    private func read(
        _ pages: [[Run]], _ segments: [EtcdHead.Segment], at revision: Int
    ) async throws(EtcdFault) -> [(EtcdKey, [UInt8])] {
        let result = await withTaskGroup(
            of: Result<[(EtcdKey, [UInt8])], EtcdFault>.self, returning: Result<[(EtcdKey, [UInt8])], EtcdFault>.self
        ) { group in
            var next = 0
            func start() {
                guard next < pages.count else { return }
                let page = pages[next]
                next += 1
                group.addTask {
                    do throws(EtcdFault) { return .success(try await read(page, of: segments, at: revision)) } catch {
                        return .failure(error)
                    }
                }
            }
            for _ in 0..<Self.width { start() }
            var all: [(EtcdKey, [UInt8])] = []
            for await page in group {
                switch page {
                case .success(let found): all += found
                case .failure(let fault):
                    group.cancelAll()
                    return .failure(fault)
                }
                start()
            }
            return .success(all)
        }
        return try result.get()
    }

    private func read(
        _ page: [Run], of segments: [EtcdHead.Segment], at revision: Int
    ) async throws(EtcdFault) -> [(EtcdKey, [UInt8])] {
        let steps = page.map { run in
            EtcdOperation.range(
                EtcdRange(
                    span: layout.chunks(segments[run.segment].id, run.chunks), limit: run.chunks.count, revision: revision))
        }
        let answer = try await gateway.transaction(if: [], then: steps)
        var sizes: [EtcdKey: Int] = [:]
        for run in page {
            for number in run.chunks { sizes[layout.chunk(segments[run.segment].id, number)] = segments[run.segment].chunks[number] }
        }
        // What is longer than the head says is not kept until all pages are there: there may be thousands.
        return answer.ranges.flatMap { ($0?.keys ?? []).filter { sizes[$0.key] == $0.value.count }.map { ($0.key, $0.value) } }
    }

    // MARK: What was set aside

    /// What was set aside under a name, which nobody changes any more; `nil` where nothing was.
    func kept(_ name: String) async throws(EtcdFault) -> [UInt8]? {
        let parts = try await all(in: layout.kept(name))
        return parts.isEmpty ? nil : Array(parts.map(\.value).joined())
    }

    // MARK: The journal

    /// Reads the journal alone; `nil` where there is none.
    func journal() async throws(EtcdFault) -> (bytes: [UInt8], lines: Int)? {
        var contents = EtcdContents()
        let (first, revision) = try await gateway.range(EtcdRange(span: layout.journal, limit: Self.firstLines))
        try await readJournal(first, at: revision, into: &contents)
        return contents.journal.map { ($0, contents.journalLines) }
    }

    private func readJournal(_ first: EtcdRangeAnswer, at revision: Int, into contents: inout EtcdContents) async throws(EtcdFault) {
        var page = first
        if page.keys.isEmpty { return }
        var bytes: [UInt8] = []
        var expected = 1
        // Lines without a byte are some, too.
        var size = 0
        while true {
            size += page.size
            for line in page.keys {
                // A line that is missing breaks the chain of checksums; without the first one nothing would tell that this is a journal.
                if line.key != layout.journal(expected), expected == 1 { bytes += Array(Self.missingLine.utf8) }
                bytes += line.value
                bytes.append(0x0A)
                expected += 1
            }
            if !page.hasMore { break }
            if size > limit { throw .malformed("a journal of more than \(limit) bytes") }
            let last = page.keys[page.keys.count - 1].key
            let span = EtcdSpan(from: last + [0], to: layout.journal.end!)
            page = try await gateway.range(EtcdRange(span: span, limit: 2 * Self.firstLines, revision: revision)).answer
        }
        contents.journal = bytes
        contents.journalLines = expected - 1
    }

    /// Stands where the first line of a journal was: with a checksum that is wrong.
    private static let missingLine = "00000000 {\"event\":\"begin\",\"format\":\"\(JournalFile.format)\"}\n"
}

extension StateFault {
    /// - Parameters:
    ///   - place: the address of the state.
    ///   - access: what was to be done.
    ///   - call: by what it was to be done, where that is not the usual thing.
    init(_ fault: EtcdFault, _ place: String, _ access: FileProblem.Access, call: String? = nil) {
        let usual = access == .read ? "read" : access == .lock ? "flock" : "write"
        self = .io(path: place, call: call ?? usual, fault.message, cause: fault.cause, access)
    }
}

extension EtcdFault {
    /// By what a remedy is found.
    var cause: FileProblem {
        switch self {
        case .unavailable: .storeUnreachable
        case .noWay(let problem, _): problem
        case .otherCluster: .storeReplaced
        case .malformed, .longAnswer: .storeForeign
        case .noSpace: .storeFull
        case .tooLarge: .storeTooSmall
        case .denied: .storeDenied
        case .leaseGone: .lockLost
        case .compacted, .refused: .other
        }
    }
}

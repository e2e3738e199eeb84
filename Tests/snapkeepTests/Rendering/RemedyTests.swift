import Foundation
import SnapkeepCore
import SnapkeepEngine
import SnapkeepSandbox
import SnapkeepState
import Testing

@testable import SnapkeepCloud
@testable import SnapkeepRendering
@testable import snapkeep

/// Whatever ends a run says what to do next: a message without a remedy is of no use at three in the morning.
@Suite struct RemedyTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift files of a folder of the sources.
    private static func sources(_ folder: String) throws -> [(name: String, text: String)] {
        let folder = root.appending(path: "Sources/\(folder)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }

    /// The argument lists of the calls of an initializer: up to the bracket that closes them.
    private static func calls(of name: String, in text: String) -> [Substring] {
        var found: [Substring] = []
        var rest = text[...]
        while let call = rest.firstRange(of: name + "(") {
            let isWhole = call.lowerBound == text.startIndex || !(text[text.index(before: call.lowerBound)].isLetter)
            var depth = 1
            var end = call.upperBound
            while end < text.endIndex, depth > 0 {
                depth += text[end] == "(" ? 1 : text[end] == ")" ? -1 : 0
                end = text.index(after: end)
            }
            if isWhole { found.append(text[call.upperBound..<end]) }
            rest = text[call.upperBound...]
        }
        return found
    }

    @Test(
        "P9: every finding of the sources that is an error or a warning has a help",
        arguments: ["snapkeep", "SnapkeepRendering", "SnapkeepManifest", "SnapkeepCloud"])
    func everyFinding(_ target: String) throws {
        var seen = 0
        for (name, text) in try Self.sources(target) {
            for call in Self.calls(of: "Diagnostic", in: text) where call.contains("code:") && !call.contains(".note,") {
                seen += 1
                #expect(call.contains("help:") && !call.contains("help: nil"), "\(name): \(call.prefix(160))")
            }
        }
        #expect(seen > (target == "SnapkeepCloud" ? -1 : 30))
    }

    @Test(
        "P9: each error on the golden pages of findings is followed by its help",
        arguments: [
            "findings.txt", "findings-activities.txt", "findings-stops.txt", "findings-import.txt", "findings-zones.txt",
            "preflight.txt", "ten-mistakes.txt",
        ])
    func goldenPages(_ page: String) throws {
        let text = try String(contentsOf: Self.root.appending(path: "Tests/snapkeepTests/Golden/\(page)"), encoding: .utf8)
        let findings = text.split(separator: "\n\n").filter { $0.contains("error: ") }
        #expect(findings.count >= 2)
        for finding in findings { #expect(finding.contains("\nhelp: "), "\(page): \(finding)") }
        for word in ["mend", "told", "try again"] { #expect(!text.contains(word), "\(page) says '\(word)'") }
    }

    @Test("P9: what is wrong with an endpoint, a certificate or a log-in has a remedy of its own")
    func settings() {
        let endpoint: [EndpointProblem] = [
            .empty, .noScheme, .scheme("ftp"), .userInformation, .query, .fragment, .host("x"), .port("0"), .path(""), .version("v1"),
            .afterProject("x"), .placeholder,
        ]
        for problem in endpoint { #expect(!problem.help.isEmpty) }
        let trust: [TrustProblem] = [
            .unreadable(.authorities), .unreadable(.certificate), .unreadable(.privateKey), .certificateWithoutKey, .keyWithoutCertificate,
        ]
        #expect(trust.allSatisfy { $0.help.contains("openssl") || $0.help.contains("OS_") })
    }

    @Test(
        "P9: what to set so that a catalog tells the endpoint is said by name",
        arguments: [
            (
                ServiceCatalog.Query(interface: .internal, region: "b"),
                "set OS_REGION_NAME, or region_name in clouds.yaml, to one of these regions, or "
            ),
            (.init(region: "a"), "set OS_INTERFACE, or interface in clouds.yaml, to one of these interfaces, or "),
            (
                .init(interface: .internal, region: "a", version: .v3),
                "set OS_VOLUME_API_VERSION, or volume_api_version in clouds.yaml, to 2, or "
            ),
            (.init(region: "b", version: .v3), "set OS_REGION_NAME, OS_INTERFACE and OS_VOLUME_API_VERSION to what is listed, or "),
        ])
    func catalog(_ query: ServiceCatalog.Query, _ words: String) {
        let entry = ServiceCatalog.Entry(type: "volumev2", interface: "internal", region: "a", url: "https://a.example.com/v2")
        let problem = #expect(throws: CatalogProblem.self) { try ServiceCatalog(entries: [entry]).blockStorage(query) }
        #expect(problem?.help == words + "name the service with '--endpoint URL'")
    }

    private static let etcd = "etcd://db-1:2379/snapkeep/prod"

    @Test("P10: after a lock was lost, or the store has the state no more, all that is told names one next step, and the state's place")
    func oneNextStep() throws {
        let words = ["--state \(Self.etcd)"]
        let command = "snapkeep recover --state \(Self.etcd)"
        let gone = StateFault.io(path: Self.etcd, call: "write", "words", cause: .storeReplaced, .write)
        for (fault, cause) in [
            (StateFault.lockLost(path: Self.etcd, holder: nil), FileProblem.lockLost), (gone, .storeReplaced),
            (.replaced(path: Self.etcd, kept: nil), .takenAway),
        ] {
            #expect(fault.asksForRecovery)
            let journal = Diagnostic.journal(JournalFailure(path: Self.etcd, message: "words", cause: cause))
            for finding in [fault.diagnostic, journal] {
                let help = try #require(finding.leading(to: words).help)
                #expect(help.contains("'\(command)'") && !help.contains("same command"), "\(help)")
                #expect(!finding.notes.contains { $0.message.contains("goes into the state") })
            }
            for report in [ReportSamples.diskFull, ReportSamples.partly] {
                let text = ReportRenderer.render(
                    report, took: .zero, serial: nil, isRefused: true, width: nil, style: .plain, applyCommand: "snapkeep apply",
                    words: words)
                #expect(text.contains("`\(command)` finds it by its stamps") && !text.contains("snapkeep apply"), "\(text)")
                #expect(text.contains("Keep these ids.") == !report.unrecorded.isEmpty, "\(text)")
            }
        }
    }

    @Test("P6: a lock in doubt is not said to be looked at by the same command, which asks under another ID")
    func lockInDoubt() {
        func help(_ call: String, _ access: FileProblem.Access) -> String {
            StateFault.io(path: Self.etcd, call: call, "words", cause: .storeUnsure, access).diagnostic.help ?? ""
        }
        let remedy =
            "see with 'snapkeep unlock' who holds it: where that is this run, give the lock back with its token, as shown there"
        #expect(help("LOCK", .lock).hasPrefix(remedy))
        for help in [help("unlock", .lock), help("write", .write)] {
            #expect(help.hasPrefix("run the same command again: it looks first whether the service has done it"))
        }
    }

    @Test(
        "P9: a service that is asked with TLS where it has none, or without, is told how it must answer, or by which other address to ask it"
    )
    func schemes() {
        for (place, way, other) in [
            ("etcd://e:2379/p", ", without TLS", "etcds://e:2379/p"), ("etcds://e:2379/p", ", over TLS", "etcd://e:2379/p"),
            ("http://h/p", ", without TLS", "https://h/p"), ("https://h/p", ", over TLS", "http://h/p"),
        ] {
            #expect(FileProblem.storeUnreachable.remedy(for: place, .read).hasSuffix("it must answer at \(place)\(way)"))
            let remedy = FileProblem.storeOtherScheme.remedy(for: place, .read)
            #expect(remedy.hasSuffix("write the address with the other scheme: '--state \(other)'"))
            // Nobody is sent away from TLS as if that were nothing (P8).
            #expect(remedy.hasPrefix("check the host and the port") == (way == ", over TLS"), "\(remedy)")
        }
        #expect(FileProblem.storeUntrusted.remedy(for: "etcds://e/p", .read).contains("SNAPKEEP_ETCD_CACERT"))
        #expect(FileProblem.storeUntrusted.remedy(for: "https://h/p", .read).contains("SNAPKEEP_HTTP_CLIENT_CA_CERTIFICATE_PEM"))
    }

    @Test("P6: what etcd has set aside is told with the command that brings it back; a file is there already")
    func keptStates() {
        let kept = ["etcd://127.0.0.1:2379/kept/of a team/kept/20261128T174007Z-19/state"]
        #expect(
            KeptState.wayBack(to: kept + [kept[0].replacing("/state", with: "/journal")])
                == "To bring it back into a file: snapkeep state pull --kept 20261128T174007Z-19 "
                + "--state 'etcd://127.0.0.1:2379/kept/of a team' --out former.json\n")
        for files in [[], ["snapkeep.state.json.damaged-20261128T174007Z", "/home/u/kept/etcd/state"]] {
            #expect(KeptState.wayBack(to: files).isEmpty)
        }
    }

    @Test("P1: whether a state was written that nobody has confirmed is told as not known")
    func inDoubt() {
        for (cause, isInDoubt) in [(FileProblem.storeUnreachable, true), (.storeUnsure, true), (.noSpace, false), (.storeDenied, false)] {
            let fault = StateFault.io(path: Self.etcd, call: "write", "words", cause: cause, .write)
            #expect(fault.isInDoubt == isInDoubt)
            let text = ReportRenderer.render(
                ReportSamples.journaled, took: .zero, serial: nil, isInDoubt: fault.isInDoubt, width: nil, style: .plain,
                applyCommand: "snapkeep apply")
            #expect(text.contains("whether the state is written is not known") == isInDoubt, "\(text)")
            #expect(text.contains("the state is not written") == !isInDoubt, "\(text)")
        }
    }

    @Test("P9: where the folder of this machine's journals takes nothing, the variable is told that names it")
    func ownFolder() throws {
        let workspace = try Workspace()
        try workspace.write("home", "a file where a folder is expected")
        let folder = workspace.folder.appending(path: "home/.local/state/snapkeep/host-1").path
        let fault = #expect(throws: StateFault.self) { try LocalJournals(folder: folder).keep([], as: "x") }
        let help = try #require(fault?.diagnostic.help)
        #expect(help.contains("name a folder of yours with XDG_STATE_HOME, else HOME"), "\(help)")
        #expect(fault?.diagnostic.message.hasPrefix("cannot make the folder: ") == true)
    }

    // Seen by users: too many open files ended in "make room", a proxy's 204 in "check the credentials", a 503 in "too many requests".
    @Test("P9: the remedy fits the cause: of the journal, of a file that cannot be read or written, of the output")
    func causes() throws {
        for cause in FileProblem.allCases {
            let failure = JournalFailure(path: "s.json.journal", message: "open: words", cause: cause)
            let finding = Diagnostic.journal(failure)
            let remedy = cause.remedy(for: "s.json.journal", .write)
            if cause == .lockLost || cause == .storeReplaced {
                // Whoever runs the same command again may go on from another state.
                #expect(finding.help?.hasPrefix(remedy + "; ") == true && finding.help?.contains("'snapkeep recover'") == true)
                #expect(finding.help?.contains("same command") == false)
            } else {
                #expect(finding.help == remedy + "; then run the same command again")
            }
            // What a store held that was replaced is not there any more.
            #expect(finding.notes.contains { $0.message.contains("is safe") } == (cause != .storeReplaced))
        }
        let full = Diagnostic.unwritable("plans/next.plan", ENOSPC)
        #expect(
            full.message == "cannot write the file: No space left on device"
                && full.help?.hasPrefix("make room on the disk: 'df -h plans'") == true)
        for finding in [Diagnostic.unwritable("next.plan", EMFILE), .unreadable("next.plan", EMFILE)] {
            #expect(finding.help == "raise the limit of open files in this shell: 'ulimit -n 1024'; then run it again")
        }
        #expect(Diagnostic.unreadable("prod", EACCES, isFolder: true).message == "cannot list the folder: Permission denied")
        #expect(Diagnostic.unreadable("<stdin>", EISDIR).help?.contains("-f -") == true)
        #expect(Diagnostic.outputFailed(ENOSPC).help?.contains("a disk with room") == true)
    }

    @Test("P9: an answer is named by what it is: 204 is not a verdict on the credentials, 503 is not too many requests")
    func answers() throws {
        func fault(_ kind: ServiceFault.Kind, _ status: Int?) -> ServiceFault {
            ServiceFault(kind, request: "GET /v3/p/snapshots", status: status, message: "words")
        }
        let key = try SnapshotKey("a")
        for status in [204, 302] {
            let finding = Diagnostic.unauthenticated(fault(.unauthenticated, status))
            #expect(!finding.message.contains("does not accept the credentials"), "\(finding.message)")
            #expect(finding.help?.contains("snapkeep doctor") == true)
            #expect(!Diagnostic.loginFailed(.fault(fault(.unauthenticated, status))).message.contains("does not accept the credentials"))
        }
        #expect(Diagnostic.unauthenticated(fault(.unauthenticated, 401)).message == "the cloud does not accept the credentials (HTTP 401)")
        let busy = fault(.throttled(retryAfter: nil), 503)
        for text in [busy.reason, Diagnostic.throttled(key, .create, busy, at: nil).message] {
            #expect(text.contains("the service is not available for now (HTTP 503)") && !text.contains("too many"), "\(text)")
        }
        for status in [429, 498, 413] { #expect(fault(.throttled(retryAfter: nil), status).reason == "too many requests (HTTP \(status))") }
    }

    @Test("P9: what stops a sandbox is told at its file, in the system's words, with what to do")
    func sandbox() throws {
        let full = Diagnostic.sandboxFailed(.dataFile(path: "cloud.jsonl", operation: "write", errno: ENOSPC))
        #expect(full.subject == .named("cloud.jsonl") && full.message.hasSuffix("cannot write its data file: No space left on device"))
        #expect(full.help?.hasPrefix("make room on the disk") == true)
        let shared = Diagnostic.sandboxFailed(.dataFile(path: "cloud.jsonl", operation: "lock", errno: EWOULDBLOCK))
        #expect(shared.help == "end the other sandbox that uses the file, or name another with '--data FILE'")
        #expect(Diagnostic.sandboxFailed(.damaged(path: "cloud.jsonl", line: 3, reason: "not JSON")).subject == .named("cloud.jsonl:3"))
        #expect(Diagnostic.sandboxFailed(.otherProject(path: "cloud.jsonl", recorded: "p1")).help?.contains("--project-id p1") == true)
        let (early, late) = (try SandboxInstant(parsing: "2026-03-01T02:00:00Z"), try SandboxInstant(parsing: "2026-03-02T02:00:00Z"))
        #expect(
            Diagnostic.sandboxFailed(.clockBehind(path: "cloud.jsonl", wanted: early, shown: late)).help
                == "set it to that instant or a later one, or name another file with '--data FILE'")
        let address = ListenAddress(host: "127.0.0.1", port: 80)
        func help(_ number: Int32) -> String? {
            struct Words: Error, CustomStringConvertible { var description: String }
            return Diagnostic.cannotServe(Words(description: "bind(descriptor:ptr:bytes:): words (errno: \(number))"), address).help
        }
        #expect(Set([EADDRINUSE, EACCES, EADDRNOTAVAIL, EMFILE, EIO].map(help)).count == 5)
    }

    @Test("P6: a temporary file that a dead run left is not in the way, and never the one that is named")
    func temporaryFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "snapkeep-output-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "next.plan").path
        try Data("old".utf8).write(to: URL(filePath: "\(path).\(getpid()).tmp"))
        try OutputFile.write(Array("new".utf8), to: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        #expect(try String(contentsOfFile: "\(path).\(getpid()).tmp", encoding: .utf8) == "old")
        let missing = folder.appending(path: "no/next.plan").path
        let failure = #expect(throws: Failure.self) { try OutputFile.write([], to: missing) }
        #expect(
            failure?.diagnostics.first?.subject == .named(missing) && failure?.diagnostics.first?.help?.hasPrefix("check the path") == true)
    }
}

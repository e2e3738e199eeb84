import ArgumentParser
import Glibc
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepSandbox
import SnapkeepState

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Serve the block-storage API on loopback: a cloud to try things on.",
        discussion: """
            It answers as the clouds do (v2 and v3), keeps its data in a file, and goes wrong on request. Ctrl-C ends it.

            FAULTS: METHOD PATHPART WHEN KIND. METHOD and PATHPART may be *; WHEN is 3, 2-5, 4-, every:3 or always, of the requests that \
            match. A plain kind keeps the request from the service; with -after the service acts on it first.
              'POST snapshots 3 429=2'          throttled, Retry-After 2 seconds
              'POST snapshots 2-5 500-after'    done, then answered with 500
              'POST snapshots 1 403/EVS.2144'   refused with the service's own code
              'POST snapshots 1 cut-before'     connection closed, nothing done
              'POST * every:3 cut-after'        done, no answer
              'POST snapshots 1 cut-middle'     done, half of the answer
              'POST snapshots 1 late=5'         no answer, done 5 seconds later
              'GET * always slow=1.5'           waits, then acts and answers
              'POST * 4- slow-after=1.5'        acts, then waits with the answer
              'GET detail 2 wrong-json'         JSON of an unknown shape
              'GET detail 2 torn-json'          JSON that ends too early
              'GET * 1 html'                    a proxy's page, status 502
              'POST * 1 html-after'             the same, and it is done
              'GET * 1 html=403'                a page of any status, also -after
              'GET * 1 bare=401'                a status alone, also -after
              'POST snapshots 1 twice'          the request arrives two times
              'GET detail always list-endless'  full pages without an end
              'GET detail always list-circle'   the same page again and again
              'GET detail 1 list-rows=400000'   one page of so many rows
              'GET detail 1 list-arrays=9000'   one page of empty arrays
            The embedded sandbox takes them too: snapkeep apply --sandbox --sandbox-fault 'POST snapshots 1 cut-after'

            METADATA: a snapshot, or a volume where it has a meaning, behaves as these of its entries say
              sandbox.delay=3          its operations take 3 seconds more
              sandbox.fail=create      it ends in status error
              sandbox.fail=delete      its deletion ends in error_deleting
              sandbox.fail=vanish      it is gone instead of available
              sandbox.fail=busy        its deletion is accepted and not done
              sandbox.fail=dependent   its deletion is refused

            VOLUMES: they are listed, shown, made (empty or from a snapshot) and deleted, as by 'openstack volume create --size 10 \
            orders'. They go from creating to available, and from deleting to nothing, in the same time as snapshots. One that is attached, or has \
            snapshots, is not deleted: 400, in Cinder's words. With ?cascade=true ('--purge'), and always in Huawei's dialect, \
            its snapshots go with it.

            CLOCK: the times that answers show, and their Date, are those of a clock of the sandbox's own. It can be set forward, never back, \
            at the start by --clock and later by a path that no cloud has; then it runs on. What takes time takes as long as before: \
            delays, tokens and signatures go by the system's clock.
              curl http://127.0.0.1:8776/sandbox/clock
              curl -X PUT -d '{"now": "2026-03-02T02:00:00Z"}' http://127.0.0.1:8776/sandbox/clock

            LIMITS: --snapshots-per-volume 7 is what some clouds keep of one volume. Whatever is there counts, and one more is refused as \
            when a quota is used up: 413.

            POLICIES: --auto-snapshots orders=2 gives a volume two snapshots of the cloud's own backup service, autobk_snapshot_1 and \
            autobk_snapshot_2. They count, and can only be looked at: a change or a deletion is refused, 403.

            LOG-IN: without --identity and --write-clouds every token is good, and so is none. With either there is an identity \
            service at /identity/v3, and nobody gets in without a token of its or a signature (SDK-HMAC-SHA256).
              --identity FILE   username, password, application_credential_id and _secret, access_key, secret_key and \
            security_token, project_name, user_domain_name and region_name, in YAML or JSON
              no such file      fresh random credentials, which --write-clouds passes on

            EXAMPLES:
              snapkeep sandbox --listen 127.0.0.1:8776 --data cloud.jsonl
              snapkeep sandbox --volumes volumes.yaml --snapshot-quota 10
              snapkeep sandbox --clock 2026-03-01T02:00:00Z --snapshots-per-volume 7
              snapkeep sandbox --write-clouds clouds.yaml      and then: snapkeep doctor --cloud sandbox
              snapkeep sandbox --log-level debug               a line for each request, and what goes wrong with it
              OS_TOKEN=any snapkeep apply --endpoint http://127.0.0.1:8776/v3 --project-id 0c2eba2c5af04d3f9e9d0d410b371fde
            """,
        subcommands: [SandboxResetCommand.self])

    @Option(name: .customLong("listen"), help: ArgumentHelp("Where to listen; port 0 takes any free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 8776)

    @Option(
        name: .customLong("data"), help: ArgumentHelp("Keep volumes and snapshots in this file. Default: in memory.", valueName: "file"),
        completion: Completions.anyFile)
    var data: String?

    @Option(
        name: .customLong("volumes"),
        help: ArgumentHelp("YAML or JSON list of volumes (id, name, size, status). Default: every id exists.", valueName: "file"),
        completion: Completions.anyFile)
    var volumes: String?

    @Option(name: .customLong("project-id"), help: ArgumentHelp("The project that paths must name.", valueName: "id"))
    var projectID = SandboxConfiguration().projectID

    @Option(name: .customLong("token"), help: ArgumentHelp("The token that requests must carry. Default: any.", valueName: "text"))
    var token: String?

    @Option(
        name: .customLong("identity"), help: ArgumentHelp("Let in who has the credentials of this file.", valueName: "file"),
        completion: Completions.anyFile)
    var identity: String?

    @Option(
        name: .customLong("write-clouds"),
        help: ArgumentHelp("Write a clouds.yaml (mode 600) whose entry 'sandbox' leads here.", valueName: "file"),
        completion: Completions.anyFile)
    var clouds: String?

    @Option(name: .customLong("token-lifetime"), help: ArgumentHelp("How long a token is good for.", valueName: "time"))
    var tokenLifetime = TimeSpan(.seconds(3600))

    @Option(name: .customLong("create-delay"), help: ArgumentHelp("How long a snapshot or volume stays 'creating'.", valueName: "time"))
    var createDelay = TimeSpan(.milliseconds(100))

    @Option(name: .customLong("delete-delay"), help: ArgumentHelp("How long a snapshot or volume stays 'deleting'.", valueName: "time"))
    var deleteDelay = TimeSpan(.milliseconds(100))

    @Option(name: .customLong("latency"), help: ArgumentHelp("How long each answer is held back.", valueName: "time"))
    var latency = TimeSpan(.zero)

    @Option(name: .customLong("snapshot-quota"), help: ArgumentHelp("Most snapshots.", valueName: "n"))
    var snapshotQuota: Int?

    @Option(name: .customLong("snapshots-per-volume"), help: ArgumentHelp("Most snapshots of one volume.", valueName: "n"))
    var snapshotsPerVolume: Int?

    @Option(name: .customLong("gigabytes-quota"), help: ArgumentHelp("Most GiB of volumes and snapshots together.", valueName: "n"))
    var gigabytesQuota: Int?

    @Option(
        name: .customLong("clock"),
        help: ArgumentHelp("Set its clock forward to this instant, such as 2026-03-01T02:00:00Z.", valueName: "instant"),
        transform: { try SandboxInstant(parsing: $0) })
    var clock: SandboxInstant?

    @Option(
        name: .customLong("auto-snapshots"),
        help: ArgumentHelp(
            "Snapshots of a volume (id or name) that the cloud's own backup service has made; repeatable.", valueName: "volume=n"),
        transform: { try AutoSnapshots(parsing: $0) })
    var autoSnapshots: [AutoSnapshots] = []

    @Option(name: .customLong("page-size"), help: ArgumentHelp("Most rows of one page.", valueName: "n"))
    var pageSize = 1000

    @Flag(
        name: .customLong("public-links"),
        help: "Let the links to next pages lead back here, for clients that follow them. Default: to an address inside the cloud.")
    var publicLinks = false

    @Option(
        name: .customLong("dialect"), help: ArgumentHelp("Whose errors: openstack or huawei.", valueName: "cloud"), transform: readDialect)
    var dialect: SandboxDialect = .openstack

    @Option(
        name: .customLong("fault"), help: ArgumentHelp("What goes wrong, see above; repeatable.", valueName: "rule"),
        transform: { try FaultRule(parsing: $0) })
    var faults: [FaultRule] = []

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if pageSize < 1 { throw ValidationError("--page-size takes 1 or more") }
        if token != nil && (identity != nil || clouds != nil) {
            throw ValidationError("--token is for a sandbox without log-in; leave it out beside --identity and --write-clouds")
        }
    }

    func run() async throws {
        let session = Session(global)
        try await session.run {
            var configuration = SandboxConfiguration(
                host: listen.host, port: listen.port, dataFile: data, projectID: projectID, token: token, madeUpVolumes: volumes == nil,
                createDelay: createDelay.duration, deleteDelay: deleteDelay.duration, answerLatency: latency.duration,
                snapshotQuota: snapshotQuota, snapshotsPerVolume: snapshotsPerVolume, gigabytesQuota: gigabytesQuota, maxPageSize: pageSize,
                dialect: dialect, clock: clock, autoSnapshots: autoSnapshots, faults: faults)
            if let volumes { configuration.volumes = try readVolumes(volumes) }
            if publicLinks { configuration.internalAuthority = nil }
            if identity != nil || clouds != nil {
                configuration.identity = try identity.map { try SandboxIdentity(file: $0) } ?? .random()
                configuration.identity?.tokenLifetime = tokenLifetime.duration
            }
            if let clouds { try SandboxClouds.check(clouds) }
            return try await serve(configuration, session)
        }
    }

    private func serve(_ configuration: SandboxConfiguration, _ session: Session) async throws -> ExitStatus {
        try ProcessLimits.check(connections: 16)
        let stops = try StopSignals.shared.beginChanges()
        let (ports, ready) = AsyncStream.makeStream(of: (Int, SandboxContents).self)
        let environment = SandboxEnvironment.logging(to: session.logger)
        return try await withThrowingTaskGroup(of: SandboxContents?.self) { group in
            group.addTask {
                try await SandboxServer(configuration: configuration, environment: environment).run { ready.yield(($0, $1)) }
            }
            group.addTask { [self] in
                for await (port, contents) in ports {
                    try announce(ListenAddress(host: listen.host, port: port), contents, configuration.identity, session.console)
                    break
                }
                for await _ in stops { break }
                return nil
            }
            var contents: SandboxContents?
            do {
                while let ended = try await group.next() {
                    contents = ended ?? contents
                    group.cancelAll()
                }
            } catch let error as SandboxError {
                throw error
            } catch let failure as Failure {
                throw failure
            } catch { throw Failure(.error, .cannotServe(error, listen)) }
            if let contents { try? session.console.write(Self.farewell(contents, data: data)) }
            return .done
        }
    }

    /// The last line: what is left, and how to go on with it.
    static func farewell(_ contents: SandboxContents, data: String?) -> String {
        guard let data else { return "Ended; its data was in memory and is gone.\n" }
        let next = "snapkeep sandbox --data \(data.quotedForShell)"
        return "Ended; \(VisibleText.escaped(data)) holds \(contents.words). Go on with it: \(next)\n"
    }

    /// Says where the sandbox is, once it is there; what the line promises has been written by then.
    private func announce(
        _ address: ListenAddress, _ contents: SandboxContents, _ identity: SandboxIdentity?, _ console: Console
    ) throws {
        var text = "Serving http://\(address)/v3 for project \(projectID) (and /v2); Ctrl-C ends it.\n"
        text +=
            data.map { "It keeps its data in \(VisibleText.escaped($0)): \(contents.words).\n" }
            ?? "It keeps its data in memory, for as long as it runs; --data FILE keeps it.\n"
        if data == nil, let clock = contents.clock { text += "Its clock is at \(clock.minuteText) UTC.\n" }
        if let identity {
            text += "Log in at http://\(address)/identity/v3.\n"
            if let clouds {
                let file = SandboxClouds(identity: identity, authority: address.description)
                try OutputFile.write(Array(file.text.utf8), to: clouds)
                let names = file.entries.map { "'\($0.name)'" }.joined(separator: ", ")
                text += "\(VisibleText.escaped(clouds)) has the entries \(names).\n"
            }
        }
        if identity == nil, token == nil, !address.isLoopback {
            text += "There is no log-in, and whoever reaches this address can use it: '--identity FILE' asks for one.\n"
        }
        try? console.write(text)
    }

    private func readVolumes(_ path: String) throws -> [SandboxVolume] {
        let source = try InputFiles.read(path: path)
        let (listed, diagnostics) = VolumeListReader.read(source)
        guard diagnostics.isEmpty else { throw ManifestFailure(sources: [source], diagnostics: diagnostics) }
        return listed.map { volume in
            SandboxVolume(
                id: volume.id.text, name: volume.name, size: volume.size ?? 10,
                status: volume.status.flatMap(SandboxVolume.Status.init(rawValue:)) ?? .available)
        }
    }
}

/// The dialect of a name.
private func readDialect(_ name: String) throws -> SandboxDialect {
    guard let dialect = SandboxDialect(rawValue: name) else { throw ValidationError("expected openstack or huawei") }
    return dialect
}

/// `HOST:PORT`, `[::1]:PORT` or `:PORT`.
struct ListenAddress: ExpressibleByArgument, CustomStringConvertible {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(argument[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.init(host: host.isEmpty ? "127.0.0.1" : host, port: port)
    }

    /// Whether only this machine reaches it.
    var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" || host == "localhost" }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var defaultValueDescription: String { description }
}

extension Diagnostic {
    static func cannotServe(_ error: any Error, _ address: ListenAddress) -> Diagnostic {
        let words = String(describing: error)
        let number = systemError(in: words)
        let reason = number.map { String(cString: strerror($0)) } ?? words
        let help =
            switch number {
            case EADDRINUSE: "end what uses the port, or take any free one with '--listen 127.0.0.1:0'"
            case EACCES, EPERM: "take a port above 1023, or any free one with '--listen 127.0.0.1:0'"
            case EADDRNOTAVAIL, EAFNOSUPPORT: "name an address of this machine: 'ip addr' shows them, and 127.0.0.1 is always one"
            case EMFILE, ENFILE: FileProblem(errno: number ?? 0).remedy(for: "", .write)
            default: "take another address, for example '--listen 127.0.0.1:0'"
            }
        return Diagnostic(
            .error, code: "cannot-serve", "cannot listen on \(VisibleText.escaped(address.description)): \(VisibleText.escaped(reason))",
            help: help)
    }

    /// The number at the end of `bind(…): Address already in use (errno: 98)`, as the server's library words it.
    private static func systemError(in words: String) -> Int32? {
        let mark = "(errno: "
        guard words.hasSuffix(")"), let opening = words.lastIndex(of: "("), words[opening...].hasPrefix(mark) else { return nil }
        return Int32(words[opening...].dropFirst(mark.count).dropLast())
    }
}

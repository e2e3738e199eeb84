import ArgumentParser
import Crypto
import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering

/// Who is told of runs that failed, let something go, or found what they did not expect.
struct NotifyOptions: ParsableArguments {
    @Option(
        name: .customLong("notify"),
        help: ArgumentHelp(
            "Post a JSON message there at the end of a run that failed, expired something or found drift. May be repeated; "
                + "SNAPKEEP_NOTIFY names more.", valueName: "url"))
    var urls: [String] = []
}

/// Posts messages at the end of a run. What becomes of them changes neither the run nor its exit code.
struct Notifier: Sendable {
    static let urlsVariable = "SNAPKEEP_NOTIFY"
    static let secretVariable = "SNAPKEEP_NOTIFY_SECRET"

    let command: String
    private let targets: [HookURL]
    private let secret: String?
    private let proxies: ProxyRules

    /// Tries and pauses together stay below ten seconds: a pipeline that is being stopped waits no longer.
    private static let tries = 3
    private static let pause: Duration = .milliseconds(400)
    private static let requestTimeout: Duration = .seconds(2)

    /// - Throws: `Failure` for a URL that is none; it is not quoted, for it may be a secret.
    init(_ urls: [String], command: String, environment: ProcessEnvironment) throws {
        self.command = command
        let named = (environment[Self.urlsVariable] ?? "").split(whereSeparator: \.isWhitespace).map { (String($0), Self.urlsVariable) }
        targets = try (urls.map { ($0, "--notify") } + named).map { text, origin in
            do throws(EndpointProblem) { return try HookURL.parse(text) } catch { throw Failure(.usage, .badNotifyURL(from: origin)) }
        }
        secret = environment[Self.secretVariable].flatMap { $0.isEmpty ? nil : $0 }
        proxies = targets.isEmpty ? .none : try CloudSettings.proxies(environment)
    }

    /// Tells everybody, at once.
    ///
    /// - Returns: what is to be said of those who could not be told.
    func tell(_ notice: RunNotice) async -> [Diagnostic] {
        if targets.isEmpty || notice.reasons.isEmpty { return [] }
        let body = notice.message(at: SystemTime.now(), version: Snapkeep.version)
        let configuration = AsyncHTTPTransport.Configuration(
            connectTimeout: Self.requestTimeout, requestTimeout: Self.requestTimeout, connections: targets.count, proxies: proxies)
        let problems = try? await AsyncHTTPTransport.with(configuration) { transport in
            await withTaskGroup(of: Diagnostic?.self) { group in
                for target in targets {
                    group.addTask { await post(body, to: target, by: transport).map { .notNotified(target.host, $0) } }
                }
                return await group.reduce(into: [Diagnostic]()) { if let problem = $1 { $0.append(problem) } }
            }
        }
        return problems ?? targets.map { .notNotified($0.host, "no connection could be opened") }
    }

    /// - Returns: why it was not taken; `nil` when it was.
    private func post(_ body: [UInt8], to target: HookURL, by transport: AsyncHTTPTransport) async -> String? {
        var fields = [HeaderField("Content-Type", "application/json"), HeaderField("User-Agent", "snapkeep/\(Snapkeep.version)")]
        if let secret {
            let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.utf8)))
            fields.append(HeaderField("X-Snapkeep-Signature", "sha256=\(Hexadecimal.text(code))"))
        }
        var reason = ""
        for attempt in 1...Self.tries {
            if attempt > 1 { try? await Task.sleep(for: Self.pause * (attempt - 1)) }
            do throws(TransportFault) {
                let answer = try await transport.send(target.post(body, fields))
                if (200..<300).contains(answer.status) { return nil }
                reason = "HTTP \(answer.status)"
                // Said again it would be answered alike.
                if answer.status != 429 && answer.status < 500 { return reason }
            } catch { reason = error.message }
        }
        return reason
    }
}

extension Diagnostic {
    static func badNotifyURL(from origin: String) -> Diagnostic {
        Diagnostic(
            .error, code: "notify-url", "\(origin) names no URL that a message can be posted to",
            help: "write https://HOST/PATH in printable ASCII, without user and password; it is not shown here, for it may be a secret")
    }

    /// Whether `--quiet` leaves it: an error, and that nobody was told. Whoever runs in silence relies on being told.
    var isToldInQuiet: Bool { severity == .error || code == "not-notified" }

    static func notNotified(_ host: String, _ reason: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "not-notified", "\(VisibleText.escaped(host)) was not told of this run: \(VisibleText.escaped(reason))",
            notes: [.init("the run itself and its exit code are not affected", at: .none)],
            help: "check the URL of --notify or \(Notifier.urlsVariable); 'snapkeep history' shows what runs did")
    }
}

import Crypto
import FoundationEssentials
import SnapkeepCloud
import SnapkeepCore
import Synchronization

/// Speaks the protocol of Terraform's `http` backend: one document at an address, and a lock.
///
/// A request is sent again only where that is safe: a read always, a lock because its answer tells whose it is, a write after it was looked at
/// what stands there now. What stays unknown is told as unknown.
struct HTTPStateClient: Sendable {
    let settings: HTTPStateSettings
    private let transport: any HTTPTransport
    /// Waits between two tries.
    let sleep: @Sendable (Duration) async -> Void
    private let clock: StoreClock
    private let version: String
    private let namesNobody = NamesNobody()
    private let silence = HTTPStateSilence()
    private let onSilence: @Sendable (_ words: String, _ remaining: Duration) -> Void
    /// Waits beside a request that takes long; `nil` tells of none.
    private let watch: (@Sendable (Duration) async -> Void)?

    /// No document is read further, in bytes. A state of 1,000,000 snapshots has less.
    static let documentLimit = 512 << 20
    /// The body of a lock is short.
    private static let answerLimit = 64 << 10
    /// How long what was looked at counts, where the server itself does not compare what is written over; of a long document a second more for
    /// each MiB, which has to be read in that time.
    private static let lookAge: Duration = .seconds(10)
    /// How long a request about the lock may take: it is short, and an answer that took longer tells of a time too long ago.
    static let lockTimeLimit = HTTPStateStore.confirmationAge
    /// A server that does not answer is told of after so long.
    private static let silenceToTell: Duration = .seconds(3)
    /// A server that has not answered for so long is asked once for each further thing, and a document is not waited for as long as usual: a run
    /// ends with several steps.
    static let patience: Duration = .seconds(60)
    private static let lastTimeLimit: Duration = .seconds(30)

    /// - Parameters:
    ///   - version: of this program.
    ///   - clock: goes on while the process is stopped.
    ///   - sleep: waits between two tries.
    ///   - watch: waits beside a request that takes long, which is told once that returns; `nil` tells of none.
    ///   - onSilence: is told, once until somebody answers again, that nobody does, of what was met last, and how much longer it is tried at
    ///     most.
    init(
        _ settings: HTTPStateSettings, transport: any HTTPTransport, version: String, clock: StoreClock = StoreClock(ContinuousClock()),
        sleep: @escaping @Sendable (Duration) async -> Void,
        watch: (@Sendable (Duration) async -> Void)? = nil,
        onSilence: @escaping @Sendable (_ words: String, _ remaining: Duration) -> Void = { _, _ in }
    ) {
        self.settings = settings
        self.transport = UncancelledTransport(base: transport)
        self.version = version
        self.clock = clock
        (self.sleep, self.watch) = (sleep, watch)
        self.onSilence = onSilence
    }

    // MARK: Reading

    /// The document's bytes; `nil` where none was written yet.
    func read() async throws(HTTPStateProblem) -> [UInt8]? {
        let answer = try await get()
        switch answer.status {
        case 200:
            if answer.isTruncated { throw .foreign("the answer is longer than any state: \(Self.documentLimit >> 20) MiB") }
            if let sum = answer.field("Content-MD5"), sum != Self.md5(answer.body) {
                throw .unreachable("the document came damaged over the network: its Content-MD5 differs")
            }
            if !answer.body.isEmpty { return answer.body }
            // GitLab says 204 of a state that nobody has written.
            if settings.dialect == .gitLab { throw .foreign("the server answers with an empty document, which GitLab does not") }
            return nil
        case 204: return nil
        case 404:
            // GitLab says it of a state that nobody has written and of a project that this user may not see, and says it in JSON. Other servers
            // may say it with a page.
            guard settings.dialect == .gitLab else { return nil }
            if !answer.body.allSatisfy({ $0 <= 0x20 }), !HTTPStateAnswer.isObject(answer.body) {
                throw .foreign("the server answers with status 404 and a page, which GitLab does not")
            }
            if message(answer)?.lowercased().contains("project") == true { throw problem(answer) }
            return nil
        default: throw problem(answer)
        }
    }

    // MARK: Writing

    /// Writes the document.
    ///
    /// - Parameters:
    ///   - bytes: of the new document.
    ///   - former: the bytes that stand there now, or `nil`; what else stands there is somebody else's, and is left.
    /// - Throws: `HTTPStateProblem`; `.unsure` where it may stand there or not, and after every other one it does not.
    func write(_ bytes: [UInt8], over former: [UInt8]?, lock id: String) async throws(HTTPStateProblem) {
        let call = HTTPStateSettings.Call(method: settings.update.method, address: settings.address.adding("ID", id))
        // Read only where somebody looks: they may have megabytes.
        lazy var written = Standing(bytes)
        lazy var before = former.map { Standing($0) } ?? .nothing
        var tries = 0
        // Whether an earlier try may have got through.
        var isInDoubt = false
        while true {
            let problem: HTTPStateProblem
            let isPassing: Bool
            // A serial that was taken before: by this document, whose answer was lost, or by somebody else's.
            var isFenced = false
            var mayLeave: @Sendable () -> Bool = { true }
            if settings.dialect == .plain {
                // A server whose rules are not known may take every serial: that nobody has written since is looked at, and what was seen
                // does not count for long. The process may be stopped behind it.
                let (clock, end) = (clock, clock.now() + Self.lookAge + .seconds((former?.count ?? 0) >> 20))
                mayLeave = { clock.now() < end }
                let now: Standing
                do throws(HTTPStateProblem) { now = try await look() } catch { throw isInDoubt ? .unsure(error.words) : error }
                if isInDoubt, now == written { return }
                if now != before { throw .replaced }
            }
            switch await send(call, body: bytes, limit: Self.answerLimit, mayLeave: mayLeave) {
            case .failure(let fault):
                problem = fault.kind == .notSent && !isInDoubt ? .unreachable(fault.message) : .unsure(fault.message)
                isPassing = true
                if fault.kind == .uncertain { isInDoubt = true }
            case .success(let answer):
                let isSaid = Self.isWritten(answer, settings.dialect)
                // GitLab has nothing to add. Who has may be a page for logging in, in front of it or in its place.
                let isAnswered = isSaid && (settings.dialect == .plain || answer.body.allSatisfy { $0 <= 0x20 })
                if isAnswered {
                    if settings.dialect == .plain { try await verify(written) }
                    return
                }
                isPassing = HTTPStateAnswer.isPassing(answer.status)
                // A gateway that fails does not know what the server behind it has done.
                if isSaid || HTTPStateAnswer.isServersFailure(answer.status) { isInDoubt = true }
                isFenced = answer.status == 422
                problem = isSaid ? .foreign("the server does not answer a write as GitLab does, which says nothing") : refusal(of: answer)
            }
            var isSeen = true
            if isInDoubt || isFenced {
                if let now = try? await look() {
                    if now == written { return }
                    if now != before {
                        if case .lockLost = problem { throw problem }
                        throw .replaced
                    }
                } else {
                    isSeen = false
                }
            }
            guard isPassing, mayTryAgain(tries) else {
                // A refusal may be that of a document which an earlier try has brought there.
                if isInDoubt, isPassing || !isSeen { throw .unsure(problem.words) }
                throw problem
            }
            await wait(pause(tries), tries, problem.words)
            tries += 1
        }
    }

    /// What stands at the address, as far as it counts: laid out anew it is the same.
    private enum Standing: Hashable {
        case nothing
        case document(HTTPStateDocument)
        case other([UInt8])

        init(_ bytes: [UInt8]) {
            self = (try? HTTPStateDocument(bytes)).map { .document($0) } ?? .other(bytes)
        }
    }

    private func look() async throws(HTTPStateProblem) -> Standing { try await read().map { Standing($0) } ?? .nothing }

    /// What a server whose rules are not known says it has written is looked at as well.
    private func verify(_ written: Standing) async throws(HTTPStateProblem) {
        do throws(HTTPStateProblem) {
            if try await look() != written { throw .foreign("the server says that it has taken the document, and gives back another one") }
        } catch {
            if case .foreign = error { throw error }
            throw .unsure("the server has taken the document, and what stands there now cannot be read: \(error.words)")
        }
    }

    private static func isWritten(_ answer: HTTPAnswer, _ dialect: HTTPStateSettings.Dialect) -> Bool {
        switch answer.status {
        case 200, 201: true
        // GitLab says so where it found no document in the request.
        case 204: dialect == .plain
        default: false
        }
    }

    private func refusal(of answer: HTTPAnswer) -> HTTPStateProblem {
        switch answer.status {
        case 409, 423: return .lockLost(holder(in: answer))
        case 412: return .replaced
        case 422: return .refused("the server does not take the document\(message(answer).map { ": \($0)" } ?? "")")
        case 204: return .refused("the server found no document in the request: does a proxy take it away?")
        default: return problem(answer)
        }
    }

    // MARK: The lock

    /// Takes the lock.
    ///
    /// - Throws: `.locked` where another one has it.
    func lock(_ lock: HTTPStateLock) async throws(HTTPStateProblem) {
        do throws(HTTPStateProblem) {
            if let holder = try await requestLock(lock), holder.id != lock.id { throw .locked(holder) }
        } catch { throw error.naming(lock, settings.dialect) }
        if settings.dialect == .plain { try await tryTwice(lock) }
    }

    /// Who has the lock, seen by trying to take it.
    ///
    /// - Parameter onLeft: is told of a lock that was had, or may have been, and why it could not be given back.
    /// - Returns: `nil` where nobody had it.
    /// - Throws: `.withoutLock` where the server gives it to everybody, so that it tells of nobody.
    func holder(
        _ probe: HTTPStateLock, onLeft: (HTTPStateLock, HTTPStateProblem) -> Void
    ) async throws(HTTPStateProblem) -> HTTPStateHolder? {
        do throws(HTTPStateProblem) {
            if let holder = try await requestLock(probe), holder.id != probe.id { return holder }
        } catch { throw error.naming(probe, settings.dialect) }
        let second = probe.second
        var problem: HTTPStateProblem?
        if settings.dialect == .plain {
            do throws(HTTPStateProblem) { problem = try await isGiven(second, beside: probe) ? Self.givenToTwo : nil } catch {
                problem = error
            }
        }
        if let problem, case .withoutLock = problem {
            for lock in [second, probe] { try? await unlock(lock) }
            throw problem
        }
        if let left = await giveBack(probe) { onLeft(probe, left) }
        if let problem, case .unsure = problem { onLeft(second, problem) }
        return nil
    }

    /// Who has a lock that this run should have.
    enum LockStanding: Hashable, Sendable {
        /// This run; the server names it.
        case held
        /// Somebody: the server does not tell who.
        case unnamed
        /// Another one.
        case lost(HTTPStateHolder)
        /// Nobody had it: somebody has broken it. Whoever has asked has it now.
        case free
    }

    /// Sees whether the lock is still held under an ID, by asking for it under another one.
    ///
    /// - Parameter patience: for how much longer this is asked again where nobody answers.
    /// - Throws: `HTTPStateProblem`; `.unsure` where whoever has asked may have it now.
    func standing(of id: String, _ probe: HTTPStateLock, patience: Duration = .zero) async throws(HTTPStateProblem) -> LockStanding {
        let holder: HTTPStateHolder?
        do throws(HTTPStateProblem) { holder = try await requestLock(probe, patience: patience) } catch {
            switch error {
            case .locked(nil): return .unnamed
            case .locked(let named): holder = named
            default: throw error
            }
        }
        guard let holder, holder.id != probe.id else { return .free }
        return holder.id == id ? .held : .lost(holder)
    }

    /// - Parameter patience: for how much longer it is asked again where nobody answers.
    /// - Returns: the holder where the lock is taken, maybe by an earlier try of this very request; `nil` where it was given.
    /// - Throws: `.unsure` where the lock may have been given and not be given back.
    private func requestLock(
        _ lock: HTTPStateLock, patience: Duration = .zero
    ) async throws(HTTPStateProblem) -> HTTPStateHolder? {
        var tries = 0
        var isInDoubt = false
        while true {
            let problem: HTTPStateProblem
            switch await send(settings.lock, body: lock.encoded, limit: Self.answerLimit, timeLimit: Self.lockTimeLimit) {
            case .failure(let fault):
                isInDoubt = isInDoubt || fault.kind == .uncertain
                if let cause = fault.cause, !isInDoubt { throw .noWay(FileProblem(cause), fault.message) }
                problem = isInDoubt ? .unsure(fault.message) : .unreachable(fault.message)
            case .success(let answer):
                switch answer.status {
                case 200, 201, 204:
                    // A page for logging in is answered with 200 as well.
                    let isPage = HTTPStateContent.isPage(answer.body)
                    if settings.dialect == .plain ? !isPage : HTTPStateHolder(answer.body)?.id == lock.id { return nil }
                    problem = .foreign(
                        isPage
                            ? "a page answers a lock: a proxy or a page for logging in may stand in between"
                            : "the server does not answer a lock with the lock, as GitLab does")
                    if isInDoubt { throw await inDoubt(lock, problem) }
                    // A server that has given it all the same.
                    if isPage { try? await unlock(lock) }
                    throw problem
                case 409, 423:
                    guard let holder = holder(in: answer) else {
                        guard isInDoubt else { throw .locked(nil) }
                        // It may be held by an earlier try of this very request: then it is given back, and asked for once more.
                        do throws(HTTPStateProblem) { try await unlock(lock) } catch {
                            if case .lockLost(let holder) = error { throw .locked(holder) }
                            throw .unsure(error.words)
                        }
                        isInDoubt = false
                        continue
                    }
                    return holder
                default:
                    problem = self.problem(answer)
                    // What is refused now may have been given by a try whose answer was lost.
                    guard HTTPStateAnswer.isPassing(answer.status) else { throw isInDoubt ? await inDoubt(lock, problem) : problem }
                    isInDoubt = isInDoubt || HTTPStateAnswer.isServersFailure(answer.status)
                }
            }
            guard mayTryAgain(tries) else { throw isInDoubt ? await inDoubt(lock, problem) : problem }
            // What may have been taken is given back at the end, which takes as long.
            let giveBack = isInDoubt ? max(.zero, Self.patience - silence.duration(until: clock.now())) : .zero
            await wait(pause(tries), tries, problem.words, Self.lockTimeLimit, patience: max(patience, giveBack))
            tries += 1
        }
    }

    /// What may have been taken is given back, as far as that can be done: the request that takes it may still be on its way.
    private func inDoubt(_ lock: HTTPStateLock, _ problem: HTTPStateProblem) async -> HTTPStateProblem {
        try? await unlock(lock)
        return .unsure(problem.words)
    }

    /// Gives a lock back.
    ///
    /// - Returns: why it may stand there still; `nil` where it does not, or is another one's.
    func giveBack(_ lock: HTTPStateLock) async -> HTTPStateProblem? {
        do throws(HTTPStateProblem) { try await unlock(lock) } catch {
            if case .lockLost = error { return nil }
            return error
        }
        return nil
    }

    /// A server that gives one lock to two gives none, and neither does one that takes it back from whoever asks: the next command that only
    /// looks would free it.
    private func tryTwice(_ lock: HTTPStateLock) async throws(HTTPStateProblem) {
        let second = lock.second
        let problem: HTTPStateProblem
        do throws(HTTPStateProblem) {
            if try await isGiven(second, beside: lock) {
                problem = Self.givenToTwo
            } else if try await mayBeFree(after: second), try await isGiven(second, beside: lock) {
                problem = .withoutLock("the server takes the lock back from whoever asks, and not only from the run that has it")
            } else {
                return
            }
            try? await unlock(second)
        } catch { problem = error }
        if await giveBack(lock) != nil { throw HTTPStateProblem.unsure(problem.words).naming(lock, settings.dialect) }
        throw problem.naming(second, settings.dialect)
    }

    private static let givenToTwo = HTTPStateProblem.withoutLock(
        "the server gives the lock to two at once: it takes the request, and does not lock")

    /// Asks for a lock that another one holds by now.
    private func isGiven(_ second: HTTPStateLock, beside lock: HTTPStateLock) async throws(HTTPStateProblem) -> Bool {
        do throws(HTTPStateProblem) {
            guard let holder = try await requestLock(second), holder.id != second.id else { return true }
            // What is the same for everybody is nobody's ID.
            if holder.id != lock.id { namesNobody.note() }
            return false
        } catch {
            if case .locked = error { return false }
            throw error
        }
    }

    /// Gives back a lock that another one holds.
    ///
    /// - Returns: `false` where the server refuses that because the lock is another one's; `true` where it has to be looked what it has done.
    private func mayBeFree(after second: HTTPStateLock) async throws(HTTPStateProblem) -> Bool {
        do throws(HTTPStateProblem) { try await unlock(second) } catch {
            switch error {
            case .lockLost: return false
            case .unreachable, .noWay, .unsure, .withoutLock: throw error
            case .denied, .locked, .replaced, .tooLarge, .foreign, .refused: break
            }
        }
        return true
    }

    /// Gives the lock back. One that is not this run's any more is left.
    func unlock(_ lock: HTTPStateLock) async throws(HTTPStateProblem) {
        var call = settings.unlock
        // Without the ID GitLab breaks any lock: it stands in the URL, too, for the body of a DELETE may get lost on the way.
        if settings.dialect == .gitLab { call.address = call.address.adding("ID", lock.id) }
        var tries = 0
        var isInDoubt = false
        while true {
            let problem: HTTPStateProblem
            switch await send(call, body: lock.encoded, limit: Self.answerLimit, timeLimit: Self.lockTimeLimit) {
            case .failure(let fault):
                isInDoubt = isInDoubt || fault.kind == .uncertain
                problem = .unsure(fault.message)
            case .success(let answer):
                switch answer.status {
                case 200, 201, 202, 204: return
                case 409, 423:
                    // After a try whose answer was lost that means that it was given back.
                    if tries > 0 { return }
                    throw .lockLost(holder(in: answer))
                default:
                    let said = self.problem(answer)
                    // What is refused now may have been done by a try whose answer was lost.
                    problem = isInDoubt ? .unsure("one try had no answer, and the next one was answered with HTTP \(answer.status)") : said
                    guard HTTPStateAnswer.isPassing(answer.status) else { throw problem }
                }
            }
            guard mayTryAgain(tries) else { throw problem }
            await wait(pause(tries), tries, problem.words, Self.lockTimeLimit)
            tries += 1
        }
    }

    /// Who has the lock, by an answer which says that it is taken.
    private func holder(in answer: HTTPAnswer) -> HTTPStateHolder? {
        namesNobody.isNoted ? nil : HTTPStateHolder(answer.body)
    }

    /// Whether the server was found to answer with a text that tells nobody's ID. Once so, it stays so.
    private final class NamesNobody: Sendable {
        private let noted = Atomic(false)
        var isNoted: Bool { noted.load(ordering: .relaxed) }
        func note() { noted.store(true, ordering: .relaxed) }
    }

    // MARK: Requests

    /// - Parameters:
    ///   - timeLimit: how long it may take; `nil` for a document, which may be long.
    ///   - mayLeave: asked when the body is about to leave.
    private func send(
        _ call: HTTPStateSettings.Call, body: [UInt8]? = nil, limit: Int, timeLimit: Duration? = nil,
        mayLeave: @escaping @Sendable () -> Bool = { true }
    ) async -> Result<HTTPAnswer, TransportFault> {
        var fields = [HeaderField("Accept", "application/json"), HeaderField("User-Agent", "snapkeep/\(version)")]
        if let login = settings.login { fields.append(login.field) }
        if let body {
            fields.append(HeaderField("Content-Type", "application/json"))
            fields.append(HeaderField("Content-MD5", Self.md5(body)))
        }
        var request = call.address.request(call.method, fields: fields, body: body, answerLimit: limit)
        request.mayLeave = mayLeave
        request.timeLimit = timeLimit ?? (isSilent ? Self.lastTimeLimit : nil)
        let start = clock.now()
        do throws(TransportFault) {
            let answer = try await transport.send(request)
            silence.end()
            return .success(answer)
        } catch {
            // What left too late, for the process was stopped, tells nothing of the server.
            if mayLeave() { silence.note(since: start) }
            return .failure(error)
        }
    }

    /// The answer to a request for the document, which is sent again where that may help: it changes nothing, so without an answer nothing is
    /// in doubt.
    private func get() async throws(HTTPStateProblem) -> HTTPAnswer {
        let call = HTTPStateSettings.Call(method: .get, address: settings.address)
        var tries = 0
        while true {
            var wait = pause(tries)
            var words = ""
            switch await watching({ await send(call, limit: Self.documentLimit) }) {
            case .failure(let fault):
                words = fault.message
                if let cause = fault.cause { throw .noWay(FileProblem(cause), words) }
                if !mayTryAgain(tries) { throw .unreachable(words) }
            case .success(let answer):
                if !HTTPStateAnswer.isPassing(answer.status) || !mayTryAgain(tries) { return answer }
                if let seconds = answer.field("Retry-After").flatMap({ Int($0) }), seconds >= 0 {
                    wait = min(max(wait, .seconds(seconds)), settings.retries.longest)
                }
            }
            await self.wait(wait, tries, words)
            tries += 1
        }
    }

    /// Waits for a request for a document, and tells whoever waits for it where that takes long: it may take minutes.
    private func watching(
        _ request: @escaping @Sendable () async -> Result<HTTPAnswer, TransportFault>
    ) async -> Result<HTTPAnswer, TransportFault> {
        guard let watch else { return await request() }
        return await withTaskGroup(of: Result<HTTPAnswer, TransportFault>?.self) { group in
            group.addTask { await request() }
            group.addTask {
                await watch(Self.silenceToTell)
                if !Task.isCancelled, silence.isNews() {
                    let words = "no whole answer within \(Self.silenceToTell.components.seconds) s"
                    onSilence(words, HTTPStateTransport.timeLimit - Self.silenceToTell)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = await group.next() { if let result { return result } }
            return .failure(TransportFault(.uncertain, "the request ended without a result"))
        }
    }

    /// Whether the server has not answered for so long that nothing is tried twice.
    var isSilent: Bool { silence.duration(until: clock.now()) >= Self.patience }

    private func mayTryAgain(_ tries: Int) -> Bool { tries < settings.retries.count && !isSilent }

    /// Waits before a request is sent again, and tells whoever waits for that where nobody answers.
    ///
    /// - Parameters:
    ///   - tries: behind the first.
    ///   - words: what was met last.
    ///   - limit: of each try.
    ///   - patience: for how much longer it is asked in any case.
    private func wait(
        _ pause: Duration, _ tries: Int, _ words: String, _ limit: Duration = HTTPStateTransport.timeLimit, patience: Duration = .zero
    ) async {
        if silence.duration(until: clock.now()) >= Self.silenceToTell, silence.isNews() {
            let left = (tries..<settings.retries.count).reduce(Duration.zero) { $0 + self.pause($1) + limit }
            onSilence(words, max(left, patience))
        }
        await sleep(pause)
    }

    private func pause(_ tries: Int) -> Duration {
        min(settings.retries.longest, settings.retries.shortest * (1 << min(tries, 16)))
    }

    private func problem(_ answer: HTTPAnswer) -> HTTPStateProblem {
        HTTPStateAnswer.problem(
            answer, isJobToken: settings.login?.isJobToken ?? false, hasLogin: settings.login != nil,
            overTLS: settings.address.usesTLS, message(answer))
    }

    private func message(_ answer: HTTPAnswer) -> String? {
        HTTPStateAnswer.message(answer.body, Redactor(settings.login.map { [$0.field] } ?? [], settings.login.map { [$0.password] } ?? []))
    }

    /// The checksum that Terraform sends with a body; no protection against anybody.
    private static func md5(_ bytes: [UInt8]) -> String { Data(Insecure.MD5.hash(data: bytes)).base64EncodedString() }
}

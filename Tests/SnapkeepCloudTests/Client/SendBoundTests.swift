import Logging
import SnapkeepCore
import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud

/// When a creation leaves: what is known of that bounds how long it may still be on its way (P1).
struct SendBoundTests {
    /// Credentials that take their time, on a clock of their own.
    private final class SlowAuthorizer: Authorizer {
        private let state: Mutex<(elapsed: Duration, waits: [Duration])>

        /// - Parameter waits: how long each call for fields takes.
        init(_ waits: [Duration]) { state = Mutex((.zero, waits)) }

        var elapsed: Duration { state.withLock { $0.elapsed } }
        func pass(_ duration: Duration) { state.withLock { $0.elapsed += duration } }

        func fields(for request: OutgoingRequest) async throws(ServiceFault) -> [HeaderField] {
            state.withLock { state in if !state.waits.isEmpty { state.elapsed += state.waits.removeFirst() } }
            return [HeaderField("X-Auth-Token", Sample.token)]
        }

        func canReplace(refused fields: [HeaderField]) async throws(ServiceFault) -> Bool { true }
    }

    /// Answers from a script, each after some time.
    private struct SlowTransport: HTTPTransport {
        let answers: FakeTransport
        let authorizer: SlowAuthorizer
        let latency: Duration

        func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
            authorizer.pass(latency)
            return try await answers.send(request)
        }
    }

    private func client(_ answers: FakeTransport, _ authorizer: SlowAuthorizer, latency: Duration) -> CinderClient {
        CinderClient(
            endpoint: try! Endpoint.parse("https://evs.example.com").endpoint, projectID: Sample.project,
            transport: SlowTransport(answers: answers, authorizer: authorizer, latency: latency), authorizer: authorizer,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { Sample.now }, elapsed: { authorizer.elapsed })
    }

    private let refusal = HTTPAnswer.json(401, #"{"error": {"code": 401, "title": "Unauthorized", "message": "authenticate"}}"#)
    private let made = HTTPAnswer.json(202, #"{"snapshot": \#(Sample.row())}"#)

    @Test("P1: a creation whose credentials took too long is not sent")
    func slowLogIn() async throws {
        let answers = FakeTransport(made)
        let client = client(answers, SlowAuthorizer([.seconds(11)]), latency: .zero)
        let fault = await fault { () throws(ServiceFault) in _ = try await client.createSnapshot(Sample.creation) }
        #expect(fault?.kind == .notSent)
        #expect(answers.requests.isEmpty)
    }

    @Test("P1: a creation that was refused for its token after a long wait is not sent a second time by the client, which writes no line")
    func lateRefusal() async throws {
        let answers = FakeTransport(refusal, made)
        let client = client(answers, SlowAuthorizer([]), latency: .seconds(50))
        let fault = await fault { () throws(ServiceFault) in _ = try await client.createSnapshot(Sample.creation) }
        #expect(fault?.kind == .notSent)
        #expect(answers.requests.count == 1)
    }

    @Test("A creation that is refused at once for its token is sent again with a new one; what changes nothing is, however late")
    func quickRefusal() async throws {
        let answers = FakeTransport(refusal, made)
        _ = try await client(answers, SlowAuthorizer([]), latency: .seconds(1)).createSnapshot(Sample.creation)
        #expect(answers.requests.count == 2)
        let late = FakeTransport(refusal, HTTPAnswer.json(200, #"{"snapshot": \#(Sample.row())}"#))
        _ = try await client(late, SlowAuthorizer([]), latency: .seconds(50)).snapshot(Sample.snapshot)
        #expect(late.requests.count == 2)
    }

    @Test(
        "P1: a creation may leave within 10 seconds of the call, and no longer than its lock is certain, counted from before that was asked",
        arguments: [(nil, 10), (.seconds(4), 4), (.seconds(60), 10)] as [(Duration?, Int)])
    func leavesInTime(_ held: Duration?, seconds: Int) async throws {
        let answers = FakeTransport(made)
        let authorizer = SlowAuthorizer([])
        let client = client(answers, authorizer, latency: .zero)
        // Whoever tells of the lock takes a second for it.
        let checking = client.checking { () async throws(JournalFailure) in
            authorizer.pass(.seconds(1))
            return held
        }
        _ = try await checking.createSnapshot(Sample.creation)
        let request = try #require(answers.requests.first)
        authorizer.pass(.seconds(seconds - 1) - .milliseconds(1))
        #expect(request.mayLeave())
        authorizer.pass(.milliseconds(1))
        #expect(!request.mayLeave())
    }

    @Test("A creation that is sent again with a new token leaves by what is known of the lock then")
    func renewedTime() async throws {
        let answers = FakeTransport(refusal, made)
        let authorizer = SlowAuthorizer([])
        let held = Mutex<[Duration]>([.seconds(1), .seconds(5)])
        let checking = client(answers, authorizer, latency: .zero).checking { () async throws(JournalFailure) in
            held.withLock { $0.removeFirst() }
        }
        _ = try await checking.createSnapshot(Sample.creation)
        authorizer.pass(.seconds(2))
        #expect(answers.requests.map { $0.mayLeave() } == [false, true])
    }

    @Test(
        "P3: no change leaves where the run's lock is lost, and none without a body where the lock was certain for less than its check took"
    )
    func changesAreChecked() async throws {
        let answers = FakeTransport()
        let authorizer = SlowAuthorizer([])
        let client = client(answers, authorizer, latency: .zero)
        let lost = client.checking { () async throws(JournalFailure) in throw JournalFailure(path: "etcd://e", message: "it ran out") }
        let late = client.checking { () async throws(JournalFailure) in
            authorizer.pass(.seconds(2))
            return .seconds(1)
        }
        for (service, message) in [(lost, "it ran out"), (late, "the lock was certain for too short a time")] {
            let deletion = await fault { () throws(ServiceFault) in try await service.deleteSnapshot(Sample.snapshot) }
            #expect(deletion?.kind == .notSent && deletion?.message == message)
            let key = await fault { () throws(ServiceFault) in try await service.deleteMetadataKey("team", of: Sample.snapshot) }
            #expect(key?.kind == .notSent)
        }
        for number in 0..<3 {
            let change = await fault { () throws(ServiceFault) in
                switch number {
                case 0: _ = try await lost.createSnapshot(Sample.creation)
                case 1: _ = try await lost.updateSnapshot(Sample.snapshot, name: "n", description: nil)
                default: try await lost.mergeMetadata(Metadata(["team": "payments"]), into: Sample.snapshot)
                }
            }
            #expect(change?.kind == .notSent && change?.message == "it ran out")
        }
        #expect(answers.requests.isEmpty)
    }

    @Test("What makes nothing may leave at any time")
    func readsLeaveAtAnyTime() async throws {
        let answers = FakeTransport(HTTPAnswer.json(200, #"{"snapshot": \#(Sample.row())}"#))
        let authorizer = SlowAuthorizer([])
        _ = try await client(answers, authorizer, latency: .zero).snapshot(Sample.snapshot)
        authorizer.pass(.seconds(3600))
        #expect(answers.requests.first?.mayLeave() == true)
    }

    @Test("P1: the engine counts with the time limit that the transport has")
    func oneLimit() {
        #expect(AsyncHTTPTransport.Configuration().requestTimeout == ExecutionPolicy().requestTimeout)
    }
}

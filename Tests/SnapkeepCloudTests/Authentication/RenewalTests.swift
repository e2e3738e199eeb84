import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// One token for all requests, replaced before its end and when it is refused, once for all who need it (CloudAPI#tokens).
struct RenewalTests {
    private func client(_ fake: FakeIdentity, _ session: CloudSession) -> CinderClient {
        Sample.client(fake, endpoint: "https://evs.example.com", authorizer: session.authorizer)
    }

    private func list(_ client: CinderClient) async -> ServiceFault? {
        await fault { () throws(ServiceFault) in _ = try await client.snapshotPage(.all, from: nil) }
    }

    // The answers are those that services give to a token that is over or was never theirs.
    @Test(
        "A refused token is replaced and the request sent again, a creation too: it was not carried out",
        arguments: [
            HTTPAnswer.json(401, #"{"error": {"code": 401, "message": "Unauthorized", "title": "Unauthorized"}}"#),
            HTTPAnswer(status: 401, fields: [("WWW-Authenticate", "Keystone uri=x")], body: Array("Authentication required".utf8)),
            .json(400, #"{"error": {"code": "EVS.0002", "message": "Token is expired"}}"#),
            .json(400, #"{"error": {"code": "Common.0013", "message": "Token is expired"}}"#),
            .json(401, #"{"error_code": "APIGW.0307", "error_msg": "The token must be updated.", "request_id": "r"}"#),
        ])
    func refused(_ answer: HTTPAnswer) async throws {
        let identity = FakeIdentity()
        let session = try await identity.open()
        let service = FakeTransport(answer, .json(202, #"{"snapshot": \#(Sample.row())}"#))
        let client = Sample.client(service, authorizer: session.authorizer)
        _ = try await client.createSnapshot(Sample.creation)
        #expect(identity.tokenRequests.count == 2)
        let tokens = service.requests.map { $0.fields.first { $0.name == "X-Auth-Token" }?.value }
        #expect(tokens == [FakeIdentity.tokenText(1), FakeIdentity.tokenText(2)])
        #expect(service.requests[0].body == service.requests[1].body)
    }

    @Test("What is no refusal of the token is not answered by a new one")
    func otherRefusals() async throws {
        for answer in [
            HTTPAnswer.json(403, #"{"forbidden": {"code": 403, "message": "no"}}"#), .json(400, #"{"badRequest": {"message": "bad"}}"#),
            .json(429, "{}"), .json(500, "{}"),
        ] {
            let identity = FakeIdentity()
            let session = try await identity.open()
            let client = Sample.client(FakeTransport(answer), authorizer: session.authorizer)
            #expect(await list(client)?.kind != .unauthenticated)
            #expect(identity.tokenRequests.count == 1)
        }
    }

    @Test("A new token that is refused as well is the end: for this request, and for those that come soon after")
    func freshTokenRefused() async throws {
        let fake = FakeIdentity { $0.accepted = [] }
        let client = client(fake, try await fake.open())
        #expect(await list(client)?.kind == .unauthenticated)
        #expect(fake.tokenRequests.count == 2 && fake.otherRequests.count == 2)
        #expect(await list(client)?.kind == .unauthenticated)
        #expect(fake.tokenRequests.count == 2 && fake.otherRequests.count == 3)
        // Later the same refusal may be about the token again.
        fake.change { $0.now = $0.now + .seconds(61) }
        #expect(await list(client)?.kind == .unauthenticated)
        #expect(fake.tokenRequests.count == 3)
    }

    @Test("A refusal of the token request itself is final: the account is never asked for again (P8 keeps the password out of it)")
    func finalRefusal() async throws {
        let fake = FakeIdentity()
        let client = client(fake, try await fake.open())
        fake.change {
            $0.accepted = []
            $0.refusal = .success(.json(401, #"{"error": {"code": 401, "message": "bad \#(FakeIdentity.password.text)", "title": "U"}}"#))
        }
        for _ in 0..<3 {
            let fault = await list(client)
            #expect(fault?.kind == .unauthenticated && fault?.request == "POST /v3/auth/tokens" && fault?.message == "bad [redacted]")
        }
        #expect(fake.tokenRequests.count == 2)
    }

    @Test("A token request that fails on the way leaves the request unsent, so that it may be tried again later")
    func transientFailure() async throws {
        for failure: Result<HTTPAnswer, TransportFault> in [
            .failure(TransportFault(.uncertain, "answer lost")), .failure(TransportFault(.notSent, "no connection")),
            .success(.json(503, "{}")), .success(.json(201, "<html>")),
        ] {
            let fake = FakeIdentity()
            let client = client(fake, try await fake.open())
            fake.change {
                $0.accepted = []
                $0.refusal = failure
            }
            #expect(await list(client)?.kind == .notSent)
            fake.change {
                $0.refusal = nil
                $0.accepted = nil
            }
            #expect(await list(client) == nil)
        }
    }

    @Test(
        "A token is replaced a few minutes before its end, and one of a short life at three quarters of it, by the service's own clock",
        arguments: [
            (.seconds(3600), .seconds(3299), .seconds(3301), .zero), (.seconds(60), .seconds(44), .seconds(46), .zero),
            (.seconds(86_400), .seconds(86_099), .seconds(86_101), .seconds(7200)),
            (.seconds(3600), .seconds(3299), .seconds(3301), .seconds(-7200)),
        ] as [(Duration, Duration, Duration, Duration)])
    func beforeItsEnd(_ life: Duration, early: Duration, late: Duration, skew: Duration) async throws {
        let fake = FakeIdentity {
            $0.life = life
            $0.skew = skew
        }
        let client = client(fake, try await fake.open())
        fake.change { $0.now = Sample.now + early }
        #expect(await list(client) == nil)
        #expect(fake.tokenRequests.count == 1)
        fake.change { $0.now = Sample.now + late }
        #expect(await list(client) == nil)
        #expect(await list(client) == nil)
        #expect(fake.tokenRequests.count == 2)
    }

    @Test("Until its end the old token serves while the identity service cannot be reached; after a refusal of it nothing is sent")
    func renewalFails() async throws {
        let fake = FakeIdentity { $0.accepted = [FakeIdentity.tokenText(1)] }
        let client = client(fake, try await fake.open())
        fake.change {
            $0.now = Sample.now + .seconds(3400)
            $0.refusal = .success(.json(503, "{}"))
        }
        #expect(await list(client) == nil)
        fake.change { $0.now = Sample.now + .seconds(3601) }
        #expect(await list(client)?.kind == .notSent)
        fake.change { $0.refusal = .success(.json(401, "{}")) }
        let sent = fake.otherRequests.count
        #expect(await list(client)?.kind == .unauthenticated)
        #expect(await list(client)?.kind == .unauthenticated)
        #expect(fake.otherRequests.count == sent)
        #expect(fake.tokenRequests.count == 4)
    }

    @Test("Many requests that are refused at once share one new token", .timeLimit(.minutes(10)))
    func shared() async throws {
        let fake = FakeIdentity()
        let client = client(fake, try await fake.open())
        fake.change {
            $0.accepted = [FakeIdentity.tokenText(2)]
            $0.isHeld = true
        }
        await withTaskGroup(of: ServiceFault?.self) { group in
            for _ in 0..<50 { group.addTask { await list(client) } }
            await fake.tokenRequestArrived()
            fake.release()
            for await fault in group { #expect(fault == nil) }
        }
        #expect(fake.tokenRequests.count == 2)
    }

    @Test("Many requests that wait for a token that is refused are told the one refusal", .timeLimit(.minutes(10)))
    func sharedRefusal() async throws {
        let fake = FakeIdentity()
        let client = client(fake, try await fake.open())
        fake.change {
            $0.accepted = []
            $0.isHeld = true
            $0.refusal = .success(.json(401, "{}"))
        }
        await withTaskGroup(of: ServiceFault?.self) { group in
            for _ in 0..<50 { group.addTask { await list(client) } }
            await fake.tokenRequestArrived()
            fake.release()
            for await fault in group { #expect(fault?.kind == .unauthenticated) }
        }
        #expect(fake.tokenRequests.count == 2)
    }

    @Test("When the request that asks for the token is given up, another one that waits asks again", .timeLimit(.minutes(10)))
    func leaderGivenUp() async throws {
        let fake = FakeIdentity()
        let session = try await fake.open()
        let tokens = try #require(session.authorizer as? TokenSession)
        fake.change {
            $0.isHeld = true
            $0.refusal = .failure(TransportFault(.uncertain, "the request was given up"))
        }
        let old = [HeaderField("X-Auth-Token", Secret(FakeIdentity.tokenText(1)))]
        let leader = Task { try await tokens.canReplace(refused: old) }
        await fake.tokenRequestArrived()
        let follower = Task { try await tokens.canReplace(refused: old) }
        try await waitUntil("the other one waits for the token") { await tokens.waiterCount > 0 }
        leader.cancel()
        fake.release()
        await #expect(throws: ServiceFault.self) { _ = try await leader.value }
        fake.change { $0.refusal = nil }
        _ = try? await follower.value
        #expect(fake.tokenRequests.count == 3)
    }
}

import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// Answers that only look like "not carried out": a proxy, a firewall or a gateway spoke after the service had acted (P1).
struct ForeignAnswerTests {
    /// Bodies that are none of the service's, for any status.
    static let bodies = [
        "", "{}", "[]", "null", "42", "<html><h1>blocked</h1></html>", "blocked by policy", #"{"message": "no Route matched"}"#,
        #"{"message": "forbidden", "request_id": "r"}"#, #"{"code": 16, "message": "Jwt is missing"}"#, #"{"error": "forbidden"}"#,
        #"{"timestamp": 1, "status": 403, "error": "Forbidden", "path": "/v3"}"#,
        #"{"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}}"#,
        // The right name with a code, or for a status, that contradicts it.
        #"{"forbidden": {"code": 200, "message": "x"}}"#, #"{"itemNotFound": {"code": "500", "message": "x"}}"#,
        #"{"serviceUnavailable": {"code": 503, "message": "x"}}"#, #"{"tooManyRequests": {"code": 429, "message": "x"}}"#,
        #"{"computeFault": {"message": "x"}}"#, #"{"badRequest": {"code": 400}}"#, #"{"badRequest": "x"}"#,
        // A code of no known service, and one that lacks its message.
        #"{"error": {"code": "WAF.0001", "message": "x"}}"#, #"{"error_code": "EVS.0003"}"#,
        #"{"error": {"code": "EVS.", "message": "x"}}"#,
    ]

    @Test(
        "P1: a creation is closed by no answer but the service's own, readable refusal",
        arguments: [302, 303, 400, 401, 403, 404, 405, 407, 409, 413, 421, 425, 429, 498, 501])
    func creation(_ status: Int) async {
        for body in Self.bodies {
            let fault = await FaultTests.fault(.createSnapshot, HTTPAnswer(status: status, body: Array(body.utf8)))
            #expect(fault?.kind == .uncertain, "\(status) \(body)")
            #expect(fault?.status == status)
        }
        let cut = await FaultTests.fault(.createSnapshot, HTTPAnswer(status: status, body: Array("{".utf8), isTruncated: true))
        #expect(cut?.kind == .uncertain)
    }

    @Test("P1: a good status without a readable snapshot is uncertain too", arguments: [200, 201, 202, 203, 204, 206])
    func goodStatus(_ status: Int) async {
        for body in Self.bodies + [#"{"snapshot": {}}"#, #"{"badRequest": {"code": 400, "message": "x"}}"#] {
            let fault = await FaultTests.fault(.createSnapshot, HTTPAnswer(status: status, body: Array(body.utf8)))
            #expect(fault?.kind == .unintelligible || fault?.kind == .uncertain, "\(status) \(body)")
        }
    }

    @Test("Whoever asks for fewer requests is heard, though a creation is looked up before it is repeated")
    func pause() async {
        let shown = await FaultTests.fault(.createSnapshot, HTTPAnswer(status: 429, fields: [("Retry-After", "7")]))
        #expect(shown?.kind == .uncertain && shown?.pause == .init(asked: .seconds(7)))
        #expect(await FaultTests.fault(.createSnapshot, HTTPAnswer(status: 498))?.pause == .init(asked: nil))
        #expect(
            await FaultTests.fault(.createSnapshot, HTTPAnswer(status: 503, fields: [("Retry-After", "5")]))?.pause
                == .init(asked: .seconds(5)))
        #expect(await FaultTests.fault(.createSnapshot, HTTPAnswer(status: 403))?.pause == nil)
    }

    @Test("P1: another's 401 leads to no second creation; the requests that look it up renew what is over")
    func renewal() async throws {
        let identity = FakeIdentity()
        let session = try await identity.open()
        let page = HTTPAnswer(status: 401, body: Array("<html>log in</html>".utf8))
        let service = FakeTransport(page, page, Sample.page([]), .json(202, #"{"snapshot": \#(Sample.row())}"#))
        let client = Sample.client(service, authorizer: session.authorizer)
        let fault = await fault { () throws(ServiceFault) in _ = try await client.createSnapshot(Sample.creation) }
        #expect(fault?.kind == .uncertain)
        #expect(service.requests.map(\.method) == [.post])
        #expect(identity.tokenRequests.count == 1)
        #expect(try await client.snapshotPage(.volume(Sample.volume), from: nil).snapshots.isEmpty)
        #expect(identity.tokenRequests.count == 2)
        _ = try await client.createSnapshot(Sample.creation)
        #expect(service.requests.map(\.method) == [.post, .get, .get, .post])
    }

    @Test(
        "Another change is repeated where that is safe, and never taken for refused by somebody else",
        arguments: [302, 400, 403, 404, 405, 409, 413, 421])
    func otherChanges(_ status: Int) async {
        for operation in Operation.allCases where operation.changesSomething {
            for body in Self.bodies {
                #expect(await FaultTests.fault(operation, HTTPAnswer(status: status, body: Array(body.utf8)))?.kind == .uncertain)
            }
        }
        for operation in [Operation.updateSnapshot, .mergeMetadata, .deleteMetadataKey, .deleteSnapshot] {
            #expect(await FaultTests.fault(operation, HTTPAnswer(status: 401))?.kind == .unauthenticated)
            #expect(await FaultTests.fault(operation, HTTPAnswer(status: 429))?.kind == .throttled(retryAfter: nil))
        }
    }
}

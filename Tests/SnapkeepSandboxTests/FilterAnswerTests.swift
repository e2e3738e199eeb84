import Testing

@testable import SnapkeepSandbox

/// What is answered before the service itself is asked: unknown paths and methods, bodies of another type or too large (measured).
struct FilterAnswerTests {
    static let page = """
        <html>
         <head>
          <title>404 Not Found</title>
         </head>
         <body>
          <h1>404 Not Found</h1>
          The resource could not be found.<br /><br />



         </body>
        </html>
        """
    static let json =
        #"{"message": "The resource could not be found.<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found"}"#
    static let text = "404 Not Found\n\nThe resource could not be found.\n\n   "

    struct Accepting: Sendable, CustomTestStringConvertible {
        let header: String?
        let type: String
        let body: String
        var testDescription: String { header ?? "nothing" }
    }

    @Test(
        "An unknown path is told in the form that the client accepts; a page comes before JSON, plain text where nothing is said",
        arguments: [
            Accepting(header: nil, type: "text/plain; charset=UTF-8", body: text),
            Accepting(header: "text/plain", type: "text/plain; charset=UTF-8", body: text),
            Accepting(header: "*/*", type: "text/html; charset=UTF-8", body: page),
            Accepting(header: "application/json, text/html", type: "text/html; charset=UTF-8", body: page),
            Accepting(header: "application/json", type: "application/json", body: json),
            Accepting(header: "application/*", type: "application/json", body: json),
            Accepting(header: "application/json;q=0.5, */*;q=0.1", type: "application/json", body: json),
            Accepting(header: "text/html;q=0.1,application/json;q=0.5", type: "application/json", body: json),
        ])
    func form(_ accepting: Accepting) async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.get("/nothing", accepting.header.map { ["Accept": $0] } ?? [:])
            #expect(answer.status == 404)
            #expect(answer.headers["content-type"] == accepting.type)
            #expect(answer.body == accepting.body)
        }
    }

    @Test(
        "What is unknown is so before the microversion is looked at, and only the filter's own id is on the answer",
        arguments: [
            ("GET", "/nothing"), ("GET", "/snapshots/"), ("PATCH", "/snapshots"), ("DELETE", "/snapshots"), ("POST", "/snapshots/detail"),
            ("DELETE", "/limits"), ("PUT", "/volumes"), ("GET", "/cloudsnapshots/detail"), ("GET", "//v9/"),
        ])
    func unknown(_ method: String, _ path: String) async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.send(
                method, path, nil, ["Accept": "application/json", "OpenStack-API-Version": "volume 3.999"])
            #expect(answer.status == 404)
            #expect(answer.body == Self.json)
            #expect(answer.headers["openstack-api-version"] == nil)
            #expect(answer.headers["x-openstack-request-id"] != nil)
            #expect(answer.headers["x-compute-request-id"] == nil)
        }
    }

    @Test(
        "Where the service knows the path and finds nothing, the answer is its own; 'detail' is an id to every method but GET",
        arguments: [
            ("GET", "/os-quota-sets", "The resource could not be found."), ("GET", "/limits/detail", "The resource could not be found."),
            ("POST", "/limits", "The resource could not be found."), ("DELETE", "/snapshots/detail", "Snapshot detail could not be found."),
        ])
    func nothingThere(_ method: String, _ path: String, _ message: String) async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.send(method, path, nil)
            #expect(answer.status == 404)
            #expect(answer.json["itemNotFound"]?["message"] == .string(message))
            #expect(answer.headers["openstack-api-version"] == "volume 3.0")
            #expect(answer.headers["x-compute-request-id"] == answer.headers["x-openstack-request-id"])
        }
    }

    @Test("Outside the versions no token is asked for; below one an unknown path is only told to who has it")
    func unknownWithoutToken() async throws {
        try await Bench.run(Fixture.configuration { $0.token = "t" }) { bench in
            let (outside, below) = (try await bench.v3.get("//v9/"), try await bench.v3.get("/nothing"))
            #expect(outside.status == 404)
            #expect(below.status == 401)
        }
    }

    @Test(
        "A body of another type than JSON, or of none, is refused whatever the method; an empty one has no type",
        arguments: ["text/plain", "APPLICATION/JSON", "application/x-www-form-urlencoded", "nonsense"], ["POST", "GET"])
    func contentType(_ type: String, _ method: String) async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.send(method, "/snapshots", "{}", ["Content-Type": type])
            #expect(answer.status == 415)
            #expect(answer.body == #"{"badMediaType": {"code": 415, "message": "Unsupported Content-Type"}}"#)
            #expect(try await bench.v3.send("GET", "/snapshots", "", ["Content-Type": type]).status == 200)
        }
    }

    @Test("A call that takes no body refuses one of JSON; Huawei's is not known to")
    func bodyWhereNoneIsTaken() async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.send("GET", "/snapshots", "{}")
            #expect(answer.status == 400)
            #expect(answer.json["badRequest"]?["message"]?.stringValue?.hasSuffix("malformed or otherwise incorrect.") == true)
        }
        try await Bench.run(Fixture.configuration { $0.dialect = .huawei }) { bench in
            let answer = try await bench.v2.send("GET", "/snapshots", "{}")
            #expect(answer.status == 200)
        }
    }

    @Test(
        "JSON's content type is taken with parameters and with the vendor's name",
        arguments: ["application/json", "application/json; charset=utf-8", "application/vnd.openstack.volume+json"])
    func acceptedContentType(_ type: String) async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.send("POST", "/snapshots", "{}", ["Content-Type": type])
            #expect(answer.json["badRequest"]?["message"] == "'snapshot' is a required property")
        }
    }

    @Test("A body beyond the limit is refused before the token is asked for, and its answer carries the request's id")
    func tooLarge() async throws {
        try await Bench.run(Fixture.configuration { $0.token = "t" }) { bench in
            let answer = try await bench.v3.send(
                "POST", "/snapshots", String(repeating: " ", count: 114_689), ["Accept": "application/json"])
            #expect(answer.status == 413)
            #expect(answer.json["code"] == "413 Request Entity Too Large")
            #expect(answer.json["title"] == "Request Entity Too Large")
            #expect(answer.headers["x-openstack-request-id"] != nil)
        }
    }

    @Test("A deletion's answer has no body, and so not the id that the service puts beside one")
    func deletionHasOneID() async throws {
        try await Bench.run { bench in
            let id = try await bench.available()
            let headers = try await bench.v3.delete("/snapshots/\(id)").headers
            #expect(headers["x-openstack-request-id"] != nil)
            #expect(headers["x-compute-request-id"] == nil)
            #expect(headers["openstack-api-version"] == "volume 3.0")
        }
    }
}

import Testing

@testable import SnapkeepSandbox

/// The metadata calls (api.md 4).
struct MetadataTests {
    @Test func mergeReplaceAndDelete() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["metadata": ["a": "1", "b": "2"]])
            let path = "/snapshots/\(id)/metadata"
            #expect(
                try await bench.v3.post(path, ["metadata": ["b": "3", "c": "4"]]).json == ["metadata": ["a": "1", "b": "3", "c": "4"]])
            #expect(try await bench.v2.get(path).json == ["metadata": ["a": "1", "b": "3", "c": "4"]])
            #expect(try await bench.v3.put(path, ["metadata": ["d": "5", "e f": "6"]]).json == ["metadata": ["d": "5", "e f": "6"]])
            #expect(try await bench.v3.get("\(path)/e%20f").json == ["meta": ["e f": "6"]])
            #expect(try await bench.v3.put("\(path)/d", ["meta": ["d": "7"]]).json == ["meta": ["d": "7"]])
            let deleted = try await bench.v3.delete("\(path)/d")
            #expect(deleted.status == 200)
            #expect(deleted.body == "")
            let gone = try await bench.v3.delete("\(path)/d")
            #expect(gone.status == 404)
            #expect(gone.body == #"{"itemNotFound": {"code": 404, "message": "Metadata item was not found"}}"#)
            #expect(try await bench.v3.get("\(path)/d").status == 404)
            #expect(try await bench.v3.get("/snapshots/\(id)").json["snapshot"]?["metadata"] == ["e f": "6"])
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = "POST"
        var suffix = ""
        let body: String
    }

    @Test(arguments: [
        Refusal(testDescription: "value no text", body: #"{"metadata": {"k": true}}"#),
        // A creation takes a slash in a key, these calls do not.
        Refusal(testDescription: "slash in the key", body: #"{"metadata": {"a/b": "v"}}"#),
        Refusal(testDescription: "metadata missing", body: "{}"),
        Refusal(testDescription: "metadata null", body: #"{"metadata": null}"#),
        Refusal(testDescription: "something beside", body: #"{"metadata": {}, "more": 1}"#),
        Refusal(testDescription: "key not the path's", method: "PUT", suffix: "/a", body: #"{"meta": {"b": "v"}}"#),
        Refusal(testDescription: "two keys", method: "PUT", suffix: "/a", body: #"{"meta": {"a": "v", "b": "v"}}"#),
        Refusal(testDescription: "no JSON", method: "PUT", suffix: "/a", body: "a=v"),
    ])
    func refusal(_ refusal: Refusal) async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["metadata": ["a": "1", "x/y": "slash"]])
            let answer = try await bench.v3.send(refusal.method, "/snapshots/\(id)/metadata\(refusal.suffix)", refusal.body)
            #expect(answer.status == 400)
            #expect(answer.json["badRequest"]?["code"] == 400)
            #expect(try await bench.v3.get("/snapshots/\(id)/metadata").json == ["metadata": ["a": "1", "x/y": "slash"]])
        }
    }

    /// A body that is not announced as JSON is no body to the service.
    @Test func contentTypeIsNeeded() async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.send("POST", "/snapshots", "{}", ["Content-Type": "text/plain"])
            #expect(answer.body == #"{"badRequest": {"code": 400, "message": "None is not of type 'object'"}}"#)
        }
    }
}

import Testing

@testable import SnapkeepSandbox

/// The metadata calls (CloudAPI#metadata).
struct MetadataTests {
    @Test("POST merges metadata, PUT replaces all or one key, DELETE takes one away")
    func mergeReplaceAndDelete() async throws {
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
            #expect(gone.body == #"{"itemNotFound": {"code": 404, "message": "Snapshot \#(id) has no metadata with key d."}}"#)
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

    @Test(
        "Metadata that is refused leaves what was there",
        arguments: [
            Refusal(testDescription: "value no text", body: #"{"metadata": {"k": true}}"#),
            // A creation takes a slash in a key, these calls do not.
            Refusal(testDescription: "slash in the key", body: #"{"metadata": {"a/b": "v"}}"#),
            Refusal(testDescription: "metadata missing", body: "{}"),
            Refusal(testDescription: "metadata null", body: #"{"metadata": null}"#),
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

    @Test("Beside 'metadata' or 'meta' a body may hold other members; they are ignored")
    func membersBeside() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["metadata": ["a": "1"]])
            let path = "/snapshots/\(id)/metadata"
            let merged = try await bench.v3.post(path, ["metadata": ["b": "2"], "more": 1])
            #expect(merged.json == ["metadata": ["a": "1", "b": "2"]])
            let replaced = try await bench.v3.put(path, ["metadata": ["a": "3"], "more": 1])
            #expect(replaced.json == ["metadata": ["a": "3"]])
            let put = try await bench.v3.put("\(path)/a", ["meta": ["a": "4"], "more": 1])
            #expect(put.json == ["meta": ["a": "4"]])
        }
    }

    @Test(
        "'meta' is held to the pattern of keys, then to one member, then to at least one, then to the key in the path",
        arguments: [
            (#"{"k": "1", "+": "2"}"#, "Value: {'k': '1', '+': '2'}. '+' does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'"),
            (#"{"k": "1", "l": "2"}"#, "Value: {'k': '1', 'l': '2'}. {'k': '1', 'l': '2'} has too many properties"),
            ("{}", "Value: {}. {} should be non-empty"),
        ])
    func metaSchema(_ meta: String, _ message: String) async throws {
        try await Bench.run { bench in
            let id = try await bench.available()
            let answer = try await bench.v3.send("PUT", "/snapshots/\(id)/metadata/k", "{\"meta\": \(meta)}")
            #expect(answer.status == 400)
            #expect(
                answer.json["badRequest"]?["message"] == .string("Invalid input for field/attribute meta. \(message)"))
        }
    }

    @Test("A path is decoded before it is parted, and byte by byte: no key holds a slash or is told with its own letters")
    func keysInPaths() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["metadata": ["a/b": "1"]])
            let slash = try await bench.v3.get("/snapshots/\(id)/metadata/a%2Fb")
            #expect(slash.status == 404)
            #expect(slash.headers["openstack-api-version"] == nil)
            let umlaut = try await bench.v3.get("/snapshots/\(id)/metadata/%C3%A4")
            #expect(umlaut.json["itemNotFound"]?["message"] == .string("Snapshot \(id) has no metadata with key \u{C3}\u{A4}."))
        }
    }
}

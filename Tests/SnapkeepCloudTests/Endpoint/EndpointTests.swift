import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

struct EndpointTests {
    struct Good: Sendable, CustomTestStringConvertible {
        var given: String
        var text: String
        var project: String?
        var testDescription: String { given }
    }

    @Test(
        "An endpoint is taken with or without version and project, and equal services have equal texts",
        arguments: [
            // v3 where the URL names no version.
            Good(given: "https://evs.example.com", text: "https://evs.example.com/v3"),
            Good(given: "https://evs.example.com/", text: "https://evs.example.com/v3"),
            Good(given: " https://EVS.Example.COM:443/v3/\n", text: "https://evs.example.com/v3"),
            Good(given: "HTTPS://evs.example.com/V3", text: "https://evs.example.com/v3"),
            // The version that the URL names, and its project.
            Good(given: "https://evs.example.com/v2", text: "https://evs.example.com/v2"),
            Good(given: "https://evs.example.com/v2/0c2eba2c", text: "https://evs.example.com/v2", project: "0c2eba2c"),
            Good(given: "https://evs.example.com/v3/0c2eba2c/", text: "https://evs.example.com/v3", project: "0c2eba2c"),
            // What stands before the version is kept, also when it looks like one.
            Good(given: "https://cloud.example.com/volume/v3", text: "https://cloud.example.com/volume/v3"),
            Good(given: "https://cloud.example.com/volume", text: "https://cloud.example.com/volume/v3"),
            Good(given: "https://cloud.example.com/v1/volume/v3/p", text: "https://cloud.example.com/v1/volume/v3", project: "p"),
            // A scheme's own port is no part of the text; any other is.
            Good(given: "http://127.0.0.1:80", text: "http://127.0.0.1/v3"),
            Good(given: "http://localhost:18776/v3", text: "http://localhost:18776/v3"),
            Good(given: "http://[::1]:8776", text: "http://[::1]:8776/v3"),
            Good(given: "https://[2001:DB8::1]/v3", text: "https://[2001:db8::1]/v3"),
        ])
    func parses(_ example: Good) throws {
        let (endpoint, projectID) = try Endpoint.parse(example.given)
        #expect(endpoint.text == example.text)
        #expect(projectID?.text == example.project)
        #expect(try Endpoint.parse(endpoint.text).endpoint == endpoint)
    }

    @Test(
        "What is no endpoint is refused for its own reason",
        arguments: [
            ("", EndpointProblem.empty), ("  ", .empty), ("evs.example.com", .noScheme), ("localhost:8776", .noScheme),
            ("ftp://evs.example.com", .scheme("ftp")), ("https://user:hunter2@evs.example.com", .userInformation),
            ("https://evs.example.com/v3?x=1", .query), ("https://evs.example.com/v3#top", .fragment), ("https://", .host("")),
            ("https://:8776", .host("")), ("https://evs_1..example.com", .host("evs_1..example.com")),
            ("https://bücher.example", .host("bücher.example")),
            ("https://[::1", .host("[:")), ("https://evs.example.com:0", .port("0")), ("https://evs.example.com:65536", .port("65536")),
            ("https://evs.example.com:", .port("")), ("https://evs.example.com:+80", .port("+80")),
            ("https://evs.example.com/a//v3", .path("")),
            ("https://evs.example.com/../v3", .path("..")), ("https://evs.example.com/v3/$(project_id)s", .path("$(project_id)s")),
            ("https://evs.example.com/v1", .version("v1")), ("https://evs.example.com/v2.0", .version("v2.0")),
            ("https://evs.example.com/v3/p/snapshots", .afterProject("snapshots")),
        ])
    func refuses(_ text: String, _ problem: EndpointProblem) {
        #expect(throws: problem) { try Endpoint.parse(text) }
        #expect(!problem.message.isEmpty)
    }

    @Test("P8: a password in the endpoint is not repeated in the refusal")
    func passwordIsNotRepeated() {
        for text in ["https://user:hunter2@evs.example.com", "https://user:hunter2@/x", "https://user:hun:ter2@evs.example.com:99999"] {
            do {
                _ = try Endpoint.parse(text)
                Issue.record("'\(text)' was taken")
            } catch {
                #expect(error == .userInformation)
                #expect(!"\(error) \(error.message)".contains("hunter2"))
            }
        }
    }

    @Test("Clear text is harmless on this machine only")
    func clearText() throws {
        for text in ["http://127.0.0.1:1", "http://127.9.9.9", "http://localhost", "http://[::1]:1", "https://evs.example.com"] {
            #expect(try !Endpoint.parse(text).endpoint.exposesCredentials)
        }
        for text in ["http://evs.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "http://notlocalhost"] {
            #expect(try Endpoint.parse(text).endpoint.exposesCredentials)
        }
    }
}

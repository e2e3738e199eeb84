import Foundation
import FoundationNetworking
import Testing

/// Somebody else who works in the same project, with other software than ours.
struct OtherClient {
    let endpoint: String
    let projectID: String

    init(of sandbox: SandboxProcess) {
        endpoint = sandbox.endpoint.replacing("/v3", with: "")
        projectID = SandboxProcess.projectID
    }

    struct Refused: Error {
        let status: Int
        let words: String
    }

    /// Sends one request of v3.
    @discardableResult
    func send(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> [String: Any] {
        var request = URLRequest(url: try #require(URL(string: "\(endpoint)/v3/\(projectID)/\(path)")))
        request.httpMethod = method
        request.setValue("test-token", forHTTPHeaderField: "X-Auth-Token")
        if let body {
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = try #require((response as? HTTPURLResponse)?.statusCode)
        guard (200..<300).contains(status) else {
            throw Refused(status: status, words: "\(method) \(path): \(status) \(String(decoding: data, as: UTF8.self))")
        }
        return data.isEmpty ? [:] : try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// Deletes a snapshot and waits until it is gone.
    func delete(_ id: String) async throws {
        try await send("DELETE", "snapshots/\(id)")
        try await waitUntil("snapshot \(id) is gone") {
            do {
                try await send("GET", "snapshots/\(id)")
                return false
            } catch let refused as Refused where refused.status == 404 { return true }
        }
    }

    /// Creates a snapshot by hand and gives its id.
    func create(_ fields: [String: Any]) async throws -> String {
        let answer = try await send("POST", "snapshots", ["snapshot": fields])
        return try #require((answer["snapshot"] as? [String: Any])?["id"] as? String)
    }
}

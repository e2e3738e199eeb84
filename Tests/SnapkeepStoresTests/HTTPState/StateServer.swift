import Foundation
import Synchronization

@testable import SnapkeepCloud

/// A server of states in memory that follows GitLab's rules to the letter (lib/api/terraform/state.rb and
/// app/services/terraform/remote_state_handler.rb, read in November 2026), or those of a plain server of Terraform's `http` backend. It shares
/// no code with the client but the request's type, and can be told to misbehave.
final class StateServer: HTTPTransport {
    enum Kind: Sendable {
        case gitLab
        /// LOCK and UNLOCK at the address itself, 423, no rule about serials.
        case plain
    }

    /// How one request goes wrong.
    enum Fault: Sendable {
        /// The connection breaks before the server has acted.
        case lostBefore
        /// The server acts, and its answer gets lost.
        case lostAfter
        /// No connection.
        case refused
        /// Something else answers, and nothing is done.
        case answer(HTTPAnswer)
        /// The server acts, and something else answers.
        case answerAfter(HTTPAnswer)
    }

    struct Request: Sendable {
        var method: String
        var path: String
        var query: String
        var fields: [String: String]
        var body: [UInt8]
    }

    struct Lock: Sendable {
        var id: String
        var who: String
        var created: String
        /// As it was sent.
        var body: [UInt8]
    }

    struct State: Sendable {
        /// Whether the record of a state exists: a lock makes one, too.
        var exists = false
        var versions: [Int: [UInt8]] = [:]
        var lock: Lock?
        var requests: [Request] = []
        var faults: [Int: Fault] = [:]
        /// Everything from that request on.
        var deadFrom: Int?
        var locksForEverybody = false
        var tellsHolder = true
        /// What a plain server answers to whoever finds the lock taken, in the place of the lock.
        var lockedAnswer: [UInt8]?
        /// Whether a plain server looks whose lock is given back, and who writes.
        var comparesIDs = true
        /// What every reader of the document gets.
        var answerToReads: HTTPAnswer?
        /// Called with each request before it counts as sent.
        var beforeSending: (@Sendable (Request) -> Void)?
        /// What is given back in the place of what was written.
        var rewrite: (@Sendable ([UInt8]) -> [UInt8])?

        /// The version with the highest serial is the state.
        var document: [UInt8]? { versions.max { $0.key < $1.key }?.value }
    }

    static let gitLabPath = "/api/v4/projects/42/terraform/state/nightly"
    let kind: Kind
    let state = Mutex(State())

    init(_ kind: Kind = .gitLab) { self.kind = kind }

    var address: String { kind == .gitLab ? "https://gitlab.example.com\(Self.gitLabPath)" : "https://states.example.com/team/nightly" }
    var document: [UInt8]? { state.withLock { $0.document } }
    var requests: [Request] { state.withLock { $0.requests } }
    var lockID: String? { state.withLock { $0.lock?.id } }

    /// The next requests go wrong, the first one first.
    func fail(_ faults: Fault...) {
        state.withLock { state in for (index, fault) in faults.enumerated() { state.faults[state.requests.count + 1 + index] = fault } }
    }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let received = Request(
            method: request.method.rawValue, path: request.path, query: request.query,
            fields: Dictionary(request.fields.map { ($0.name, $0.value) }) { first, _ in first }, body: request.body ?? [])
        state.withLock { $0.beforeSending }?(received)
        // As a transport asks when it has its connection.
        if request.body != nil, !request.mayLeave() { throw TransportFault(.notSent, "it took too long until the request could leave") }
        let result = state.withLock { state -> Result<HTTPAnswer, TransportFault> in
            state.requests.append(received)
            let number = state.requests.count
            if let dead = state.deadFrom, number >= dead { return .failure(TransportFault(.notSent, "the process is dead")) }
            switch state.faults.removeValue(forKey: number) {
            case .lostBefore: return .failure(TransportFault(.uncertain, "the connection broke"))
            case .refused: return .failure(TransportFault(.notSent, "no connection"))
            case .answer(let answer): return .success(answer)
            case .lostAfter:
                _ = act(received, &state)
                return .failure(TransportFault(.uncertain, "the connection broke"))
            case .answerAfter(let other):
                _ = act(received, &state)
                return .success(other)
            case nil: return .success(act(received, &state))
            }
        }
        var answer = try result.get()
        if answer.body.count > request.answerLimit {
            answer.body.removeSubrange(request.answerLimit...)
            answer.isTruncated = true
        }
        return answer
    }

    // MARK: Rules

    private func act(_ request: Request, _ state: inout State) -> HTTPAnswer {
        if request.method == "GET", let answer = state.answerToReads { return answer }
        return kind == .gitLab ? gitLab(request, &state) : plain(request, &state)
    }

    private func said(_ status: Int, _ words: String) -> HTTPAnswer {
        HTTPAnswer(status: status, fields: [("Content-Type", "application/json")], body: Array("{\"message\":\"\(words)\"}".utf8))
    }

    private func gitLab(_ request: Request, _ state: inout State) -> HTTPAnswer {
        var parameters = Self.parameters(request.query)
        switch (request.method, request.path) {
        case ("GET", Self.gitLabPath):
            guard state.exists else { return said(404, "404 Not found") }
            guard let document = state.document else { return HTTPAnswer(status: 204) }
            return HTTPAnswer(status: 200, body: document)
        case ("POST", Self.gitLabPath):
            if request.body.isEmpty { return HTTPAnswer(status: 204) }
            guard let json = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any] else {
                return said(422, "invalid JSON")
            }
            guard let serial = json["serial"] as? Int else { return said(422, "No serial in payload") }
            state.exists = true
            if (parameters["ID"] ?? "") != (state.lock?.id ?? "") { return HTTPAnswer(status: 409) }
            if state.versions[serial] != nil {
                return said(422, "PG::UniqueViolation: ERROR: duplicate key value violates unique constraint")
            }
            state.versions[serial] = request.body
            return HTTPAnswer(status: 200)
        case ("POST", Self.gitLabPath + "/lock"):
            let fields = (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: String]) ?? [:]
            for name in ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"] where fields[name] == nil {
                return said(400, "\(name) is missing")
            }
            if fields["ID"]!.count > 255 { return said(400, "ID must be less than 255 characters") }
            state.exists = true
            let isTaken = state.lock != nil
            if !isTaken {
                state.lock = Lock(id: fields["ID"]!, who: "ci-bot", created: "2026-11-23T09:12:00.081Z", body: request.body)
            }
            // The holder's are only these three; the others are those of whoever asks.
            var told = fields
            (told["ID"], told["Who"], told["Created"]) = (state.lock!.id, state.lock!.who, state.lock!.created)
            let body = try! JSONSerialization.data(withJSONObject: told, options: [.sortedKeys])
            return HTTPAnswer(status: isTaken ? 409 : 200, body: Array(body))
        case ("DELETE", Self.gitLabPath + "/lock"):
            let fields = (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: String]) ?? [:]
            parameters.merge(fields) { first, _ in first }
            state.exists = true
            if let id = parameters["ID"], id != state.lock?.id ?? "" { return HTTPAnswer(status: 409) }
            state.lock = nil
            return HTTPAnswer(status: 200)
        default: return said(404, "404 Not Found")
        }
    }

    private func plain(_ request: Request, _ state: inout State) -> HTTPAnswer {
        let fields = (try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]) ?? [:]
        let locked = HTTPAnswer(status: 423, body: state.lockedAnswer ?? (state.tellsHolder ? state.lock?.body ?? [] : []))
        switch request.method {
        case "GET":
            guard let document = state.versions[0] else { return HTTPAnswer(status: 404) }
            return HTTPAnswer(status: 200, body: document)
        case "POST":
            if state.comparesIDs, let lock = state.lock, Self.parameters(request.query)["ID"] != lock.id { return locked }
            // Real ones take a write without a lock, too.
            state.versions[0] = state.rewrite.map { $0(request.body) } ?? request.body
            return HTTPAnswer(status: 200)
        case "LOCK":
            guard let id = fields["ID"] as? String else { return HTTPAnswer(status: 400) }
            if state.lock != nil, !state.locksForEverybody { return locked }
            state.lock = Lock(id: id, who: "", created: "", body: request.body)
            return HTTPAnswer(status: 200)
        case "UNLOCK":
            if state.comparesIDs, let lock = state.lock, fields["ID"] as? String != lock.id { return locked }
            state.lock = nil
            return HTTPAnswer(status: 200)
        default: return HTTPAnswer(status: 405)
        }
    }

    private static func parameters(_ query: String) -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            parameters[parts[0]] = parts.count > 1 ? parts[1].removingPercentEncoding : ""
        }
        return parameters
    }
}

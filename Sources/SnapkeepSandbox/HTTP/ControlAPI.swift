/// What is the sandbox's own and no cloud has, below `/sandbox`: its clock. Whoever may use the block storage may use it; fault rules pass it by.
struct ControlAPI: Sendable {
    let store: SandboxStore

    /// The first part of the paths.
    static let root = "sandbox"

    static func isMeant(by target: RequestTarget) -> Bool { target.segments.first == root }

    /// The answer, where the path is of this kind.
    func reply(to request: APIRequest) async -> Reply? {
        guard Self.isMeant(by: request.target) else { return nil }
        guard request.target.segments == [Self.root, "clock"] else { return Self.refusal(404, "there is /sandbox/clock, and no more") }
        switch request.method {
        case "GET", "HEAD": return Self.clock(SandboxInstant(await store.moment().shown))
        case "PUT", "POST": return await setClock(request)
        default: return Self.refusal(405, "the clock is read with GET and set with PUT")
        }
    }

    private func setClock(_ request: APIRequest) async -> Reply {
        // Of any type: without being told, curl calls what it sends a form.
        guard let body = try? JSONParser.parse(request.body), case .object(let members) = body, members.count == 1,
            let text = body["now"]?.stringValue
        else { return Self.refusal(400, #"expected {"now": "2026-03-01T02:00:00Z"}"#) }
        do {
            return Self.clock(try await store.setClock(to: try SandboxInstant(parsing: text), requestID: request.requestID))
        } catch let error as SandboxInstant.ParseError {
            return Self.refusal(400, error.description)
        } catch let refusal as ClockRefusal {
            return Self.refusal(409, "the clock shows \(refusal.shown) already and never goes back, so not to \(refusal.wanted)")
        } catch { return Self.refusal(500, "the clock cannot be set: \(error)") }
    }

    private static func clock(_ now: SandboxInstant) -> Reply { Reply(200, ["now": .string(now.description)]) }

    private static func refusal(_ status: Int, _ words: String) -> Reply { Reply(status, ["error": .string(words)]) }
}

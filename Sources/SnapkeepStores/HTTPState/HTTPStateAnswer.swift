import SnapkeepCloud
import SnapkeepCore

/// What an answer that is no success means, whatever was asked for.
enum HTTPStateAnswer {
    /// Whether the same request may be answered otherwise a little later.
    static func isPassing(_ status: Int) -> Bool { status == 408 || status == 429 || isServersFailure(status) }

    /// Whether a server or a gateway failed: what it was asked for may be done. One that does not know the method (501) has done nothing.
    static func isServersFailure(_ status: Int) -> Bool { (500...599).contains(status) && status != 501 }

    /// Sorts an answer by its status.
    ///
    /// - Parameters:
    ///   - isJobToken: whether the token of a job of GitLab was shown.
    ///   - overTLS: whether it was asked so.
    ///   - message: what the server says, fit to be shown; `nil` where it says nothing.
    static func problem(
        _ answer: HTTPAnswer, isJobToken: Bool, hasLogin: Bool, overTLS: Bool, _ message: String?
    ) -> HTTPStateProblem {
        let said = message.map { ": \($0)" } ?? ""
        switch answer.status {
        case 300...399: return .foreign(redirection(answer))
        case 401:
            return .denied(
                hasLogin
                    ? "the server knows no such user, or the password is wrong or has run out\(said)"
                    : "the server asks for a user and a password: set SNAPKEEP_HTTP_USERNAME and SNAPKEEP_HTTP_PASSWORD, or TF_HTTP_...")
        case 403:
            let role = isJobToken ? "; who started the job must be Maintainer to write and Developer to read" : ""
            return .denied("the server does not allow it to this user (GitLab: Maintainers write, Developers read)\(role)\(said)")
        case 404: return .foreign("there is no such project or address, or this user may not see it\(said)")
        case 405, 501: return .withoutLock("the server does not know this method (status \(answer.status))\(said)")
        case _ where FileProblem.asksForTLS(answer.status, answer.body, overTLS: overTLS):
            return .noWay(.storeOtherScheme, "the server takes requests over TLS only")
        case 413: return .tooLarge("the server takes no document of this size\(said)")
        case 408, 429, 500...599: return .unreachable("the server answers with status \(answer.status)\(said)")
        default: return .refused("the server answers with status \(answer.status)\(said)")
        }
    }

    /// Only the host of the other place is told: the rest may hold a secret.
    private static func redirection(_ answer: HTTPAnswer) -> String {
        let target = answer.field("Location").flatMap { try? WebAddress.parse($0) }
        let place = target.map { "to \(oneLine($0.authority, limit: 120))" } ?? "elsewhere"
        return "the server sends on \(place), which is not followed, for the password would go there too: name the final address"
    }

    /// What an error's body says: `{"message": "…"}`, `{"error": "…"}`, or a short text that is no page.
    static func message(_ body: [UInt8], _ redactor: Redactor) -> String? {
        let text = body.withUnsafeBufferPointer { buffer -> String? in
            var reader = JSONReader(buffer)
            return try? message(&reader)
        }
        let plain = text ?? (body.first == 0x3C || body.first == 0x7B || body.count > 2000 ? nil : String(decoding: body, as: UTF8.self))
        guard let plain else { return nil }
        let line = oneLine(redactor.redact(plain), limit: 200).withoutFullStop
        return line.isEmpty ? nil : line
    }

    /// Whether a body is one object of JSON.
    static func isObject(_ body: [UInt8]) -> Bool {
        body.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            do throws(JSONProblem) {
                guard reader.nextKind() == .object else { return false }
                try reader.skip()
                try reader.end()
                return true
            } catch { return false }
        }
    }

    private static func message(_ reader: inout JSONReader) throws(JSONProblem) -> String? {
        var found: String?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.isEqual(to: "message") || key.isEqual(to: "error"), found == nil, reader.nextIsString() {
                found = try reader.string()
            } else {
                try reader.skip()
            }
        }
        return found
    }
}

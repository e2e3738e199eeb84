/// A refusal by the service itself, before it is put into a dialect's envelope.
struct APIError: Error, Sendable, Equatable {
    let status: Int
    let message: String
    /// Huawei's code for it (CloudAPI#codes).
    let code: String
    /// The seconds of `Retry-After`, when the answer has one.
    var retryAfter: Int?
    /// The microversion that the answer names as refused.
    var refusedVersion: String?

    init(_ status: Int, _ message: String, code: String, retryAfter: Int? = nil) {
        self.status = status
        self.message = message
        self.code = code
        self.retryAfter = retryAfter
    }

    static func badRequest(_ message: String, code: String = "EVS.5400") -> APIError {
        APIError(400, message, code: code)
    }

    static func snapshotNotFound(_ id: String) -> APIError {
        APIError(404, "Snapshot \(id) could not be found.", code: "EVS.5404")
    }

    static func volumeNotFound(_ id: String) -> APIError {
        APIError(404, "Volume \(id) could not be found.", code: "EVS.5404")
    }

    static func metadataNotFound(_ key: String, of id: String) -> APIError {
        APIError(404, "Snapshot \(id) has no metadata with key \(key).", code: "EVS.5404")
    }

    static let resourceNotFound = APIError(404, "The resource could not be found.", code: "EVS.5404")

    static let notUnderstood = APIError.badRequest(
        "The server could not comply with the request since it is either malformed or otherwise incorrect.")

    static let unsupportedContentType = APIError(415, "Unsupported Content-Type", code: "EVS.5415")

    static func notBoolean(_ value: String, _ name: String) -> APIError {
        .badRequest("Value '\(value)' for '\(name)' is not a boolean.")
    }

    static let malformedURL = APIError.badRequest("Malformed request url", code: "Common.0018")

    static let notAuthorized = APIError(403, "Not authorized.", code: "EVS.5403")

    static let unexpected = APIError(
        500, "The server has either erred or is incapable of performing the requested operation.", code: "EVS.5500")

    static func invalidVolume(_ id: String, valid: [String], current: String) -> APIError {
        .badRequest(
            "Invalid volume: Volume \(id) status must be \(valid.joined(separator: " or ")), but current status is: \(current).")
    }

    /// In upstream's words (measured); the statuses that a sandbox does not know are among them.
    static let volumeNotDeletable = APIError.badRequest(
        "Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be "
            + "migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after "
            + "volume transfer.")

    /// A volume cannot be made from a snapshot that does not rest.
    static let notASource = APIError.badRequest("Invalid snapshot: Originating snapshot status must be one of 'available' values")

    static let notDeletable = APIError.badRequest(
        "Invalid snapshot: Snapshot status must be available or error and must not be part of a group.", code: "EVS.1047")

    /// A volume that was made from the snapshot stands on it, in the words of upstream's storage drivers.
    static func hasDependents(_ id: String) -> APIError {
        .badRequest("Invalid snapshot: deleting snapshot snapshot-\(id) that has dependent volumes", code: "EVS.1047")
    }

    static func snapshotLimit(_ limit: Int) -> APIError {
        APIError(413, "SnapshotLimitExceeded: Maximum number of snapshots allowed (\(limit)) exceeded", code: "EVS.5413", retryAfter: 0)
    }

    /// The clouds' limit on the snapshots of one volume. How they refuse one too many stands nowhere, so it is in the form of a quota that is used
    /// up (CloudAPI#quotas, CloudAPI#codes), in words of the sandbox's own.
    static func volumeSnapshotLimit(_ limit: Int, of volume: String) -> APIError {
        APIError(
            413, "SnapshotLimitExceeded: Maximum number of snapshots allowed for volume \(volume) (\(limit)) exceeded", code: "EVS.5413",
            retryAfter: 0)
    }

    /// A call that would change what the backup service has made (CloudAPI#server-made).
    static func notOfAutomatic(_ rule: String) -> APIError {
        APIError(403, "Policy doesn't allow volume:\(rule) to be performed.", code: "EVS.5403")
    }

    static func gigabytesLimit(_ limit: Int, requested: Int, consumed: Int) -> APIError {
        APIError(
            413,
            "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested \(requested)G, "
                + "quota is \(limit)G and \(consumed)G has been consumed.", code: "EVS.5413", retryAfter: 0)
    }
}

/// The bodies in which a dialect sends an error (CloudAPI#errors).
enum ErrorEnvelope {
    /// Plain Cinder: the fault's name, with the code as a number.
    static func cinder(_ error: APIError) -> JSONValue {
        var members = [JSONMember("code", .integer(Int64(error.status))), JSONMember("message", .string(error.message))]
        if let retryAfter = error.retryAfter { members.append(JSONMember("retryAfter", .string(String(retryAfter)))) }
        return .object([JSONMember(faultName(error.status), .object(members))])
    }

    /// The service behind Huawei's gateway: its own code, as a text.
    static func evs(_ error: APIError) -> JSONValue {
        ["error": ["code": .string(error.code), "message": .string(error.message)]]
    }

    /// Huawei's gateway.
    static func gateway(code: String, message: String, requestID: String) -> JSONValue {
        ["error_code": .string(code), "error_msg": .string(message), "request_id": .string(requestID)]
    }

    /// The middleware that checks tokens in front of Cinder.
    static let unauthorized: JSONValue = [
        "error": ["code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."]
    ]

    /// Cinder's own rate limiter, long gone upstream, still met in the field.
    static func rateLimiter(retryAfter: Int) -> JSONValue {
        [
            "overLimitFault": [
                "code": 413, "message": "This request was rate-limited.", "details": "Only 10 POST request(s) can be made every minute.",
                "retryAfter": .string(String(retryAfter)),
            ]
        ]
    }

    private static func faultName(_ status: Int) -> String {
        switch status {
        case 400: "badRequest"
        case 401: "unauthorized"
        case 403: "forbidden"
        case 404: "itemNotFound"
        case 405: "badMethod"
        case 409: "conflictingRequest"
        case 413: "overLimit"
        case 415: "badMediaType"
        case 501: "notImplemented"
        case 503: "serviceUnavailable"
        default: "computeFault"
        }
    }
}

import SnapkeepEngine

/// Sorts an error answer by what may be done next (CloudAPI#codes).
struct FaultClassifier {
    let operation: Operation
    let status: Int
    /// The cloud's code or the fault's name.
    let code: String?
    /// The cloud's words, before they are cut.
    let message: String
    let retryAfter: Duration?
    /// Whether the service itself, or its gateway, is heard (`OwnRefusal`).
    let isOwn: Bool

    /// What the answer means.
    var kind: ServiceFault.Kind {
        if status >= 500 { return serverFault }
        if operation.changesSomething && !isOwn { return foreignAnswer }
        if let kind = byCode { return kind }
        switch status {
        case 300..<400: return .refused(.other)
        case 400: return .refused(badRequest)
        case 401: return .unauthenticated
        case 403: return .refused(.forbidden)
        case 404: return .refused(notFound)
        case 409 where operation == .deleteSnapshot: return .refused(useOfSnapshot ?? .snapshotBusy)
        case 408, 499: return .uncertain
        case 413: return tooLarge
        // 498 is what some gateways say in place of 429 (CloudAPI#throttling).
        case 429, 498: return throttled
        default: return .refused(.other)
        }
    }

    /// What is asked for beside what the answer means: also whoever answers in the service's place is not to be hurried.
    var pause: ServiceFault.Pause? {
        status == 429 || status == 498 || positiveWait != nil ? .init(asked: positiveWait) : nil
    }

    /// "At once" is no time to wait for; the caller then backs off by itself.
    private var positiveWait: Duration? { retryAfter.flatMap { $0 > .zero ? $0 : nil } }

    private var throttled: ServiceFault.Kind { .throttled(retryAfter: positiveWait) }

    /// Somebody else has answered a request for a change, and the service may have acted on it before. What may be repeated is repeated
    /// with new credentials or after a wait; a creation is looked up first (P1).
    private var foreignAnswer: ServiceFault.Kind {
        guard operation.isIdempotent else { return .uncertain }
        switch status {
        case 401: return .unauthenticated
        case 429, 498: return throttled
        case 413 where positiveWait != nil: return throttled
        default: return .uncertain
        }
    }

    /// The request may have been carried out before the server fell: a creation is never blindly repeated, whatever the server asks for.
    private var serverFault: ServiceFault.Kind {
        switch (status, code) {
        case (_, "EVS.2019") where operation.namesSnapshot && isOwn: .refused(.wrongStatus)
        case (501, "notImplemented") where isOwn: .refused(.other)
        case (503, _) where operation.isIdempotent && retryAfter != nil: throttled
        default: .uncertain
        }
    }

    private var byCode: ServiceFault.Kind? {
        switch code {
        case "EVS.0002", "Common.0013", "EVS.5401", "APIGW.0301", "APIGW.0303", "APIGW.0305", "APIGW.0307": .unauthenticated
        case "EVS.2144", "EVS.2145": .accountBlocked
        case "APIGW.0308": throttled
        case "EVS.0001", "Common.0018", "APIGW.0310": .refused(.badProject)
        case "EVS.0003", "EVS.1027", "EVS.2056": .refused(.forbidden)
        case "EVS.1002": .refused(operation == .createSnapshot ? .volumeNotFound : .other)
        case "EVS.1003": .refused(.name)
        case "EVS.1004": .refused(.description)
        case "EVS.1005", "EVS.1025", "EVS.1058", "EVS.2047": .refused(.metadata)
        case "EVS.5403": .refused(message.lowercased().contains("metadata") ? .metadata : .forbidden)
        case "EVS.1047", "EVS.2043": .refused(operation == .deleteSnapshot ? useOfSnapshot ?? .wrongStatus : .wrongStatus)
        case "EVS.2068", "EVS.2089", "EVS.2093": .refused(.volumeBusy)
        case "EVS.5413": .refused(.quota)
        case "overLimitFault": throttled
        default: nil
        }
    }

    private var badRequest: ServiceFault.Refusal {
        if message.contains("Malformed request url") { return .badProject }
        if let field = refusedField { return field }
        switch operation {
        case .createSnapshot:
            // Seen upstream: "Invalid volume: Volume … status must be available, but current status is: in-use."
            if message.contains("current status is: in-use") { return .volumeAttached }
            return message.contains("Invalid volume") || message.contains("current status is:") ? .volumeBusy : .other
        case .deleteSnapshot:
            return useOfSnapshot ?? (message.contains("Invalid snapshot") ? .wrongStatus : .other)
        case .updateSnapshot:
            return message.contains("Invalid snapshot") ? .wrongStatus : .other
        case .showSnapshot, .listSnapshots, .mergeMetadata, .deleteMetadataKey, .listVolumes, .showVolume, .showQuota: return .other
        }
    }

    /// What holds on to a snapshot that is to be deleted, where the cloud says so. Upstream's storage drivers word the first
    /// "deleting snapshot … that has dependent volumes"; other services say it in words of their own.
    private var useOfSnapshot: ServiceFault.Refusal? {
        let words = message.lowercased()
        if ["dependent", "created from", "linked clone", "has clone", "has child"].contains(where: words.contains) {
            return .hasDependents
        }
        return ["is busy", "in use", "being used", "in-use"].contains(where: words.contains) ? .snapshotBusy : nil
    }

    /// Upstream names the field: "Invalid input for field/attribute name. Value: …". A metadata value is named by its key.
    private var refusedField: ServiceFault.Refusal? {
        let opening = "Invalid input for field/attribute "
        guard let field = message.after(opening)?.prefix(while: { $0 != " " }) else { return nil }
        let name = field.hasSuffix(".") ? field.dropLast() : field
        if operation == .mergeMetadata { return .metadata }
        switch name {
        case "name": return .name
        case "description": return .description
        case "metadata": return .metadata
        case "volume_id", "force", "snapshot": return .other
        default: return operation == .createSnapshot ? .metadata : .other
        }
    }

    /// Only the service's own code makes a thing missing. A gateway or a proxy that knows no such path also answers 404, often with
    /// the path in its words, and taking that for an absence would let a snapshot of ours look lost (P2).
    private var notFound: ServiceFault.Refusal {
        guard isOwn, let code, code.hasPrefix("EVS.") || code.lowercased() == "itemnotfound" else {
            // A collection is always there where the API is.
            return operation.namesSnapshot || operation == .showVolume ? .other : .noSuchService
        }
        switch operation {
        case .createSnapshot, .showVolume: return .volumeNotFound
        case .showSnapshot, .updateSnapshot, .mergeMetadata, .deleteMetadataKey, .deleteSnapshot: return .snapshotNotFound
        case .listSnapshots, .listVolumes, .showQuota: return .other
        }
    }

    /// 413 is three things: a quota that is used up (`Retry-After: 0`), the old rate limiter (above 0), and metadata that is too long
    /// (CloudAPI#throttling, CloudAPI#metadata).
    private var tooLarge: ServiceFault.Kind {
        if let retryAfter, retryAfter > .zero { return throttled }
        if code == "APIGW.0201" { return .refused(.other) }
        if message.lowercased().contains("metadata") { return .refused(.metadata) }
        return .refused(operation == .createSnapshot || code == "overLimit" ? .quota : .other)
    }
}

extension String {
    /// What follows the first occurrence of a text.
    fileprivate func after(_ needle: String) -> Substring? {
        var start = startIndex
        while start < endIndex {
            let tail = self[start...]
            if tail.hasPrefix(needle) { return tail.dropFirst(needle.count) }
            start = index(after: start)
        }
        return nil
    }
}

import Logging
import SnapkeepCore
public import SnapkeepEngine

/// What a block-storage service says of itself.
public struct ServiceDescription: Hashable, Sendable {
    /// As listed; empty for a service that hides its list.
    public var versions: [APIVersion]
    /// `nil` when no answer told a date.
    public var skew: ClockSkew?
    /// HTTP status of the last answer; `nil` when there was none.
    public var status: Int?

    /// A description of its parts; without any it says nothing.
    public init(versions: [APIVersion] = [], skew: ClockSkew? = nil, status: Int? = nil) {
        self.versions = versions
        self.skew = skew
        self.status = status
    }

    /// The microversion to ask for when speaking this version of the API; v2 knows none.
    public func microversion(for version: Endpoint.Version) -> Microversion? {
        guard version == .v3, let range = versions.first(where: { $0.id == "v3" || $0.id.hasPrefix("v3.") })?.microversions else {
            return nil
        }
        return Microversion.best(in: range)
    }
}

extension CinderClient {
    /// Asks for the list of versions, status 300, at the root of the service and then at its version (CloudAPI#microversions).
    ///
    /// It is an aid, so that nothing of it is an error: a service that hides its list is spoken to without a microversion.
    public func describeService() async -> ServiceDescription {
        var found = ServiceDescription()
        for path in ["/", "/\(endpoint.version.rawValue)/"] where found.versions.isEmpty {
            var request = OutgoingRequest(
                method: .get, endpoint: endpoint, path: endpoint.prefix + path, fields: commonFields, answerLimit: configuration.answerLimit
            )
            guard let credentials = try? await authorizer.fields(for: request) else { continue }
            request.fields += credentials
            guard let answer = try? await transport.send(request) else {
                logger.debug("no answer", metadata: ["method": "GET", "path": "\(request.path)"])
                continue
            }
            logger.debug("answer", metadata: ["method": "GET", "path": "\(request.path)", "status": "\(answer.status)"])
            found.status = answer.status
            found.skew = ClockSkew(answer, now: now()) ?? found.skew
            guard answer.status == 300 || (200..<300).contains(answer.status), !answer.isTruncated,
                case .array(let rows)? = JSONValue(parsing: answer.body)?["versions"]
            else { continue }
            found.versions = rows.prefix(100).compactMap { APIVersion($0) }
        }
        return found
    }

    /// The calls that show whether reading is permitted, without changing anything.
    public enum Probe: String, CaseIterable, Sendable {
        case snapshots
        case volumes
        case quota
    }

    /// Makes one of these calls.
    ///
    /// - Returns: `nil` when it is permitted, else what stands against it.
    public func fault(of probe: Probe) async -> ServiceFault? {
        let one = [(name: "limit", value: "1")]
        let call =
            switch probe {
            case .snapshots: Call(operation: .listSnapshots, method: .get, segments: ["snapshots", "detail"], parameters: one)
            case .volumes: Call(operation: .listVolumes, method: .get, segments: ["volumes", "detail"], parameters: one)
            case .quota: Self.quotaCall(projectID)
            }
        do {
            _ = try await send(call).object()
            return nil
        } catch { return error }
    }
}

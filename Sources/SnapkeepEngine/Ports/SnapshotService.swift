public import SnapkeepCore

/// The cloud's snapshot calls as the engine needs them: one attempt each, no retry, no waiting. Retries belong to the executor, which
/// alone knows what may be repeated.
public protocol SnapshotService: Sendable {
    /// Asks for one snapshot. It is not idempotent: after an `uncertain` fault look for the stamp before asking again (CloudAPI#create).
    ///
    /// The request is sent within `ExecutionPolicy.sendBound` of the call or, with a `notSent` fault, not at all: what is known of when it
    /// was sent bounds how long it may still be on its way (P1).
    func createSnapshot(_ request: CreationRequest) async throws(ServiceFault) -> ObservedSnapshot

    /// One snapshot with its progress; `nil` when the cloud answers that there is none.
    func snapshot(_ id: SnapshotID) async throws(ServiceFault) -> ObservedSnapshot?

    /// One page of snapshots, newest first. Filters may be ignored by the server, so the caller checks each row again (CloudAPI#list).
    ///
    /// - Parameters:
    ///   - filter: what is asked for.
    ///   - cursor: `nil` for the first page, then the former page's `next`.
    ///   - rows: as many are enough; `nil` for as many as a page may have. There may be more and fewer.
    func snapshotPage(_ filter: SnapshotFilter, from cursor: PageCursor?, rows: Int?) async throws(ServiceFault) -> SnapshotPage

    /// Sets name and description; `nil` clears the description (CloudAPI#update).
    func updateSnapshot(_ id: SnapshotID, name: String, description: String?) async throws(ServiceFault) -> ObservedSnapshot

    /// Adds or overwrites the given metadata keys and leaves all others alone (CloudAPI#metadata).
    func mergeMetadata(_ metadata: Metadata, into id: SnapshotID) async throws(ServiceFault)

    /// Removes one metadata key; a key that is not there counts as removed (CloudAPI#metadata).
    func deleteMetadataKey(_ key: String, of id: SnapshotID) async throws(ServiceFault)

    /// Asks for deletion, which goes on after the answer; a snapshot that is not there counts as deleted (CloudAPI#delete).
    func deleteSnapshot(_ id: SnapshotID) async throws(ServiceFault)

    /// All volumes of exactly this name; names are not unique (CloudAPI#volumes).
    func volumes(named name: String) async throws(ServiceFault) -> [ObservedVolume]

    /// The same calls for a run whose lock may end: those that change something ask first, right before they leave.
    func checking(_ check: @escaping SendingCheck) -> any SnapshotService

    /// The most rows that a list may have; one that goes on is not read any further, and nothing is concluded from it (P9).
    var listBound: Int { get }
}

extension SnapshotService {
    public var listBound: Int { ListProgress.usualBound }

    /// One page of snapshots, as large as a page may be.
    public func snapshotPage(_ filter: SnapshotFilter, from cursor: PageCursor?) async throws(ServiceFault) -> SnapshotPage {
        try await snapshotPage(filter, from: cursor, rows: nil)
    }
}

/// Whether a request that changes something may leave. A service calls it with the credentials at hand.
///
/// - Returns: how long after the call that holds, `nil` for as long as it takes: a request that is not on its way by then is not sent, with a
///   `notSent` fault.
/// - Throws: why nothing may leave any more: it is a `notSent` fault then, too.
public typealias SendingCheck = @Sendable () async throws(JournalFailure) -> Duration?

/// What is asked of the cloud to make one snapshot.
public struct CreationRequest: Hashable, Sendable {
    public var volumeID: VolumeID
    public var name: String
    public var description: String?
    /// Declared metadata and the stamp.
    public var metadata: Metadata
    /// Sent only when true (CloudAPI#force).
    public var force: Bool

    /// A request of its parts.
    public init(volumeID: VolumeID, name: String, description: String?, metadata: Metadata, force: Bool) {
        self.volumeID = volumeID
        self.name = name
        self.description = description
        self.metadata = metadata
        self.force = force
    }
}

/// What a list of snapshots is narrowed to.
public enum SnapshotFilter: Hashable, Sendable {
    case all
    case volume(VolumeID)
}

/// Where the next page begins; made by the service, meaningless to others.
public struct PageCursor: Hashable, Sendable {
    public let marker: String

    /// A cursor of the service's own text.
    public init(marker: String) { self.marker = marker }
}

/// One page of a list.
public struct SnapshotPage: Hashable, Sendable {
    public var snapshots: [ObservedSnapshot]
    /// `nil` when this page is the last.
    public var next: PageCursor?

    /// A page of its parts.
    public init(snapshots: [ObservedSnapshot], next: PageCursor?) {
        self.snapshots = snapshots
        self.next = next
    }
}

/// What reading a whole project needs beyond the snapshots: refresh, adoption and recovery ask for it.
public protocol ProjectService: SnapshotService {
    /// One page of all volumes of the project (CloudAPI#volumes).
    ///
    /// - Parameter cursor: `nil` for the first page, then the former page's `next`.
    func volumePage(from cursor: PageCursor?) async throws(ServiceFault) -> VolumePage

    /// One volume; `nil` when the cloud answers that there is none.
    func volume(_ id: VolumeID) async throws(ServiceFault) -> ObservedVolume?

    /// What the project may still make (CloudAPI#quotas).
    func quota() async throws(ServiceFault) -> ProjectQuota

    /// This machine's clock less the cloud's, by its last answer; `nil` before there was one, or where it tells no time.
    var clockDifference: Duration? { get }
}

extension ProjectService {
    public var clockDifference: Duration? { nil }
}

/// One page of a list of volumes.
public struct VolumePage: Hashable, Sendable {
    public var volumes: [ObservedVolume]
    /// `nil` when this page is the last.
    public var next: PageCursor?

    /// A page of its parts.
    public init(volumes: [ObservedVolume], next: PageCursor?) {
        self.volumes = volumes
        self.next = next
    }
}

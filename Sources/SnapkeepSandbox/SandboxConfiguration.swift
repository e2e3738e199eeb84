/// How a sandbox server behaves. A value: nothing is read from files or the environment.
public struct SandboxConfiguration: Sendable, Equatable {
    /// The address to listen on; loopback unless told otherwise.
    public var host: String
    /// The port to listen on; 0 takes any free one.
    public var port: Int
    /// The file that keeps volumes and snapshots; nil keeps them in memory only.
    public var dataFile: String?
    /// The project that paths must name.
    public var projectID: String
    /// The token that `X-Auth-Token` must carry; nil accepts any, and none.
    public var token: String?
    /// Whom the sandbox knows; nil leaves it without an identity service, open to whoever has the ``token``.
    public var identity: SandboxIdentity?
    /// The volumes that exist.
    public var volumes: [SandboxVolume]
    /// Whether every volume id in UUID form exists: `available`, its size computed from the id.
    public var madeUpVolumes: Bool
    /// How long a new snapshot or volume stays `creating`.
    public var createDelay: Duration
    /// How long a snapshot or volume stays `deleting`.
    public var deleteDelay: Duration
    /// How long each answer is held back.
    public var answerLatency: Duration
    /// The number of snapshots allowed; nil is no limit.
    public var snapshotQuota: Int?
    /// The number of snapshots allowed for one volume; nil is no limit.
    public var snapshotsPerVolume: Int?
    /// The gigabytes allowed for volumes and snapshots together; nil is no limit.
    public var gigabytesQuota: Int?
    /// The most rows in one page.
    public var maxPageSize: Int
    /// The newest microversion served, as the number after `3.`.
    public var maxMinorVersion: Int
    /// The shape of error answers.
    public var dialect: SandboxDialect
    /// What the clock of the sandbox is set to when it starts; nil lets it go on as the data file tells, else by the system's.
    public var clock: SandboxInstant?
    /// What the cloud's own backup service has made.
    public var autoSnapshots: [AutoSnapshots]
    /// What goes wrong on purpose; the first rule that fires decides.
    public var faults: [FaultRule]
    /// Volumes whose snapshots all end in `error`.
    public var failingVolumes: Set<String>
    /// The authority that `next` links name: one that no client can reach, as behind a real gateway (CloudAPI#list). With nil it is the one
    /// that the client used, as in a cloud that knows its public address; openstacksdk and its kin follow the links as they stand.
    public var internalAuthority: String?

    /// A configuration; each value has a default.
    public init(
        host: String = "127.0.0.1",
        port: Int = 0,
        dataFile: String? = nil,
        projectID: String = "0c2eba2c5af04d3f9e9d0d410b371fde",
        token: String? = nil,
        identity: SandboxIdentity? = nil,
        volumes: [SandboxVolume] = [],
        madeUpVolumes: Bool = false,
        createDelay: Duration = .milliseconds(100),
        deleteDelay: Duration = .milliseconds(100),
        answerLatency: Duration = .zero,
        snapshotQuota: Int? = nil,
        snapshotsPerVolume: Int? = nil,
        gigabytesQuota: Int? = nil,
        maxPageSize: Int = 1000,
        maxMinorVersion: Int = 71,
        dialect: SandboxDialect = .openstack,
        clock: SandboxInstant? = nil,
        autoSnapshots: [AutoSnapshots] = [],
        faults: [FaultRule] = [],
        failingVolumes: Set<String> = [],
        internalAuthority: String? = "10.22.0.17:8776"
    ) {
        self.host = host
        self.port = port
        self.dataFile = dataFile
        self.projectID = projectID
        self.token = token
        self.identity = identity
        self.volumes = volumes
        self.madeUpVolumes = madeUpVolumes
        self.createDelay = createDelay
        self.deleteDelay = deleteDelay
        self.answerLatency = answerLatency
        self.snapshotQuota = snapshotQuota
        self.snapshotsPerVolume = snapshotsPerVolume
        self.gigabytesQuota = gigabytesQuota
        self.maxPageSize = maxPageSize
        self.maxMinorVersion = maxMinorVersion
        self.dialect = dialect
        self.clock = clock
        self.autoSnapshots = autoSnapshots
        self.faults = faults
        self.failingVolumes = failingVolumes
        self.internalAuthority = internalAuthority
    }
}

/// Whose error answers the sandbox imitates (CloudAPI#errors).
public enum SandboxDialect: String, Sendable, CaseIterable {
    /// Plain Cinder: `{"itemNotFound": {"code": 404, …}}`, `X-Openstack-Request-Id`, whole seconds in what is read back.
    case openstack
    /// Huawei EVS: `{"error": {"code": "EVS.5404", …}}`, the gateway's shape for throttling, `X-Request-Id`, limits in bytes.
    case huawei
}

/// A volume that the sandbox has.
public struct SandboxVolume: Sendable, Equatable {
    /// The id, a UUID.
    public var id: String
    /// The name; several volumes may share one, and some have none.
    public var name: String?
    /// The size in GiB.
    public var size: Int
    /// The status.
    public var status: Status
    /// The servers it is attached to.
    public var attachments: [Attachment]
    /// What its maker said of it.
    public var description: String?
    /// What its maker noted on it.
    public var metadata: [String: String]
    /// The snapshot that it was made from.
    public var snapshotID: String?

    /// What the volume is doing.
    public enum Status: String, Sendable, CaseIterable {
        /// Attached to nothing.
        case available
        /// Attached; a snapshot needs force.
        case inUse = "in-use"
        /// Being attached: no snapshot at all.
        case attaching
        /// Broken: no snapshot at all.
        case error
        /// Being made; nothing can be done with it yet.
        case creating
        /// Being deleted.
        case deleting
        /// Its deletion failed.
        case errorDeleting = "error_deleting"
    }

    /// One attachment.
    public struct Attachment: Sendable, Equatable {
        /// The id of the server.
        public var serverID: String
        /// The device name on it.
        public var device: String

        /// An attachment.
        public init(serverID: String, device: String = "/dev/vdb") {
            self.serverID = serverID
            self.device = device
        }
    }

    /// A volume.
    public init(
        id: String, name: String?, size: Int = 1, status: Status = .available, attachments: [Attachment] = [], description: String? = nil,
        metadata: [String: String] = [:], snapshotID: String? = nil
    ) {
        self.id = id
        self.name = name
        self.size = size
        self.status = status
        self.attachments = attachments
        self.description = description
        self.metadata = metadata
        self.snapshotID = snapshotID
    }
}

/// Why a call to the cloud gave no result, sorted by what may be done next (CloudAPI#codes).
public struct ServiceFault: Error, Hashable, Sendable {
    /// What the fault means for the next step.
    public enum Kind: Hashable, Sendable {
        /// The cloud understood and said no; nothing was done; asking again is useless.
        case refused(Refusal)
        /// Turned away before the service acted: may be sent again after a wait. `nil`: the cloud named no time.
        case throttled(retryAfter: Duration?)
        /// Nothing was sent: no connection could be made.
        case notSent
        /// The request may have been carried out: answer lost, 5xx, time-out after sending.
        case uncertain
        /// The token is missing, wrong or expired: nothing else will work either.
        case unauthenticated
        /// The account is frozen or suspended: nothing else will work either.
        case accountBlocked
        /// The answer was understood by nobody: not JSON, or without what it must hold. The request may have been carried out.
        case unintelligible
    }

    /// What a refusal is about, where that is known; it decides the remedy that is offered.
    public enum Refusal: Hashable, Sendable {
        case volumeAttached
        case volumeNotFound
        case snapshotNotFound
        case volumeBusy
        case quota
        case forbidden
        /// The snapshot's status does not allow what was asked.
        case wrongStatus
        /// Something was made from the snapshot that still needs it: a volume, a clone.
        case hasDependents
        /// Another operation uses the snapshot, or a group holds it.
        case snapshotBusy
        case badProject
        /// What answers is not a block-storage API, or not of this version.
        case noSuchService
        case name
        case description
        case metadata
        /// A list goes on beyond its bound: nothing is concluded from what was read.
        case listBound
        /// One page of a list is larger than any that the API gives.
        case pageBound
        case other
    }

    /// A wait that was asked for.
    public struct Pause: Hashable, Sendable {
        /// How long; `nil`: no time was named.
        public var asked: Duration?

        /// A wait of the given length.
        public init(asked: Duration?) { self.asked = asked }
    }

    public var kind: Kind
    /// The cloud, or what stands before it, asks for fewer requests, whether or not this one was carried out; `nil` where it does not.
    public var pause: Pause?
    /// `POST /v2/…/snapshots`: never with a query, a header or a host.
    public var request: String
    /// HTTP status; `nil` when there was no answer.
    public var status: Int?
    /// The cloud's own code: `EVS.5404`, `itemNotFound`.
    public var code: String?
    /// The cloud's own words, or ours about the transport; one line, cut to a readable length, without control characters.
    public var message: String
    /// For the cloud's support (CloudAPI#errors).
    public var requestID: String?

    /// A fault of its parts.
    public init(
        _ kind: Kind, request: String, status: Int? = nil, code: String? = nil, message: String, requestID: String? = nil,
        pause: Pause? = nil
    ) {
        self.kind = kind
        self.pause = pause
        self.request = request
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
    }
}

extension ServiceFault {
    /// Whether each other request would meet the same, whatever it is about: there is no use in going on.
    public var meetsEveryone: Bool {
        switch kind {
        case .unauthenticated, .accountBlocked, .refused(.badProject), .refused(.noSuchService): true
        case .refused, .throttled, .notSent, .uncertain, .unintelligible: false
        }
    }

    /// Whether the next request would meet the same, now that this one was repeated in vain: a cloud that nobody reaches, or that turns
    /// requests away, does so to the next one too.
    public var outlastsItsTries: Bool {
        switch kind {
        case .throttled, .notSent: true
        case .refused, .unauthenticated, .accountBlocked, .uncertain, .unintelligible: meetsEveryone
        }
    }
}

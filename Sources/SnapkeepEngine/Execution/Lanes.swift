import SnapkeepCore

/// What is to be sent and what is under way: one lane for each volume, and as many requests at once as the
/// cloud takes.
///
/// Intents are written a little ahead of their requests, several with one fsync: no request waits for the disk, and a slow disk is asked a
/// fraction as often. A job holds its lane from the moment in which it leaves the queue until it is released or put back.
struct Lanes {
    private(set) var throttle: Throttle
    private var queue = JobQueue()
    /// Jobs that can be sent as soon as one more request may run: their intents are on disk, or they need none.
    private var sendable: [Job] = []
    /// How many jobs have their intents written just now.
    private var preparing = 0
    /// How many requests of jobs run.
    private(set) var inFlight = 0
    /// Jobs whose retry or settle wait is running, one at most for each volume.
    private var parked: [VolumeID: Job] = [:]
    private var newlyParked: [(job: Job, delay: Duration)] = []
    private var isPausing = false

    init(parallelism: Int) { throttle = Throttle(ceiling: parallelism) }

    /// Whether a request runs, or an intent is being written.
    var isBusy: Bool { inFlight > 0 || preparing > 0 }
    /// Whether a job waits for anything but the end of its step.
    var hasWaiting: Bool { queue.waitingCount > 0 || !sendable.isEmpty || !parked.isEmpty }
    /// Whether one more request may run.
    var hasRoom: Bool { inFlight < throttle.limit }

    // MARK: Waiting

    /// Puts a job behind the others of its volume.
    mutating func append(_ job: Job) { queue.append(job) }

    /// Puts a job that was taken out before all others of its volume.
    mutating func putBack(_ job: Job) { queue.putBack(job) }

    /// Frees the lane of a job that has come to its end.
    mutating func release(_ job: Job) { queue.release(job.volume) }

    /// Lets a job wait with its lane held.
    mutating func park(_ job: Job, for delay: Duration) {
        parked[job.volume] = job
        newlyParked.append((job, delay))
    }

    /// The jobs that were parked since the last call, each to be woken after its wait.
    mutating func takeParked() -> [(job: Job, delay: Duration)] {
        defer { newlyParked = [] }
        return newlyParked
    }

    /// Puts a job whose wait is over back into its lane.
    mutating func wake(_ job: Job) {
        parked[job.volume] = nil
        queue.putBack(job)
    }

    // MARK: Preparing

    /// Intents that one fsync serves while all slots are busy.
    private var groupSize: Int { max(1, throttle.limit / 3) }

    /// Jobs that may be ready beyond those for which there is a slot: one group to send while the next is being written. With one request
    /// at a time, none.
    private var stock: Int { throttle.limit > 1 ? 2 * groupSize : 0 }

    /// Takes jobs out of the queue, as many as can be sent soon.
    ///
    /// - Parameter looks: how many other requests run.
    /// - Returns: the creations, whose intents are now to be written; each is then to be given to `makeSendable`, and
    ///   `endPreparing` to be called.
    mutating func takeUnprepared(beside looks: Int) -> [Job] {
        let wanted = throttle.limit - inFlight - looks + stock - sendable.count - preparing
        // A group at a time, unless a slot would stay empty.
        guard wanted >= groupSize || sendable.isEmpty && preparing == 0 else { return [] }
        var creations: [Job] = []
        for _ in 0..<max(0, wanted) {
            guard let job = queue.takeNext() else { break }
            if job.lacksIntent { creations.append(job) } else { sendable.append(job) }
        }
        preparing += creations.count
        return creations
    }

    /// Notes that the writing of a job's intent has ended, well or not.
    mutating func endPreparing() { preparing -= 1 }

    /// Takes a job whose intent is on disk.
    mutating func makeSendable(_ job: Job) { sendable.append(job) }

    // MARK: Sending

    /// The next job whose request may be sent; `nil` where there is none, or no room.
    ///
    /// - Parameter looks: how many other requests run.
    mutating func takeSendable(beside looks: Int) -> Job? {
        guard inFlight + looks < throttle.limit, !sendable.isEmpty else { return nil }
        var job = sendable.removeFirst()
        job.tries += 1
        inFlight += 1
        return job
    }

    /// Notes that the request of a job has come to its end.
    mutating func endRequest() { inFlight -= 1 }

    /// Takes out every job that has come to no end and has no request under way.
    mutating func drain() -> [Job] {
        defer { (sendable, parked) = ([], [:]) }
        return queue.drain() + sendable + Array(parked.values)
    }

    // MARK: Throttling

    /// How long nothing is to be sent; `nil` where it may be.
    func pause(at now: Duration) -> Duration? { now < throttle.pausedUntil ? throttle.pausedUntil - now : nil }

    /// Begins to wait for the end of a pause; false where that wait runs already.
    mutating func beginPause() -> Bool {
        defer { isPausing = true }
        return !isPausing
    }

    /// Notes that such a wait is over.
    mutating func endPause() { isPausing = false }

    /// Notes that the cloud has answered.
    mutating func noteAnswer() { throttle.noteSuccess() }

    /// Notes that the cloud turned a request away.
    ///
    /// - Returns: how long it has been doing so, and whether this is a sign of its own.
    mutating func noteThrottled(wait: Duration, at now: Duration) -> (lasting: Duration, isNew: Bool) {
        let streak = throttle.streak
        let lasting = throttle.noteThrottled(wait: wait, at: now)
        return (lasting, throttle.streak != streak)
    }
}

extension Job {
    /// Whether it is a creation that was not announced on disk yet.
    fileprivate var lacksIntent: Bool {
        if case .create(let creation) = step { creation.intent == nil } else { false }
    }
}

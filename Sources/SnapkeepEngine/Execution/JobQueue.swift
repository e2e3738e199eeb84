import SnapkeepCore

/// Jobs that wait for their turn: first come, first served, and never two of one volume at once.
struct JobQueue {
    private var lanes: [VolumeID: Lane] = [:]
    /// Volumes that have a job waiting and none running, in the order in which they became so.
    private var ready: [VolumeID] = []
    private var firstReady = 0
    private(set) var waitingCount = 0

    private struct Lane {
        var jobs: [Job] = []
        var first = 0
        var isBusy = false
        var isEmpty: Bool { first == jobs.count }
    }

    /// Puts a job behind the others of its volume.
    mutating func append(_ job: Job) {
        var lane = lanes.removeValue(forKey: job.volume) ?? Lane()
        let wasEmpty = lane.isEmpty
        lane.jobs.append(job)
        if wasEmpty && !lane.isBusy { ready.append(job.volume) }
        lanes[job.volume] = lane
        waitingCount += 1
    }

    /// Puts a job that was running before all others of its volume, and frees the volume.
    mutating func putBack(_ job: Job) {
        var lane = lanes.removeValue(forKey: job.volume) ?? Lane()
        if lane.first > 0 {
            lane.first -= 1
            lane.jobs[lane.first] = job
        } else {
            lane.jobs.insert(job, at: 0)
        }
        lane.isBusy = false
        lanes[job.volume] = lane
        ready.append(job.volume)
        waitingCount += 1
    }

    /// Takes the next job and holds its volume until `release` or `putBack`.
    mutating func takeNext() -> Job? {
        guard firstReady < ready.count else { return nil }
        let volume = ready[firstReady]
        firstReady += 1
        if firstReady > 1024 && firstReady * 2 > ready.count {
            ready.removeFirst(firstReady)
            firstReady = 0
        }
        guard var lane = lanes.removeValue(forKey: volume), !lane.isEmpty else { return nil }
        let job = lane.jobs[lane.first]
        lane.first += 1
        lane.isBusy = true
        lanes[volume] = lane
        waitingCount -= 1
        return job
    }

    /// Frees a volume whose job ended its step.
    mutating func release(_ volume: VolumeID) {
        guard var lane = lanes.removeValue(forKey: volume) else { return }
        lane.isBusy = false
        if lane.isEmpty { return }
        lanes[volume] = lane
        ready.append(volume)
    }

    /// Takes out every job that is still waiting.
    mutating func drain() -> [Job] {
        let jobs = lanes.values.flatMap { $0.jobs[$0.first...] }
        self = JobQueue()
        return jobs
    }
}

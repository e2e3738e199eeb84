/// One moment by the two clocks of a sandbox.
///
/// What answers show is by its own clock, which can be set forward. What takes time takes it by the system's: setting the clock makes no
/// operation end sooner.
struct Moment: Sendable, Equatable {
    /// The system's time.
    let system: Microseconds
    /// What the sandbox's clock shows.
    let shown: Microseconds
}

/// The sandbox's clock was to be set to an instant that lies behind what it has shown.
struct ClockRefusal: Error, Equatable {
    let wanted: SandboxInstant
    let shown: SandboxInstant
}

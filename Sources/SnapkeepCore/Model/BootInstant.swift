/// An instant of one boot of one machine, on the clock that counts from its start and that nobody can set.
///
/// Two of them can be subtracted, also when two processes read them, as long as the machine was not started anew in between. Wall clocks of
/// two runs cannot: between the runs the clock may have been set.
public struct BootInstant: Hashable, Sendable {
    public var boot: BootID
    /// Since the machine was started, including the time that it slept.
    public var elapsed: Duration

    /// An instant of its parts.
    public init(boot: BootID, elapsed: Duration) {
        self.boot = boot
        self.elapsed = elapsed
    }

    /// The time from an earlier instant to this one; `nil` when they are of different boots, so that nothing is known.
    public func since(_ earlier: BootInstant) -> Duration? { boot == earlier.boot ? elapsed - earlier.elapsed : nil }
}

/// Which boot of which machine: on Linux the kernel's random `boot_id`, with the time namespace where a process has one of its own.
public struct BootID: Hashable, Sendable {
    public let text: String

    /// Refuses with `nil` what is not 1 to 128 characters of `[A-Za-z0-9:-]`.
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count),
            bytes.allSatisfy({ byte in
                (0x30...0x3A).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
            })
        else { return nil }
        self.text = String(text)
    }
}

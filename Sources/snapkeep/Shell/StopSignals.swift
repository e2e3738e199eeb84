import Dispatch
import Glibc

/// Turns Ctrl-C, SIGTERM and SIGHUP into a stream: the first asks for a soft end, the second ends the process at once.
struct StopSignals {
    let stream: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    /// Takes the signals over until the process ends.
    static func install() -> StopSignals {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let queue = DispatchQueue(label: "snapkeep.signals")
        let counter = SignalCounter()
        let sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number -> (any DispatchSourceSignal)? in
            let former = unsafeBitCast(signal(number, SIG_IGN), to: Int.self)
            // Under nohup the end of the terminal is to be ignored.
            if number == SIGHUP, former == unsafeBitCast(SIG_IGN, to: Int.self) { return nil }
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                counter.count += 1
                // The journal makes leaving at once safe.
                if counter.count > 1 { _exit(ExitStatus.interrupted.rawValue) }
                continuation.yield()
            }
            source.resume()
            return source
        }
        return StopSignals(stream: stream, sources: sources)
    }

    /// Touched on the signal queue only.
    private final class SignalCounter: @unchecked Sendable { var count = 0 }
}

import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Tries a state as `doctor` tries a cloud: whether it can be read, and what it holds. Takes no lock and writes nothing.
struct StateExamination: Sendable {
    let place: String
    let loaded: Result<LoadedState, StateFault>
    /// Whether it is to be a state of the sandbox.
    let isOfSandbox: Bool
    /// The options that lead to it, for commands.
    let words: [String]

    init(_ store: any StateStore, isOfSandbox: Bool, words: [String]) async {
        (place, self.isOfSandbox, self.words) = (store.place, isOfSandbox, words)
        do throws(StateFault) { loaded = .success(try await store.load()) } catch { loaded = .failure(error) }
    }

    /// What was found.
    var check: DoctorReport.Check {
        do {
            let loaded = try loaded.get()
            guard let state = loaded.boundState else { return .init("state", .good, "none yet") }
            let what = "\(Quantities.count(state.records.count, "snapshot")) recorded (serial \(state.header.serial))"
            if isOfSandbox, state.header.endpoint != CloudTarget.sandboxEndpoint {
                return .init(
                    "state", .bad, "it belongs to \(VisibleText.escaped(CloudTarget.host(state.header.endpoint))), not to the sandbox",
                    help: "move it away: \(VisibleText.escaped(place)) is for the sandbox alone")
            }
            guard let open = loaded.findingsOfOpenRun(place).first else { return .init("state", .good, what) }
            return .init("state", .warning, "\(what); \(open.message)", help: open.help?.leading(to: words))
        } catch { return .failed("state", error, words) }
    }
}

extension DoctorReport.Check {
    /// What cannot be tried, and why.
    ///
    /// - Parameter words: the options that lead there, for commands.
    static func failed(_ name: String, _ error: any Error, _ words: [String] = []) -> DoctorReport.Check {
        let diagnostic = Told(error)?.diagnostics.first
        return .init(name, .bad, diagnostic?.message ?? VisibleText.escaped("\(error)"), help: diagnostic?.help?.leading(to: words))
    }
}

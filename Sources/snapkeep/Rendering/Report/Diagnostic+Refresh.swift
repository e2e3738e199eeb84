import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest

extension Refreshing.Finding {
    /// What is to be said beside the plan.
    ///
    /// - Parameter places: where the manifest lists the snapshots.
    func diagnostics(_ places: [SnapshotKey: SnapshotPlaces]) -> [Diagnostic] {
        (stampFindings(places) + preflight.map { Diagnostic($0, places) }).inSourceOrder()
    }

    /// The stamps that others have changed.
    func stampFindings(_ places: [SnapshotKey: SnapshotPlaces]) -> [Diagnostic] {
        refresh.unstamped.map { .stampRemoved($0, refresh.state?.record(for: $0)?.id, at: places[$0]?.range(of: .name)) }
    }
}

extension Diagnostic {
    /// A read that was cut short.
    ///
    /// - Parameter consequence: what is not concluded from it; `nil` where nothing would be.
    static func projectUnread(_ fault: ServiceFault, consequence: String?) -> Diagnostic {
        let help =
            switch fault.kind {
            case .unauthenticated: "check or renew the credentials, then try again"
            case .accountBlocked: "settle the account with the provider, then try again"
            case .refused: "have the right to list snapshots and volumes granted, and check project and endpoint with 'snapkeep doctor'"
            case .throttled: "try again later"
            case .notSent, .uncertain, .unintelligible: "check endpoint and network with 'snapkeep doctor', then try again"
            }
        return Diagnostic(
            .error, code: "project-unread", "the project cannot be read to its end: \(fault.reason)", at: fault.place,
            notes: consequence.map { [.init($0, at: .none)] } ?? [], help: help)
    }

    static func stampRemoved(_ key: SnapshotKey, _ id: SnapshotID?, at place: SourceRange?) -> Diagnostic {
        let name = VisibleText.escaped(key.text.quotedForShell)
        return Diagnostic(
            .warning, code: "stamp-removed",
            "somebody has changed the stamp of \(VisibleText.named(key.text)) in the cloud: without its record it could not be found again",
            at: place.map(Subject.range) ?? .none,
            help: id.map { "stamp it anew with 'snapkeep forget \(name)' and 'snapkeep import \(name) \($0)'" })
    }

    /// What the cloud would refuse.
    init(_ finding: Preflight.Finding, _ places: [SnapshotKey: SnapshotPlaces]) {
        func place(_ key: SnapshotKey, _ field: SnapshotPlaces.Field) -> Subject {
            places[key].map { .range($0.range(of: field)) } ?? .none
        }
        let severity: Severity = finding.isError ? .error : .warning
        switch finding {
        case .attached(let key, let volume):
            self.init(
                severity, code: "volume-attached", "the volume of \(VisibleText.named(key.text)) is attached and 'force' is not set",
                at: place(key, .force), notes: [.init("volume \(volume) is in use", at: .none)],
                help: "add 'force: true' to snapshot an attached volume")
        case .noVolume(let key, let volume):
            self.init(
                severity, code: "volume-not-found", "the volume of \(VisibleText.named(key.text)) is not in this project: \(volume)",
                at: place(key, .volume), help: "correct the volume's id, or check that project and endpoint are the right ones")
        case .volumeName(let key, let name, let matches):
            self = .volumeName(name, matches: matches, at: places[key]?.range(of: .volume))
        case .busyVolume(let key, let volume, let status):
            self.init(
                severity, code: "volume-busy",
                "the volume of \(VisibleText.named(key.text)) is \(VisibleText.named(status)): no snapshot can be made of it now",
                at: place(key, .volume), notes: [.init("volume \(volume)", at: .none)], help: "apply when it is available or in use")
        case .quota(let wanted, let left):
            self.init(
                severity, code: "quota",
                "the plan makes \(Quantities.count(wanted, "snapshot")), and the project's quota leaves \(left)",
                help: "free quota or have it raised")
        case .gigabytes(let wanted, let left):
            self.init(
                severity, code: "quota-gigabytes",
                "the plan's snapshots may take \(Quantities.size(gibibytes: wanted)), and the project's quota leaves "
                    + Quantities.size(gibibytes: left), help: "free quota or have it raised; some clouds charge snapshots nothing")
        case .crowded(let volume, let keys, let existing, let wanted):
            self.init(
                severity, code: "many-per-volume",
                "volume \(volume) has \(Quantities.count(existing, "snapshot")) and gets \(wanted) more; "
                    + "Huawei's clouds keep at most \(Preflight.mostPerVolume)",
                at: keys.first.map { place($0, .volume) } ?? .none,
                help: "snapshots that are not needed any more make room; other clouds have no such limit")
        }
    }
}

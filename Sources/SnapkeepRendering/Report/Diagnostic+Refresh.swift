package import SnapkeepCore
package import SnapkeepEngine
package import SnapkeepManifest

extension Preflight.Finding {
    /// What many snapshots can meet at once is told once.
    fileprivate var gathering: Diagnostic.Gathering? {
        switch self {
        case .madeBefore(let key, _), .attached(let key, _), .noVolume(let key, _): .init(of: key)
        case .busyVolume(let key, _, let status): .init(of: key, cause: status)
        case .volumeName(let key, let name, _): .init(of: key, cause: name)
        case .crowded(_, let keys, _, _): keys.first.map { .init(of: $0) }
        case .notAdoptable(let key, _, let obstacle): .init(of: key, cause: obstacle.gatheringCause(key))
        // Each has an id of its own to be added.
        case .lookAlike(let key, _, _, _): .init(of: key, cause: key.text)
        case .halfRenamed, .unrecorded, .quota, .gigabytes: nil
        }
    }
}

extension Preflight.Finding {
    package var isHalfRenamed: Bool { if case .halfRenamed = self { true } else { false } }
}

extension [Preflight.Finding] {
    /// What an apply ends with that is kept from its first change. A half renamed snapshot is no mistake of the manifest's.
    package var refusalStatus: ExitStatus { contains(where: \.isHalfRenamed) ? .refused : .error }
}

extension Diagnostic {
    /// A read that was cut short.
    ///
    /// - Parameter consequence: what is not concluded from it; `nil` where nothing would be.
    package static func projectUnread(_ fault: ServiceFault, consequence: String?) -> Diagnostic {
        let help =
            switch fault.kind {
            case .unauthenticated: "check or renew the credentials, then run it again"
            case .accountBlocked: "settle the account with the provider, then run it again"
            case .refused(.noSuchService): "check '--endpoint': it must be the block-storage service's URL"
            case .refused(.listBound): Self.listBoundHelp
            case .refused(.pageBound): Self.pageBoundHelp
            case .refused(.badProject): "check '--project-id' and the credentials with 'snapkeep doctor'"
            case .refused: "have the right to list snapshots and volumes granted, and check project and endpoint with 'snapkeep doctor'"
            case .throttled: "run it again later"
            case .notSent, .uncertain, .unintelligible: "check endpoint and network with 'snapkeep doctor', then run it again"
            }
        return Diagnostic(
            .error, code: "project-unread", "the project cannot be read to its end: \(fault.reason)", at: fault.place,
            notes: consequence.map { [.init($0, at: .none)] } ?? [], help: help)
    }

    package static func stampChanged(_ found: StateRefresh.Unstamped, at place: SourceRange?, options: [String]) -> Diagnostic {
        let subject = place.map(Subject.range) ?? .none
        if let owner = found.owner {
            return Diagnostic(
                .warning, code: "stamp-of-other",
                "the snapshot of \(VisibleText.named(found.key.text)) now carries the stamp of another owner, \(VisibleText.named(owner))",
                at: subject, notes: [.init("snapshot \(found.id) is neither changed nor deleted any more", at: .none)],
                help: "settle with them who keeps it")
        }
        let command = (["snapkeep import \(found.key.text.quotedForShell) \(found.id)"] + options).joined(separator: " ")
        return Diagnostic(
            .warning, code: "stamp-removed",
            "somebody has changed the stamp of \(VisibleText.named(found.key.text)) in the cloud: "
                + "without its record it could not be found again",
            at: subject, help: "run '\(VisibleText.escaped(command))': it puts the stamp back")
    }

    /// What the cloud would refuse.
    package init(_ finding: Preflight.Finding, _ places: [SnapshotKey: SnapshotPlaces], options: [String]) {
        func place(_ key: SnapshotKey, _ field: SnapshotPlaces.Field) -> Subject {
            places[key].map { .range($0.range(of: field)) } ?? .none
        }
        let severity: Severity = finding.isError ? .error : .warning
        let recover = (["snapkeep recover"] + options).joined(separator: " ")
        switch finding {
        case .madeBefore(let key, let ids):
            let shown = ids.prefix(3).map(\.text) + (ids.count > 3 ? ["\(ids.count - 3) more"] : [])
            self.init(
                severity, code: "made-before",
                "the cloud has \(ids.count == 1 ? "a snapshot" : "\(ids.count) snapshots") of \(VisibleText.named(key.text)) with our stamp "
                    + "that the state does not know",
                at: place(key, .name), notes: [.init("\(Quantities.list(shown)); a new one would be a duplicate", at: .none)],
                help: "where another copy of the state is newer, use that one; else run '\(VisibleText.escaped(recover))' to record what "
                    + "is there")
        case .halfRenamed(let rename, let isListed):
            self = .halfRenamed(severity, rename, isListed: isListed, at: place(rename.new, .name), options: options)
        case .unrecorded(let count):
            self.init(
                severity, code: "unrecorded",
                "\(Quantities.count(count, "snapshot")) in the cloud carr\(count == 1 ? "ies" : "y") our stamp and the state does not know "
                    + (count == 1 ? "it" : "them"),
                help: "run '\(VisibleText.escaped(recover)) --dry-run' to see")
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
        case .quota(let wanted, let left, let freed):
            self.init(
                severity, code: "quota",
                "the plan makes \(Quantities.count(wanted, "snapshot")), and the project's quota leaves \(left)"
                    + (freed > 0 ? "; its \(Quantities.count(freed, "deletion")) may come too late" : ""),
                help: "free quota or have it raised")
        case .gigabytes(let wanted, let left):
            self.init(
                severity, code: "quota-gigabytes",
                "the plan's snapshots may take \(Quantities.size(gibibytes: wanted)), and the project's quota leaves "
                    + Quantities.size(gibibytes: left), help: "free quota or have it raised; some clouds charge snapshots nothing")
        case .notAdoptable(let key, let id, let obstacle):
            self = .notAdopted(key, id, obstacle, listedAt: places[key], options: options)
        case .lookAlike(let key, let id, let createdAt, let count):
            self = .lookAlike(key, id, createdAt: createdAt, count: count, at: place(key, .name), options: options)
        case .crowded(let volume, let keys, let existing, let wanted):
            self.init(
                severity, code: "many-per-volume",
                "volume \(volume) has \(Quantities.count(existing, "snapshot")) and gets \(wanted) more; "
                    + "Huawei's clouds keep at most \(Preflight.mostPerVolume)",
                at: keys.first.map { place($0, .volume) } ?? .none,
                help: "snapshots that are not needed any more make room; other clouds have no such limit")
        }
        gathering = finding.gathering
    }
}

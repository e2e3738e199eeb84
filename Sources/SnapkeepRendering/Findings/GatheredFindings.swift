import SnapkeepCore
import SnapkeepEngine

extension [Diagnostic] {
    /// One finding for each cause, where the first of that cause stood: it says how many more there are and names the first of them. What has
    /// no gathering stays as it is, and a few findings are shown each with its line. This is for readers; programs get every finding.
    package func gathered() -> Self {
        var others: [Cause: [SnapshotKey]] = [:]
        for finding in self {
            if let gathering = finding.gathering { others[Cause(finding, gathering), default: []].append(gathering.key) }
        }
        return compactMap { finding in
            // Taken away by its first finding, so that the later ones find nothing.
            guard let cause = finding.gathering.map({ Cause(finding, $0) }) else { return finding }
            if let keys = others[cause], keys.count <= Diagnostic.mostShown { return finding }
            return others.removeValue(forKey: cause).map { finding.standing(for: $0.dropFirst()) }
        }
    }
}

/// What makes findings equal to a reader.
private struct Cause: Hashable {
    let severity: Diagnostic.Severity
    let code: String
    let words: String

    init(_ finding: Diagnostic, _ gathering: Diagnostic.Gathering) {
        (severity, code, words) = (finding.severity, finding.code, gathering.cause)
    }
}

extension Diagnostic {
    /// So many findings of one cause are shown one by one.
    fileprivate static let mostShown = 3
    /// How many names a note holds.
    private static let shownNames = 8

    /// The finding of one snapshot that stands for others, too.
    fileprivate func standing(for others: ArraySlice<SnapshotKey>) -> Diagnostic {
        var finding = self
        finding.message += "; \(others.count) more like it"
        let names = others.prefix(Self.shownNames).map { VisibleText.named($0.text) }
        let rest = others.count - names.count
        let list = Quantities.list(names + (rest > 0 ? ["\(rest) more (--format json names all)"] : []))
        finding.notes.append(Note("the same for \(list)", at: .none))
        return finding
    }
}

extension AdoptionObstacle {
    /// What is equal, beside the code, about refused adoptions that one cause has brought about, such as the manifest of another project.
    ///
    /// - Parameter key: of the line; it keeps apart what needs a remedy of its own.
    func gatheringCause(_ key: SnapshotKey) -> String {
        switch self {
        case .notFound, .lost, .madeByServer, .unstamped: ""
        case .otherOwner(let owner): owner
        case .status(let status): status.description
        case .volumeName(let name, _): name
        case .otherKey, .keyInUse, .idInUse, .otherID, .otherVolume: key.text
        }
    }
}

extension ItemFailure {
    /// What is equal about failures that one cause has brought about: each request has its own id, and each snapshot its own volume.
    var gatheringCause: String {
        if case .notAdoptable(_, let obstacle) = cause { return obstacle.gatheringCause(key) }
        guard case .service(let fault) = cause else { return activity.rawValue }
        if case .refused(let refusal) = fault.kind, refusal != .other { return activity.rawValue }
        let words = fault.message.replacing(/[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}/, with: "…")
        return "\(activity.rawValue) \(fault.status ?? 0) \(words)"
    }
}

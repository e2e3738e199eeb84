package import SnapkeepCore

/// Which cloud and project something is about, in a person's words: `project 0c2e… at evs.eu-de.otc.t-systems.com (cloud prod)`.
package struct CloudTarget: Hashable, Sendable {
    /// The endpoint's text for the embedded sandbox: its port differs from run to run.
    package static let sandboxEndpoint = "sandbox"

    var projectID: ProjectID?
    /// A URL, or the text that stands for the embedded sandbox.
    var endpoint: String?
    /// The entry of clouds.yaml that was named; `nil` where none was.
    var cloud: String?

    /// The target of a plan.
    package init(of plan: Plan, cloud: String?) { self.init(projectID: plan.basis.projectID, endpoint: plan.basis.endpoint, cloud: cloud) }

    package init(projectID: ProjectID? = nil, endpoint: String? = nil, cloud: String? = nil) {
        (self.projectID, self.endpoint, self.cloud) = (projectID, endpoint, cloud)
    }

    /// The target in a few words; `nil` where neither project nor endpoint is known.
    var words: String? { words { $0 } }

    /// As `words`, with the beginning of the project's id: for headlines.
    var briefWords: String? { words(Quantities.shortID) }

    private func words(_ shown: (String) -> String) -> String? {
        if endpoint == Self.sandboxEndpoint { return "the embedded sandbox" }
        let parts = [
            projectID.map { "project \(VisibleText.escaped(shown($0.text)))" }, endpoint.map { "at \(VisibleText.escaped(Self.host($0)))" },
        ]
        let known = parts.compactMap { $0 }.joined(separator: " ")
        if known.isEmpty { return cloud.map { "cloud \(VisibleText.escaped($0))" } }
        return known + (cloud.map { " (cloud \(VisibleText.escaped($0)))" } ?? "")
    }

    /// The host of a URL, with its port where it names one: version and project part tell a person nothing.
    package static func host(_ endpoint: String) -> String {
        guard let scheme = endpoint.firstRange(of: "://") else { return endpoint }
        return String(endpoint[scheme.upperBound...].prefix { $0 != "/" })
    }
}

/// The questions that are asked before something is changed; each names what is to be done and where.
package enum Questions {
    /// Before an apply: how many changes, how many of them delete, and the target.
    package static func apply(_ plan: Plan, to target: CloudTarget) -> String {
        let deletions = plan.summary.delete
        var what = Quantities.count(plan.changes.count(where: \.isAction), "change")
        if deletions > 0 { what += " with \(Quantities.count(deletions, "deletion"))" }
        return "Apply \(what)\(target.words.map { " to \($0)" } ?? "")?"
    }

    /// Before a recovery: how many snapshots are to be recorded, and of which target.
    package static func record(_ snapshots: Int, of target: CloudTarget) -> String {
        "Record \(Quantities.count(snapshots, "snapshot"))\(target.words.map { " of \($0)" } ?? "")?"
    }
}

import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Which cloud and project a run is about, as far as the settings tell; what a state is bound to.
struct CloudIdentity: Hashable, Sendable {
    var endpoint: String?
    var projectID: ProjectID?
    /// The entry of clouds.yaml, where one was chosen.
    var cloud: String?

    /// How a person is told of it.
    var target: CloudTarget { CloudTarget(projectID: projectID, endpoint: endpoint, cloud: cloud) }

    /// What a run's settings must not contradict.
    struct Expected {
        /// Its project and its stack count.
        var manifest: Manifest?
        var state: RecordedState.Header?
        /// Where the state is, for messages.
        let statePath: String
        /// Its files; `nil` where it lives in a service.
        let files: StatePaths?
        /// Beside what the embedded sandbox keeps its data.
        let sandboxBase: String

        /// - Parameter store: where the state is.
        init(manifest: Manifest? = nil, state: RecordedState.Header? = nil, store: any StateStore) {
            self.manifest = manifest
            self.state = state
            statePath = store.place
            files = store.files.first.map { StatePaths(state: $0) }
            sandboxBase = store.sandboxBase
        }
    }

    /// Takes what options and settings name, and holds it against what is expected.
    ///
    /// - Parameter settings: `nil` for the embedded sandbox.
    /// - Throws: `Failure` when a setting is wrong, or when project, endpoint or owner differ from what is expected.
    init(_ options: CloudOptions, _ settings: CloudSettings?, _ expected: Expected) throws {
        if let settings {
            endpoint = settings.endpoint?.value.text
            projectID = settings.projectID?.value
            cloud = settings.cloud?.value
            if endpoint == nil, let state = expected.state, let other = settings.placeElsewhere(than: state.endpoint) {
                throw Failure(.refused, .otherEndpoint(expected, recorded: state.endpoint, settings: other))
            }
        } else {
            endpoint = CloudTarget.sandboxEndpoint
            let given = try options.projectID.map { try Self.project($0, from: "--project-id") }
            // The manifest's guard is for clouds, and for a project that is named: added to a manifest that was tried out, it must not lock
            // the sandbox.
            if let given, let wanted = expected.manifest?.projectID, wanted != given {
                throw Failure(.refused, .projectGuard(manifest: wanted, settings: given))
            }
            projectID = given ?? expected.state?.projectID ?? expected.manifest?.projectID ?? ProjectID("sandbox")
        }
        try confirm(expected)
    }

    /// - Throws: `Failure` when endpoint, project or owner differ from what manifest or state say.
    mutating func confirm(_ expected: Expected) throws {
        projectID = projectID ?? expected.manifest?.projectID
        if endpoint != CloudTarget.sandboxEndpoint, let wanted = expected.manifest?.projectID, let projectID, wanted != projectID {
            throw Failure(.refused, .projectGuard(manifest: wanted, settings: projectID))
        }
        if let state = expected.state { try check(against: state, expected) }
    }

    private func check(against header: RecordedState.Header, _ expected: Expected) throws {
        if let endpoint, endpoint != header.endpoint {
            throw Failure(.refused, .otherEndpoint(expected, recorded: header.endpoint, settings: endpoint))
        }
        if let wanted = projectID, wanted != header.projectID {
            throw Failure(
                .refused,
                .otherProject(
                    expected, recorded: header.projectID, settings: wanted, isSandbox: header.endpoint == CloudTarget.sandboxEndpoint))
        }
        try header.confirmOwner(expected.manifest, expected.statePath)
    }

    private static func project(_ text: String, from setting: String) throws -> ProjectID {
        guard let project = ProjectID(text) else { throw Failure(.usage, .badProjectID(text, setting: setting)) }
        return project
    }
}

extension RecordedState.Header {
    /// - Throws: `Failure` when a manifest has another stack than the one whose snapshots the state records.
    func confirmOwner(_ manifest: Manifest?, _ statePath: String) throws {
        guard let stack = manifest?.stack, !stack.text.hasSameBytes(as: owner) else { return }
        throw Failure(.refused, .otherOwner(statePath, recorded: owner, isLineage: owner == lineage.text, manifest: stack))
    }
}

extension Diagnostic {
    static func projectGuard(manifest: ProjectID, settings: ProjectID) -> Diagnostic {
        Diagnostic(
            .error, code: "other-project",
            "the manifest is for project \(manifest), the settings name project \(settings)",
            help: "use the settings of project \(manifest), or correct 'project_id' in the manifest")
    }

    /// - Parameter settings: an endpoint, or words for a cloud whose endpoint only its catalog knows.
    static func otherEndpoint(_ expected: CloudIdentity.Expected, recorded: String, settings: String) -> Diagnostic {
        let isOfSandbox = recorded == CloudTarget.sandboxEndpoint
        let help =
            if settings == CloudTarget.sandboxEndpoint {
                "leave --sandbox out to go on with it; the sandbox keeps a state of its own where no other is named"
            } else if isOfSandbox {
                helpForSandboxState(expected.files)
            } else {
                "use the settings of \(named(recorded)), or keep a state for each cloud: '--state PLACE' names another"
            }
        return Diagnostic(
            .error, code: "other-endpoint", "the state belongs to \(named(recorded)), the settings name \(named(settings))",
            at: .named(expected.statePath), help: help)
    }

    /// What the sandbox has made says nothing about a cloud.
    private static func helpForSandboxState(_ files: StatePaths?) -> String {
        guard let files else { return "add --sandbox to go on with it, or name another place with --state" }
        return "add --sandbox to go on with it; to begin with the cloud, move its files away: "
            + "'\(VisibleText.escaped(files.commandToMoveAway(to: "sandbox.old")))'"
    }

    private static func named(_ endpoint: String) -> String {
        if endpoint == CloudTarget.sandboxEndpoint { return "the embedded sandbox" }
        return VisibleText.escaped(endpoint.contains("://") ? "endpoint \(endpoint)" : endpoint)
    }

    static func otherProject(
        _ expected: CloudIdentity.Expected, recorded: ProjectID, settings: ProjectID, isSandbox: Bool
    ) -> Diagnostic {
        Diagnostic(
            .error, code: "other-project",
            "the state belongs to project \(recorded)\(isSandbox ? " of the embedded sandbox" : ""), the settings name project \(settings)",
            at: .named(expected.statePath),
            help: isSandbox
                ? helpForSandboxState(expected.files)
                : "use the settings of project \(recorded), or keep a state for each project: '--state PLACE' names another")
    }

    static func otherOwner(_ path: String, recorded: String, isLineage: Bool, manifest: StackName) -> Diagnostic {
        Diagnostic(
            .error, code: "other-stack",
            isLineage
                ? "the state's snapshots are stamped with its lineage, the manifest now says 'stack: \(manifest)'"
                : "the state belongs to stack '\(recorded)', the manifest says 'stack: \(manifest)'",
            at: .named(path),
            help: isLineage
                ? "take 'stack' out of the manifest: the stamp is what finds a snapshot again"
                : "write 'stack: \(recorded)' again, or name another state with --state")
    }

    static let unboundPlan = Diagnostic(
        .error, code: "unbound-plan", "a saved plan is bound to one cloud and project, and neither state nor settings name them",
        help: "add --refresh, which asks the cloud for them; or add --endpoint URL and --project-id ID, or --sandbox")
}

public import SnapkeepCore

extension Endpoint {
    /// What a URL in a catalog or in a setting may hold in place of the project's id, as Keystone and the OpenStack clients write it.
    static let placeholders = ["%(project_id)s", "$(project_id)s", "%(tenant_id)s", "$(tenant_id)s"]

    /// Reads a URL as `parse(_:)` does, with the project's id in place of its placeholders.
    ///
    /// - Parameter project: `nil` when it is not known yet: then a placeholder may stand only where `parse(_:)` cuts the project off, behind
    ///   the version.
    /// - Returns: the endpoint, and the project that the URL names by itself.
    /// - Throws: `EndpointProblem` for the first rule that the text breaks.
    public static func parse(
        template text: String, project: ProjectID?
    ) throws(EndpointProblem) -> (endpoint: Endpoint, projectID: ProjectID?) {
        guard placeholders.contains(where: { text.contains($0) }) else { return try parse(text) }
        // A word that no project has, which is looked for in what was read.
        let standIn = "snapkeep-unknown-project"
        var filled = text
        for placeholder in placeholders { filled = filled.replacing(placeholder, with: project?.text ?? standIn) }
        let read = try parse(filled)
        if project == nil {
            if read.endpoint.text.contains(standIn) { throw .placeholder }
            return (read.endpoint, nil)
        }
        return read
    }

    /// The same place, spoken to in another version.
    public func speaking(_ version: Version?) -> Endpoint {
        guard let version, version != self.version else { return self }
        return Endpoint(scheme: scheme, host: host, port: port, prefix: prefix, version: version)
    }
}

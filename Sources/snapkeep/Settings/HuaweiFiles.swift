import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering

/// The two files in which the cloud's own tools keep credentials (CloudAPI#settings).
enum HuaweiFiles {
    /// The SDK's: `[basic]`, then `ak = …`, `sk = …`.
    static func credentials(_ file: SourceFile) -> SettingsLayer {
        let keys: [String: SettingKey] = [
            "ak": .accessKey, "sk": .secretKey, "project_id": .projectID, "security_token": .securityToken, "domain_id": .domainID,
            "iam_endpoint": .authURL,
        ]
        var values: [SettingKey: Sourced<String>] = [:]
        var isBasic = false
        for (number, bytes) in file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = String(decoding: bytes, as: UTF8.self).trimmed
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                isBasic = line == "[basic]"
                continue
            }
            guard isBasic, let sign = line.firstIndex(where: { $0 == "=" || $0 == ":" }), let key = keys[String(line[..<sign]).trimmed]
            else {
                continue
            }
            let value = String(line[line.index(after: sign)...]).trimmed
            if !value.isEmpty { values[key] = Sourced(value, .file(file.name, SourcePosition(line: number + 1, column: 1))) }
        }
        return SettingsLayer(values)
    }

    /// The command-line tool's: the profile that is asked for, else the one that is current.
    ///
    /// - Throws: `Diagnostic` as a `Failure` when the profile is not there, or not for an access key.
    static func sharedConfiguration(_ file: SourceFile, profile wanted: Sourced<String>?) throws -> SettingsLayer {
        let tree = try SettingsTree.read(file)
        let profiles = tree["profiles"]?.elements ?? []
        guard let name = wanted?.value ?? tree["current"]?.text, let profile = profiles.first(where: { $0["name"]?.text == name }) else {
            throw Failure(
                .error,
                .noSuchProfile(
                    wanted, file: file.name, known: profiles.compactMap { $0["name"]?.text }))
        }
        let keys: [(String, SettingKey)] = [
            ("accessKeyId", .accessKey), ("secretAccessKey", .secretKey), ("securityToken", .securityToken), ("region", .region),
            ("projectId", .projectID), ("domainId", .domainID),
        ]
        var values: [SettingKey: Sourced<String>] = [:]
        for (name, key) in keys {
            if let value = profile[name], let text = value.text, !text.isEmpty {
                values[key] = Sourced(text, .file(file.name, value.position))
            }
        }
        return SettingsLayer(values)
    }
}

/// Reads a file of settings as a tree.
enum SettingsTree {
    /// - Throws: `Failure` that names file, line and column and quotes nothing (P8).
    static func read(_ file: SourceFile) throws -> PlainTree {
        do { return try PlainTree.read(file) } catch { throw Failure(.error, .unreadableSettings(file.name, error)) }
    }
}

extension String {
    /// Without blanks at both ends.
    var trimmed: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}

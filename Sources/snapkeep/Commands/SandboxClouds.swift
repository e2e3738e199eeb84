import Glibc
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepSandbox

extension SandboxIdentity {
    /// What an identity file says; its names are those of an entry of `clouds.yaml`.
    ///
    /// - Throws: `Failure` for a file that holds something else, or no credential. It never quotes the file (P8).
    init(file path: String) throws {
        let source = try InputFiles.read(path: path)
        let tree = try SettingsTree.read(source)
        guard case .mapping(let members) = tree.content else { throw Failure(.error, .noMapping(.file(path, tree.position))) }
        let keys: [SettingKey] = [
            .userName, .password, .userDomainName, .projectName, .region, .applicationCredentialID, .applicationCredentialName,
            .applicationCredentialSecret, .accessKey, .secretKey, .securityToken,
        ]
        let known = keys.compactMap(\.names.first)
        for member in members where !known.contains(member.key) || member.value.text == nil {
            throw Failure(.error, .unknownIdentityKey(.file(path, member.value.position), known: known))
        }
        let layer = NamedValues(tree, file: path).layer
        func text(_ key: SettingKey) -> String? { layer[key]?.value }
        self.init(password: text(.password))
        user = text(.userName) ?? user
        domain = text(.userDomainName) ?? domain
        project = text(.projectName) ?? project
        region = text(.region) ?? region
        if let id = text(.applicationCredentialID), let secret = text(.applicationCredentialSecret) {
            applicationCredential = .init(id: id, name: text(.applicationCredentialName) ?? id, secret: secret)
        }
        if let id = text(.accessKey), let secret = text(.secretKey) {
            accessKey = .init(id: id, secret: secret, securityToken: text(.securityToken))
        }
        guard password != nil || applicationCredential != nil || accessKey != nil else { throw Failure(.error, .noIdentity(path)) }
    }
}

/// A `clouds.yaml` that leads to a sandbox: an entry for each way in.
struct SandboxClouds {
    struct Entry {
        let name: String
        let type: String
        /// Below `auth`.
        let credential: [(name: String, value: String?)]
        /// Beside it.
        let others: [(name: String, value: String?)]
    }

    let entries: [Entry]

    init(identity: SandboxIdentity, authority: String) {
        let url = (name: "auth_url", value: "http://\(authority)/identity/v3" as String?)
        let region = (name: "region_name", value: identity.region as String?)
        var entries: [Entry] = []
        if let password = identity.password {
            entries.append(
                Entry(
                    name: "sandbox", type: "password",
                    credential: [
                        url, ("username", identity.user), ("password", password), ("user_domain_name", identity.domain),
                        ("project_name", identity.project), ("project_domain_name", identity.domain),
                    ], others: [region]))
        }
        if let credential = identity.applicationCredential {
            entries.append(
                Entry(
                    name: entries.isEmpty ? "sandbox" : "sandbox-application", type: "v3applicationcredential",
                    credential: [
                        url, ("application_credential_id", credential.id), ("application_credential_secret", credential.secret),
                    ], others: [region]))
        }
        if let key = identity.accessKey {
            // There is no catalog without a token, so the entry names the service too.
            entries.append(
                Entry(
                    name: entries.isEmpty ? "sandbox" : "sandbox-signed", type: "aksk",
                    credential: [
                        url, ("access_key", key.id), ("secret_key", key.secret), ("security_token", key.securityToken),
                        ("project_name", identity.project),
                    ], others: [region, ("block_storage_endpoint_override", "http://\(authority)/v2")]))
        }
        self.entries = entries
    }

    private static let mark = "# Written by 'snapkeep sandbox'"

    var text: String {
        var text = Self.mark + "; it holds secrets, and each start writes it anew.\nclouds:\n"
        for entry in entries {
            text += "  \(entry.name):\n    auth_type: \(entry.type)\n    auth:\n"
            for case (let name, let value?) in entry.credential { text += "      \(name): \(Self.quoted(value))\n" }
            for case (let name, let value?) in entry.others { text += "    \(name): \(Self.quoted(value))\n" }
        }
        return text
    }

    /// In double quotes; the escapes of JSON are YAML's too.
    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.value(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Refuses to replace a file that somebody else wrote: it may lead to clouds of theirs.
    static func check(_ path: String) throws {
        guard access(path, F_OK) == 0, try !InputFiles.read(path: path).bytes.starts(with: mark.utf8) else { return }
        throw Failure(.error, .foreignClouds(path))
    }
}

extension Diagnostic {
    static func unknownIdentityKey(_ origin: SettingOrigin, known: [String]) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-identity-file", "an identity file has other keys, each with a text", at: origin.subject,
            help: "use these: \(known.joined(separator: ", "))")
    }

    static func noIdentity(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-identity-file", "no credential is whole here", at: .named(VisibleText.escaped(path)),
            help: "write 'password', or 'application_credential_id' and '_secret', or 'access_key' and 'secret_key'")
    }

    static func foreignClouds(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "already-there", "the file is there already, and not from a sandbox", at: .named(VisibleText.escaped(path)),
            help: "name another file with --write-clouds")
    }
}

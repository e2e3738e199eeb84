import SnapkeepCore
import SnapkeepEngine

/// The bodies of requests. Members stand in the order of their names, so that equal requests are equal bytes.
enum RequestBody {
    /// `{"snapshot": {…}}` of a create. Fields without a value are left out: upstream refuses unknown ones, and an explicit
    /// `"force": false` is an error on new servers (CloudAPI#force).
    static func creation(_ request: CreationRequest) -> [UInt8] {
        object {
            $0.object("snapshot") {
                $0.field("description", request.description)
                if request.force { $0.field("force", true) }
                if !request.metadata.isEmpty { $0.field("metadata", request.metadata) }
                $0.field("name", request.name)
                $0.field("volume_id", request.volumeID.text)
            }
        }
    }

    /// `{"snapshot": {"description", "name"}}` of an update. A description is cleared by the empty text: absence would leave it, and
    /// the empty text is taken by every dialect (CloudAPI#update).
    static func update(name: String, description: String?) -> [UInt8] {
        object {
            $0.object("snapshot") {
                $0.field("description", description ?? "")
                $0.field("name", name)
            }
        }
    }

    /// `{"metadata": {…}}` of a merge (CloudAPI#metadata).
    static func metadata(_ metadata: Metadata) -> [UInt8] {
        object { $0.field("metadata", metadata) }
    }

    /// `{"auth": {"identity": …, "scope": …}}` of a token request (CloudAPI#tokens).
    static func token(_ login: IdentityLogin) -> [UInt8] {
        object {
            $0.object("auth") {
                $0.object("identity") { $0.members(of: login) }
                // None beside an application credential: Keystone refuses it.
                if let project = login.project { $0.object("scope") { $0.object("project") { $0.members(of: project) } } }
            }
        }
    }

    private static func object(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func members(of login: IdentityLogin) {
        switch login {
        case .password(let user, let password, _):
            field("methods", ["password"])
            object("password") {
                $0.object("user") {
                    $0.members(of: user)
                    $0.field("password", password.text)
                }
            }
        case .token(let token, _):
            field("methods", ["token"])
            object("token") { $0.field("id", token.text) }
        case .applicationCredential(let credential, let secret):
            object("application_credential") {
                switch credential {
                case .id(let id):
                    $0.field("id", id)
                    $0.field("secret", secret.text)
                case .name(let name, let user):
                    $0.field("name", name)
                    $0.field("secret", secret.text)
                    $0.object("user") { $0.members(of: user) }
                }
            }
            field("methods", ["application_credential"])
        }
    }

    private mutating func members(of user: UserReference) {
        switch user {
        case .id(let id): field("id", id)
        case .name(let name, let domain): members(name, domain)
        }
    }

    fileprivate mutating func members(of project: ProjectReference) {
        switch project {
        case .id(let id): field("id", id)
        case .name(let name, let domain): members(name, domain)
        }
    }

    private mutating func members(_ name: String, _ domain: DomainReference?) {
        switch domain {
        case .id(let id)?: object("domain") { $0.field("id", id) }
        case .name(let name)?: object("domain") { $0.field("name", name) }
        case nil: break
        }
        field("name", name)
    }
}

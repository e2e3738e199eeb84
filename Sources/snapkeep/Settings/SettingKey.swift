/// What can be set about the cloud, whatever it is called where it is set (CloudAPI#settings).
enum SettingKey: String, CaseIterable, Hashable, Sendable {
    case authURL = "identity service"
    case authType = "auth type"
    case userName = "user"
    case userID = "user id"
    case password
    case userDomainName = "user's domain"
    case userDomainID = "user's domain id"
    case token
    case applicationCredentialID = "application credential"
    case applicationCredentialName = "application credential's name"
    case applicationCredentialSecret = "application credential's secret"
    case accessKey = "access key"
    case secretKey = "secret key"
    case securityToken = "security token"
    case projectID = "project id"
    case projectName = "project"
    case projectDomainName = "project's domain"
    case projectDomainID = "project's domain id"
    case domainName = "domain"
    case domainID = "domain id"
    case defaultDomain = "default domain"
    case region
    /// For block storage alone; it counts before the general one.
    case volumeRegion = "block-storage region"
    case interface
    /// For block storage alone; it counts before the general one.
    case volumeInterface = "block-storage interface"
    case endpoint
    case volumeVersion = "block-storage version"
    case identityVersion = "identity version"
    case caCertificate = "authorities"
    case certificate = "client certificate"
    case privateKey = "client key"
    case insecure
    case verify
    case cloudSuffix = "cloud's domain"
    case signingAlgorithm = "signing algorithm"

    /// Whether its value is never shown (P8).
    var isSecret: Bool {
        switch self {
        case .password, .token, .applicationCredentialSecret, .secretKey, .securityToken: true
        default: false
        }
    }

    /// The variables that set it, the first one that is set and not empty counts. Names of the cloud's own tools come before the
    /// general ones, which they fall back to.
    var variables: [String] {
        switch self {
        case .authURL: ["HW_AUTH_URL", "OS_AUTH_URL"]
        case .authType: ["OS_AUTH_TYPE"]
        case .userName: ["HW_USER_NAME", "OS_USERNAME"]
        case .userID: ["HW_USER_ID", "OS_USER_ID"]
        case .password: ["HW_USER_PASSWORD", "OS_PASSWORD"]
        case .userDomainName: ["OS_USER_DOMAIN_NAME"]
        case .userDomainID: ["OS_USER_DOMAIN_ID"]
        case .token: ["HW_AUTH_TOKEN", "OS_TOKEN", "OS_AUTH_TOKEN"]
        case .applicationCredentialID: ["OS_APPLICATION_CREDENTIAL_ID"]
        case .applicationCredentialName: ["OS_APPLICATION_CREDENTIAL_NAME"]
        case .applicationCredentialSecret: ["OS_APPLICATION_CREDENTIAL_SECRET"]
        case .accessKey: ["HW_ACCESS_KEY", "HUAWEICLOUD_SDK_AK", "OS_ACCESS_KEY"]
        case .secretKey: ["HW_SECRET_KEY", "HUAWEICLOUD_SDK_SK", "OS_SECRET_KEY"]
        case .securityToken: ["HW_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN"]
        case .projectID: ["HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID"]
        case .projectName: ["HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME"]
        case .projectDomainName: ["OS_PROJECT_DOMAIN_NAME"]
        case .projectDomainID: ["OS_PROJECT_DOMAIN_ID"]
        case .domainName: ["HW_DOMAIN_NAME", "OS_DOMAIN_NAME"]
        case .domainID: ["HW_DOMAIN_ID", "HUAWEICLOUD_SDK_DOMAIN_ID", "OS_DOMAIN_ID"]
        case .defaultDomain: ["OS_DEFAULT_DOMAIN"]
        case .region: ["HW_REGION_NAME", "OS_REGION_NAME"]
        case .interface: ["OS_INTERFACE", "OS_ENDPOINT_TYPE"]
        // The clients read any `OS_` variable as the value of the same name.
        case .volumeRegion, .volumeInterface, .endpoint, .volumeVersion: names.map { "OS_" + $0.uppercased() }
        case .identityVersion: ["OS_IDENTITY_API_VERSION"]
        case .caCertificate: ["OS_CACERT"]
        case .certificate: ["OS_CERT"]
        case .privateKey: ["OS_KEY"]
        case .insecure: ["HW_INSECURE", "OS_INSECURE"]
        case .verify: []
        case .cloudSuffix: ["HW_CLOUD"]
        case .signingAlgorithm: ["HW_SIGNING_ALGORITHM"]
        }
    }

    /// Its names in an entry of `clouds.yaml`, in `auth` or beside it; hyphens count as underscores there.
    var names: [String] {
        switch self {
        case .authURL: ["auth_url"]
        case .authType: ["auth_type", "auth_plugin"]
        case .userName: ["username", "user_name"]
        case .userID: ["user_id"]
        case .password: ["password"]
        case .userDomainName: ["user_domain_name"]
        case .userDomainID: ["user_domain_id"]
        case .token: ["token", "auth_token"]
        case .applicationCredentialID: ["application_credential_id"]
        case .applicationCredentialName: ["application_credential_name"]
        case .applicationCredentialSecret: ["application_credential_secret"]
        case .accessKey: ["access_key", "ak"]
        case .secretKey: ["secret_key", "sk"]
        case .securityToken: ["security_token"]
        case .projectID: ["project_id", "tenant_id"]
        case .projectName: ["project_name", "tenant_name"]
        case .projectDomainName: ["project_domain_name"]
        case .projectDomainID: ["project_domain_id"]
        case .domainName: ["domain_name"]
        case .domainID: ["domain_id"]
        case .defaultDomain: ["default_domain", "default_domain_id"]
        case .region: ["region_name"]
        case .interface: ["interface", "endpoint_type"]
        case .volumeRegion: Self.serviceNames("region_name")
        case .volumeInterface: Self.serviceNames("interface")
        case .endpoint: Self.serviceNames("endpoint_override") + Self.serviceNames("endpoint")
        case .volumeVersion: Self.serviceNames("api_version")
        case .identityVersion: ["identity_api_version"]
        case .caCertificate: ["cacert", "ca_cert"]
        case .certificate: ["cert"]
        case .privateKey: ["key"]
        case .insecure: ["insecure"]
        case .verify: ["verify"]
        case .cloudSuffix, .signingAlgorithm: []
        }
    }

    /// A name under every word for the service, in the order in which the OpenStack clients look them up: the official type, then its
    /// aliases (https://service-types.openstack.org/service-types.json).
    private static func serviceNames(_ name: String) -> [String] {
        ["block_storage", "volumev3", "volumev2", "volume", "block_store"].map { "\($0)_\(name)" }
    }
}

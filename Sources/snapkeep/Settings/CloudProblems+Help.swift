import SnapkeepCloud
import SnapkeepEngine

// One thing to do about each problem that the client has with what it is given: which variable, option or file to correct.

extension CloudLoginProblem {
    var help: String {
        switch self {
        case .fault(let fault):
            switch fault.kind {
            case .unauthenticated:
                "check user, password or key, and the project and its domain; it is not tried again, since wrong passwords lock accounts"
            case .notSent, .uncertain: "check the identity service's address, and the network"
            case .throttled: "wait a minute, then run it again"
            case .accountBlocked: "settle the account with the provider"
            case .refused, .unintelligible: "check the identity service's address, and the project and domain names"
            }
        case .catalog(let problem): problem.help
        case .noEndpoint: "name it with '--endpoint URL', or set OS_AUTH_URL or a region"
        case .unscoped: "set OS_PROJECT_ID, or OS_PROJECT_NAME with its domain"
        case .otherProject: "use the credentials of that project, or correct the setting"
        case .projects: "set HW_PROJECT_ID to the project's id"
        }
    }
}

extension CatalogProblem {
    var help: String {
        let correction: String? =
            switch remedy {
            case .endpoint: nil
            case .project: "check that the credentials are for a project"
            case .region(missing: true): "set OS_REGION_NAME, or region_name in clouds.yaml, to one of these"
            case .region(missing: false): "set OS_REGION_NAME, or region_name in clouds.yaml, to one of these regions"
            case .interface: "set OS_INTERFACE, or interface in clouds.yaml, to one of these interfaces"
            case .version(let version):
                "set OS_VOLUME_API_VERSION, or volume_api_version in clouds.yaml, to \(version == .v2 ? 2 : 3)"
            case .all: "set OS_REGION_NAME, OS_INTERFACE and OS_VOLUME_API_VERSION to what is listed"
            }
        return (correction.map { $0 + ", or " } ?? "") + "name the service with '--endpoint URL'"
    }

    /// Whether another region, or one at all, would help.
    var isAboutRegion: Bool { if case .region = remedy { true } else { false } }
}

extension EndpointProblem {
    var help: String {
        switch self {
        case .empty, .noScheme, .scheme, .host: "write it like 'https://evs.example.com' or 'https://volume.example.com:8776/v3'"
        case .userInformation: "remove what stands before the '@'; credentials come from the environment or from clouds.yaml"
        case .query, .fragment: "end the endpoint before that character"
        case .port: "remove the port, or write it like ':8776'"
        case .path: "write only letters, digits and '-._~' between the slashes, with the project id in place of any template"
        case .version: "end the endpoint in '/v3' or '/v2', or leave the version out"
        case .afterProject: "end the endpoint at the version or at the project id"
        case .placeholder: "set OS_PROJECT_ID, or write the project's id in its place"
        }
    }
}

extension TrustProblem {
    var help: String {
        switch self {
        case .unreadable(.authorities), .unreadable(.certificate):
            "name a file that 'openssl x509 -in FILE -noout' reads without an error"
        case .unreadable(.privateKey): "name a key that 'openssl pkey -in FILE -noout' reads without asking for a pass phrase"
        case .certificateWithoutKey: "set OS_KEY to the file of its key, or put the key into the certificate's file"
        case .keyOfAnotherCertificate: "name the key that the certificate was made for"
        case .keyWithoutCertificate: "set OS_CERT to the file of its certificate, or unset the key"
        }
    }
}

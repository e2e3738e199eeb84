import SnapkeepCloud
import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// An endpoint that is set instead of looked up, under each of the names that the OpenStack clients take for the service.
@Suite struct EndpointOverrideTests {
    static let services = ["block_storage", "volumev3", "volumev2", "volume", "block_store"]

    private func settings(_ lines: String..., variables: [String: String] = [:], secure: String? = nil, profiles: String? = nil) throws
        -> CloudSettings
    {
        let entry = (["auth_url: https://identity.example.com/v3", "token: t"] + lines).map { "    \($0)\n" }.joined()
        return try CloudSettingsTests.settings(
            variables.merging(["OS_CLOUD": "c"]) { $1 }, clouds: "clouds:\n  c:\n" + entry, secure: secure, profiles: profiles)
    }

    @Test("P4: every alias of the service sets the endpoint, in clouds.yaml and in the environment", arguments: services)
    func aliases(_ service: String) throws {
        for name in ["\(service)_endpoint_override", "\(service)_endpoint"] {
            let hyphened = String(name.map { $0 == "_" ? "-" : $0 })
            for written in [name, hyphened] {
                let inFile = try settings("\(written): https://volume.example.com/v3")
                #expect(
                    inFile.endpoint?.value.text == "https://volume.example.com/v3"
                        && inFile.endpoint?.origin.text.hasPrefix("clouds.yaml:5:") == true)
            }
            let variable = "OS_" + name.uppercased()
            let inEnvironment = try CloudSettingsTests.settings([variable: "https://volume.example.com/v2"], clouds: nil)
            #expect(
                inEnvironment.endpoint?.value.text == "https://volume.example.com/v2" && inEnvironment.endpoint?.origin.text == variable)
        }
        #expect(
            try settings("\(service)_api_version: '2'", "volume_endpoint_override: https://v.example.com").endpoint?.value.version == .v2)
        let login = try settings("\(service)_region_name: r2", "region_name: r1", "\(service)_interface: internal", "interface: admin")
            .login()
        #expect(login.region == "r2" && login.interface == .internal)
    }

    // Which counts is told by openstacksdk itself in Tests/Integration/clients (`Settings`).
    @Test("Of several names the official one counts before its aliases, whatever file each stands in")
    func order() throws {
        for (first, second) in zip(Self.services, Self.services.dropFirst()) {
            let both = try settings(
                "\(second)_endpoint_override: https://second.example.com", "\(first)_endpoint_override: https://first.example.com")
            #expect(both.endpoint?.value.host == "first.example.com")
            let variables = [first: "first", second: "second"].map {
                ("OS_\($0.uppercased())_ENDPOINT_OVERRIDE", "https://\($1).example.com")
            }
            let inEnvironment = try CloudSettingsTests.settings(Dictionary(uniqueKeysWithValues: variables), clouds: nil)
            #expect(inEnvironment.endpoint?.value.host == "first.example.com")
        }
        #expect(
            try settings("block_storage_endpoint: https://second.example.com", "block_store_endpoint_override: https://first.example.com")
                .endpoint?.value.host == "first.example.com")
        let secure =
            "clouds: {c: {volume_endpoint_override: 'https://second.example.com', block_store_endpoint: 'https://third.example.com'}}"
        #expect(
            try settings("volumev3_endpoint_override: https://first.example.com", secure: secure).endpoint?.value.host
                == "first.example.com")
        #expect(
            try settings("volume_endpoint_override: https://third.example.com", secure: secure).endpoint?.value.host == "second.example.com"
        )
        let regional = try settings(
            "volumev3_endpoint_override: https://first.example.com",
            "regions: [{name: r, values: {volume_endpoint_override: 'https://second.example.com'}}]")
        #expect(regional.endpoint?.value.host == "first.example.com")
    }

    @Test(
        "The project's id is filled in, by whichever name, or left to the log-in",
        arguments: ["%(project_id)s", "$(project_id)s", "%(tenant_id)s", "$(tenant_id)s"])
    func placeholders(_ placeholder: String) throws {
        let line = "volumev3_endpoint_override: 'https://volume.example.com/v3/\(placeholder)'"
        let known = try settings(line, "project_id: 0c2eba")
        #expect(known.endpoint?.value.text == "https://volume.example.com/v3" && known.projectID?.value.text == "0c2eba")
        let named = try settings(line, "project_name: backup")
        #expect(named.endpoint?.value.text == "https://volume.example.com/v3" && named.projectID == nil)
        let flag = try CloudSettingsTests.settings(
            flags: .init(endpoint: "https://h-\(placeholder).example.com", projectID: "p1"), clouds: nil)
        #expect(flag.endpoint?.value.host == "h-p1.example.com" && flag.projectID?.value.text == "p1")
        let failure = #expect(throws: Failure.self) {
            _ = try settings("volume_endpoint_override: 'https://h/\(placeholder)/v3'", "project_name: backup")
        }
        #expect(failure?.diagnostics.first?.help == "set OS_PROJECT_ID, or write the project's id in its place")
        let region = try settings("volume_endpoint_override: 'https://{region_name}.example.com/v3'", "region_name: r1")
        #expect(region.endpoint?.value.host == "r1.example.com")
    }
}

import Foundation
import Testing

/// The program logs in at a cloud as its users have it: by clouds.yaml, by a password that a Keystone knows, by a signing key.
@Suite struct LogInTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let secrets = ["hunter2-password", "hunter2-secret-key", "hunter2-app-secret", "hunter2-security-token"]

    private func sandbox(_ more: String = "", _ options: String...) throws -> SandboxProcess {
        try workspace.write(
            "identity.yaml",
            """
            username: alice
            password: hunter2-password
            project_name: eu-west-101
            region_name: eu-west-101
            application_credential_id: app-1
            application_credential_secret: hunter2-app-secret
            access_key: AKEXAMPLE
            secret_key: hunter2-secret-key
            \(more)
            """)
        return try SandboxProcess(in: workspace, ["--identity", "identity.yaml"] + options)
    }

    private func expectNoSecret(_ outcome: Workspace.Outcome) throws {
        for secret in Self.secrets { #expect(!outcome.output.contains(secret) && !outcome.errors.contains(secret)) }
        for (name, bytes) in try workspace.contents() where name != "identity.yaml" && name != "clouds.yaml" {
            let text = String(decoding: bytes, as: UTF8.self)
            for secret in Self.secrets { #expect(!text.contains(secret), "\(name) holds a secret") }
        }
    }

    @Test(
        "P8, P11: a clouds.yaml is all that is needed, whatever the way in; nothing written or shown holds a secret",
        arguments: ["sandbox", "sandbox-application", "sandbox-signed"])
    func cloudsFile(_ cloud: String) throws {
        let sandbox = try sandbox("", "--write-clouds", "clouds.yaml")
        let mode = try FileManager.default.attributesOfItem(atPath: workspace.folder.appending(path: "clouds.yaml").path)
        #expect(mode[.posixPermissions] as? Int == 0o600)
        let doctor = try workspace.run("doctor", "--cloud", cloud, "--log-level", "trace")
        #expect(doctor.status == 0, "\(doctor.output)")
        try expectNoSecret(doctor)
        try workspace.write("snapshots.yaml", manifest(of: 3))
        let first = try workspace.run("apply", "--auto-approve", "--cloud", cloud, "--log-level", "trace")
        #expect(first.status == 0 && first.output.contains("3 created"), "\(first.errors)")
        try expectNoSecret(first)
        #expect(try sandbox.created().count == 3)
        let second = try workspace.run("apply", "--auto-approve", "--cloud", cloud)
        #expect(second.status == 0 && second.output.contains("Nothing to do"))
    }

    @Test("A sandbox whose clock was set elsewhere takes signatures and tokens as before", arguments: ["sandbox", "sandbox-signed"])
    func setClock(_ cloud: String) throws {
        let sandbox = try sandbox("", "--write-clouds", "clouds.yaml", "--clock", "2026-03-01T02:00:00Z")
        let doctor = try workspace.run("doctor", "--cloud", cloud)
        #expect(doctor.status == 0 && doctor.output.contains("this machine's clock agrees with the service's"), "\(doctor.output)")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = try workspace.run("apply", "--auto-approve", "--cloud", cloud)
        #expect(apply.status == 0 && apply.output.contains("2 created"), "\(apply.errors)")
        #expect(try sandbox.created().count == 2)
    }

    @Test("OS_* variables lead to a token of the sandbox; tokens that end during a run are renewed")
    func password() throws {
        // Each token is over before the creation is: the run needs several.
        let sandbox = try sandbox("", "--token-lifetime", "1s", "--create-delay", "3s")
        let authority = try #require(sandbox.endpoint.split(separator: "/").dropFirst().first)
        var environment = [
            "OS_AUTH_URL": "http://\(authority)/identity/v3", "OS_USERNAME": "alice", "OS_PASSWORD": "hunter2-password",
            "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_NAME": "eu-west-101", "OS_PROJECT_DOMAIN_NAME": "Default",
        ]
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let good = try workspace.run(["apply", "--auto-approve", "--log-level", "debug"], environment: environment)
        #expect(good.status == 0 && good.output.contains("1 created"), "\(good.errors)")
        #expect(good.errors.split(separator: "\n").count { $0.contains("path=/identity/v3/auth/tokens") } > 1, "\(good.errors)")
        try expectNoSecret(good)

        environment["OS_PASSWORD"] = "guessed"
        let wrong = try workspace.run(["apply", "--auto-approve"], environment: environment)
        #expect(wrong.status == 1 && wrong.errors.contains("401"), "\(wrong.errors)")
    }

    @Test(
        "P8: HW_* variables sign requests that the sandbox verifies, with a temporary key; the gateway quotes the signed request back, token and all, and it is not shown"
    )
    func accessKey() throws {
        let sandbox = try sandbox("security_token: hunter2-security-token", "--dialect", "huawei")
        let authority = try #require(sandbox.endpoint.split(separator: "/").dropFirst().first)
        var environment = [
            "HW_ACCESS_KEY": "AKEXAMPLE", "HW_SECRET_KEY": "hunter2-secret-key", "HW_SECURITY_TOKEN": "hunter2-security-token",
            "HW_REGION_NAME": "eu-west-101", "HW_AUTH_URL": "http://\(authority)/identity/v3",
        ]
        let endpoint = ["--endpoint", "http://\(authority)/v2"]
        try workspace.write("snapshots.yaml", manifest(of: 3, name: "täglich"))
        let good = try workspace.run(["apply", "--auto-approve", "--log-level", "trace"] + endpoint, environment: environment)
        #expect(good.status == 0 && good.output.contains("3 created"), "\(good.errors)")
        try expectNoSecret(good)
        #expect(try sandbox.created().count == 3)

        environment["HW_SECRET_KEY"] = "another"
        let wrong = try workspace.run(["doctor", "--log-level", "trace"] + endpoint, environment: environment)
        #expect(wrong.status == 1 && wrong.output.contains("verify aksk signature fail"), "\(wrong.output)")
        try expectNoSecret(wrong)
        environment["HW_ACCESS_KEY"] = "OTHER"
        let unknown = try workspace.run(["doctor"] + endpoint, environment: environment)
        #expect(unknown.output.contains("ak OTHER not exist"), "\(unknown.output)")
    }

    @Test("P8: what is wrong with an identity file is told at its place and never quoted; a clouds.yaml of somebody else's is not replaced")
    func mistakes() throws {
        try workspace.write("identity.yaml", "username: alice\npasword: hunter2-password\n")
        let misspelt = try workspace.run("sandbox", "--listen", "127.0.0.1:0", "--identity", "identity.yaml")
        #expect(misspelt.status == 1 && misspelt.errors.contains("identity.yaml:2:10: error: an identity file has other keys"))
        try workspace.write("identity.yaml", "username: alice\naccess_key: hunter2-password\n")
        let half = try workspace.run("sandbox", "--listen", "127.0.0.1:0", "--identity", "identity.yaml")
        #expect(half.status == 1 && half.errors.contains("no credential is whole here"))
        try workspace.write("clouds.yaml", "clouds: {production: {auth: {password: hunter2-password}}}\n")
        let foreign = try workspace.run("sandbox", "--listen", "127.0.0.1:0", "--write-clouds", "clouds.yaml")
        #expect(foreign.status == 1 && foreign.errors.contains("clouds.yaml: error: the file is there already"))
        #expect(try workspace.read("clouds.yaml").contains("production"))
        for outcome in [misspelt, half, foreign] { try expectNoSecret(outcome) }
        let both = try workspace.run("sandbox", "--token", "t", "--write-clouds", "other.yaml")
        #expect(both.status == 64)
    }
}

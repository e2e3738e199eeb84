import SnapkeepCloud
import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// Public clouds that are known by the name of their profile.
@Suite struct VendorProfileTests {
    private func settings(
        profile: String, _ more: String = "", domain: String? = nil, variables: [String: String] = [:], profiles: String? = nil
    ) throws
        -> CloudSettings
    {
        let entry =
            "{profile: '\(profile)', auth: {username: u, password: pw, project_name: p\(domain.map { ", user_domain_name: \($0)" } ?? "")}\(more)}"
        return try CloudSettingsTests.settings(
            variables.merging(["OS_CLOUD": "c"]) { $1 }, clouds: "clouds: {c: \(entry)}", profiles: profiles)
    }

    private func finding(_ body: () throws -> Void) -> Diagnostic? {
        do { try body() } catch let failure as Failure { return failure.diagnostics.first } catch { Issue.record("\(error)") }
        return nil
    }

    @Test("Each known profile has an https address with a host that is public, regions each once, and leads to a log-in or says why not")
    func table() throws {
        #expect(VendorProfiles.table.count == 24)
        for (name, profile) in VendorProfiles.table {
            #expect(profile.authURL.hasPrefix("https://"), "\(name)")
            #expect(Set(profile.regions).count == profile.regions.count && !profile.regions.contains(""), "\(name)")
            #expect(profile.regions.isEmpty == (name == "ovh"), "\(name)")
            #expect(["2", "2.0", "3"].contains(profile.identityVersion) && [nil, "2", "3"].contains(profile.volumeVersion), "\(name)")
            if case .closed(let why) = profile.standing {
                let found = try #require(finding { _ = try settings(profile: name) })
                #expect(found.message == "the cloud of profile '\(name)' is closed: \(why)" && found.help?.contains("auth_url") == true)
                continue
            }
            for region in profile.regions.isEmpty ? ["GRA11"] : profile.regions {
                let settings = try settings(profile: name, domain: profile.domain ?? "D", variables: ["OS_REGION_NAME": region])
                #expect(settings.warnings.map(\.code) == (name == "fuga" ? ["deprecated-profile"] : []))
                guard profile.identityVersion == "3" else {
                    let found = try #require(finding { _ = try settings.login() })
                    #expect(found.message == "the version is '\(profile.identityVersion)', expected 3" && found.help != nil)
                    continue
                }
                let login = try settings.login()
                guard case .identity(_, let service) = login.credential else { throw Failure(.error) }
                #expect(
                    service.scheme == .https && service.version == .v3 && service.host.contains(".") && !service.host.contains("{"),
                    "\(name)")
                #expect(login.region == region, "\(name)")
            }
        }
    }

    @Test("ovh is known by its name, in its domain; the catalog decides between its regions")
    func ovh() throws {
        let settings = try settings(profile: "ovh")
        #expect(try CloudSettingsTests.words(settings) == "password u@Default p@Default by https://auth.cloud.ovh.net/v3")
        #expect(try settings.login().region == nil)
        #expect(settings.values[.authURL]?.origin.text == "profile ovh")
        #expect(try self.settings(profile: "ovh", ", region_name: GRA7").login().region == "GRA7")
    }

    @Test("A profile of one region means that region; of several the first only fills the address, and none is chosen in silence")
    func regions() throws {
        #expect(try settings(profile: "elastx").login().region == "se-sto")
        #expect(try settings(profile: "switchengines").login().region == nil)
        let city = try settings(profile: "citycloud")
        #expect(city.values[.authURL]?.value == "https://Buf1.citycloud.com:5000/v3/")
        #expect(try city.login().region == nil)
        #expect(try settings(profile: "citycloud", ", region_name: Fra1").values[.authURL]?.value == "https://Fra1.citycloud.com:5000/v3/")
        let own =
            "public-clouds: {two: {auth: {auth_url: 'https://{region_name}.example.com'}, regions: [a, b]}, one: {auth: {auth_url: 'https://x.example.com'}, regions: [{name: a}]}}"
        let two = try settings(profile: "two", profiles: own)
        #expect(try two.values[.authURL]?.value == "https://a.example.com" && two.login().region == nil)
        #expect(try settings(profile: "one", profiles: own).login().region == "a")
    }

    @Test("P9: an unknown profile gets a near miss only where one is near; an address is refused, as nothing is fetched")
    func unknown() throws {
        let otherwise = "write the cloud's auth_url and region_name into the entry in place of the profile"
        for (name, help) in [
            ("ovhh", "did you mean 'ovh'? else \(otherwise)"), ("vexxhots", "did you mean 'vexxhost'? else \(otherwise)"),
            ("aws", otherwise),
            ("gcp", otherwise), ("my-own", otherwise),
        ] {
            let found = try #require(finding { _ = try settings(profile: name) })
            #expect(found.message == "profile '\(name)' is not known" && found.help == help, "\(name): \(found.help ?? "")")
        }
        let remote = try #require(finding { _ = try settings(profile: "https://ovhcloud.com") })
        #expect(remote.message == "the profile 'https://ovhcloud.com' is an address, and settings are not fetched over the network")
        #expect(remote.help?.contains("/.well-known/openstack/api") == true)
        let secret = try #require(finding { _ = try settings(profile: "https://me:hunter2@cloud.example.com") })
        #expect(!secret.message.contains("hunter2"))
    }
}

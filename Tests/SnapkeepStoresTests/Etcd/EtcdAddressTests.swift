import SnapkeepCloud
import SnapkeepStores
import Testing

@Suite("Addresses of etcd")
struct EtcdAddressTests {
    // Defaults are filled in, so that equal places have equal texts.
    @Test(
        "An address is read, and written with every port",
        arguments: [
            ("host/p", "etcd://host:2379/p"), ("HOST:23790,b,host:23790/p/q", "etcd://host:23790,b:2379/p/q"),
            ("[::1],[fe80::1]:9/p//q/", "etcd://[::1]:2379,[fe80::1]:9/p/q"),
            ("10.0.0.1/snapkeep/team-a_b~.c", "etcd://10.0.0.1:2379/snapkeep/team-a_b~.c"),
        ])
    func reads(text: String, written: String) throws {
        let address = try EtcdAddress(text, isSecure: false)
        #expect(address.text == written)
        #expect(try EtcdAddress(written.dropFirst("etcd://".count), isSecure: false) == address)
        #expect(try EtcdAddress(text, isSecure: true).text == "etcds" + written.dropFirst("etcd".count))
    }

    @Test(
        "P9: what is no address is refused for its reason",
        arguments: [
            ("host", EtcdAddressProblem.noPrefix), ("host//", .noPrefix), ("/p", .host), ("a,,b/p", .host), ("ho st/p", .host),
            ("::1/p", .host),
            ("[::1/p", .host), ("host:0/p", .port), ("host:65536/p", .port), ("host:x/p", .port), ("host/p?x=1", .query),
            ("host/p#f", .query),
            ("host/p q", .prefix), ("host/../p", .prefix), ("host/ü", .prefix), ("host/" + String(repeating: "p", count: 600), .longPrefix),
            // A state there would lie among the keys of one at "/p".
            ("host/p/s", .reserved), ("host/p/j", .reserved), ("host/p/h/a", .reserved), ("host/s", .reserved),
            ("host/p/kept/x", .reserved),
            (Array(repeating: "h", count: 40).joined(separator: ",") + "/p", .tooManyHosts),
        ])
    func refuses(text: String, problem: EtcdAddressProblem) {
        #expect(throws: problem) { try EtcdAddress(text, isSecure: false) }
    }

    @Test(
        "P8: a user in an address is refused, and nothing of the text is repeated",
        arguments: ["u:s3cret@host/p", "u:s3/cret@host/p", "host/p@s3cret"])
    func secrets(text: String) {
        #expect(throws: EtcdAddressProblem.userInformation) { try EtcdAddress(text, isSecure: true) }
        #expect(!EtcdAddressProblem.userInformation.message.contains("s3"))
    }
}

@Suite("Settings for etcd")
struct EtcdSettingsTests {
    private func read(_ environment: [String: String]) throws -> EtcdSettings { try EtcdSettings(environment: { environment[$0] }) }

    @Test("Our variables count before those of etcd's own client, and an empty one is none")
    func order() throws {
        let settings = try read([
            "SNAPKEEP_ETCD_USER": "", "ETCDCTL_USER": "other", "SNAPKEEP_ETCD_PASSWORD": "ours", "ETCDCTL_PASSWORD": "theirs",
            "SNAPKEEP_ETCD_CACERT": "ca.pem", "ETCDCTL_CACERT": "other.pem", "ETCDCTL_CERT": "cert.pem", "ETCDCTL_KEY": "key.pem",
        ])
        #expect(settings.user?.name == "other")
        #expect(settings.user?.password.text == "ours")
        #expect([settings.authorities, settings.certificate, settings.privateKey] == ["ca.pem", "cert.pem", "key.pem"])
        #expect(try read([:]).user == nil)
        // A message about a file names the variable.
        #expect(
            settings.variables
                == [.authorities: "SNAPKEEP_ETCD_CACERT", .certificate: "ETCDCTL_CERT", .privateKey: "ETCDCTL_KEY"])
    }

    @Test("ETCDCTL_USER may carry the password behind a colon, which may hold more of them")
    func combined() throws {
        let user = try read(["ETCDCTL_USER": "ci:pass:word"]).user
        #expect(user?.name == "ci")
        #expect(user?.password.text == "pass:word")
    }

    @Test("P8: half of a user is refused without a word of it")
    func halves() {
        #expect(throws: EtcdSettingsProblem.userWithoutPassword) { try read(["SNAPKEEP_ETCD_USER": "ci"]) }
        #expect(throws: EtcdSettingsProblem.passwordWithoutUser) { try read(["ETCDCTL_PASSWORD": "s3cret"]) }
    }
}

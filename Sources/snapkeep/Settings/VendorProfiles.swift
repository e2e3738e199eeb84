/// What is known of a public cloud by its name: facts that its customers share, and no credential.
struct VendorProfile: Hashable, Sendable {
    /// Whether the cloud is still there.
    enum Standing: Hashable, Sendable {
        case active
        /// Said of it, and used all the same.
        case deprecated(String)
        /// Refused.
        case closed(String)
    }

    /// The identity service; `{region_name}` is where the region goes.
    var authURL: String
    /// Of one region it is the one that is meant; of several the first only fills `{region_name}`, and the catalog decides.
    var regions: [String] = []
    var identityVersion = "3"
    /// The domain of users and projects, where the cloud has but one.
    var domain: String?
    /// Of the block-storage API, where the cloud has but one that this program speaks.
    var volumeVersion: String?
    var standing = Standing.active
}

/// The profiles that every installation of the OpenStack clients knows.
enum VendorProfiles {
    /// Source: openstacksdk 4.22, `openstack/config/vendors/*.json` and `*.yaml` (https://opendev.org/openstack/openstacksdk); left out is
    /// what block storage has no use for: image formats, networks, the versions of other APIs.
    ///
    /// Where this table differs from that source:
    /// - `otc-swiss` lacks the scheme there, and has no place for a region.
    /// - `ovh` and `vexxhost` only say there that the cloud itself keeps the profile, at an address that is to be fetched. Here stands the
    ///   address of the last releases that had one (0.61 and 0.20). OVH's regions are many and change: the catalog lists them.
    /// - Version 1 of the block-storage API, which is named for `bluebox`, `catalyst`, `entercloudsuite` and others, is gone from Cinder.
    /// - `bluebox` has no address there (each customer had one of its own), and is left out.
    /// - `rackspace` and `conoha` speak version 2 of the identity API: they are known, so that they are refused for that.
    static let table: [String: VendorProfile] = [
        "auro": VendorProfile(authURL: "https://api.van2.auro.io:5000/v3", regions: ["RegionOne"], domain: "Default"),
        "betacloud": VendorProfile(
            authURL: "https://api-1.betacloud.de:5000", regions: ["betacloud-1"], volumeVersion: "3",
            standing: .closed("betacloud.de has ceased business")),
        "binero": VendorProfile(authURL: "https://auth.binero.cloud:5000/v3", regions: ["europe-se-1"], volumeVersion: "3"),
        "catalyst": VendorProfile(
            authURL: "https://api.cloud.catalyst.net.nz:5000/v2.0", regions: ["nz-por-1", "nz_wlg_2"], identityVersion: "2.0"),
        "citycloud": VendorProfile(
            authURL: "https://{region_name}.citycloud.com:5000/v3/", regions: ["Buf1", "Fra1", "Sto2", "Kna1", "dx1", "tky1"],
            volumeVersion: "3"),
        "conoha": VendorProfile(
            authURL: "https://identity.{region_name}.conoha.io", regions: ["sin1", "sjc1", "tyo1"], identityVersion: "2"),
        "dreamcompute": VendorProfile(authURL: "https://iad2.dream.io:5000", regions: ["RegionOne"]),
        "elastx": VendorProfile(authURL: "https://ops.elastx.cloud:5000/v3", regions: ["se-sto"]),
        "entercloudsuite": VendorProfile(authURL: "https://api.entercloudsuite.com/", regions: ["it-mil1", "nl-ams1", "de-fra1"]),
        "fuga": VendorProfile(
            authURL: "https://identity.api.fuga.io:5000", regions: ["cystack"], domain: "Default", volumeVersion: "3",
            standing: .deprecated("its identity service no longer answers there")),
        "ibmcloud": VendorProfile(
            authURL: "https://identity.open.softlayer.com", regions: ["london"], volumeVersion: "2",
            standing: .closed("its identity service no longer answers")),
        "internap": VendorProfile(
            authURL: "https://identity.api.cloud.inap.com", regions: ["ams01", "da01", "nyj01", "sin01", "sjc01"],
            standing: .closed("Internap is HorizonIQ now")),
        "limestonenetworks": VendorProfile(
            authURL: "https://auth.cloud.lstn.net:5000/v3", regions: ["us-dfw-1", "us-slc"], volumeVersion: "3"),
        "otc": VendorProfile(authURL: "https://iam.{region_name}.otc.t-systems.com/v3", regions: ["eu-de", "eu-nl"]),
        "otc-swiss": VendorProfile(authURL: "https://iam-pub.{region_name}.sc.otc.t-systems.com/v3", regions: ["eu-ch2"]),
        "ovh": VendorProfile(authURL: "https://auth.cloud.ovh.net/", domain: "Default"),
        "ovh-us": VendorProfile(
            authURL: "https://auth.cloud.ovh.us/", regions: ["US-EAST-VA-1", "US-WEST-OR-1", "US-EAST-VA", "US-WEST-OR"],
            domain: "Default"),
        "rackspace": VendorProfile(
            authURL: "https://identity.api.rackspacecloud.com/v2.0/", regions: ["DFW", "HKG", "IAD", "ORD", "SYD", "LON"],
            identityVersion: "2.0", volumeVersion: "2"),
        "switchcloud": VendorProfile(authURL: "https://identity.compute.cloud.switch.ch/v3", regions: ["zhw", "zhc"]),
        "switchengines": VendorProfile(authURL: "https://keystone.cloud.switch.ch:5000/v3", regions: ["LS", "ZH"]),
        "ultimum": VendorProfile(
            authURL: "https://console.ultimum-cloud.com:5000/", regions: ["RegionOne"],
            standing: .closed("ultimum-cloud.com has ceased business")),
        "unitedstack": VendorProfile(
            authURL: "https://identity.api.ustack.com/v3", regions: ["bj1", "gd1"],
            standing: .closed("its identity service no longer answers")),
        "vexxhost": VendorProfile(authURL: "https://auth.vexxhost.net/v3", regions: ["ca-ymq-1", "sjc1"]),
        "zetta": VendorProfile(authURL: "https://identity.api.zetta.io/v3", regions: ["no-osl1"]),
    ]
}

// swift-tools-version: 6.2
import PackageDescription

// A peer: what reading a manifest costs with the usual YAML library of Swift. Built for `Tests/benchmark --peers` only.
let package = Package(
    name: "yams-decoder",
    dependencies: [.package(url: "https://github.com/jpsim/Yams", exact: "6.2.2")],
    targets: [.executableTarget(name: "yams-decoder", dependencies: ["Yams"])],
    swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2
import PackageDescription

// What the start of a program with an argument parser costs, and nothing else. A package of its own: the program does not need it.
let package = Package(
    name: "bare-parser",
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")],
    targets: [
        .executableTarget(name: "bare-parser", dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")])
    ],
    swiftLanguageModes: [.v6]
)

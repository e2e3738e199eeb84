// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "snapkeep",
    products: [.executable(name: "snapkeep", targets: ["snapkeep"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        // The C library's calls for what a file carries beside its bytes: Swift's module of it leaves them out.
        .systemLibrary(name: "CFileAttributes"),
        .target(name: "SnapkeepCore", swiftSettings: settings),
        .target(name: "SnapkeepManifest", dependencies: ["CLibYAML", "SnapkeepCore"], swiftSettings: settings),
        .target(name: "SnapkeepEngine", dependencies: ["SnapkeepCore"], swiftSettings: settings),
        .target(name: "SnapkeepState", dependencies: ["SnapkeepCore", "SnapkeepEngine"], swiftSettings: settings),
        .target(
            name: "SnapkeepCloud",
            dependencies: [
                "SnapkeepCore", "SnapkeepEngine",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SnapkeepStores",
            dependencies: [
                "SnapkeepCloud", "SnapkeepCore", "SnapkeepEngine", "SnapkeepState", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        .target(
            name: "SnapkeepSandbox",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SnapkeepRendering", dependencies: ["SnapkeepCore", "SnapkeepManifest", "SnapkeepEngine", "SnapkeepState"],
            swiftSettings: settings),
        .executableTarget(
            name: "snapkeep",
            dependencies: [
                "CFileAttributes", "SnapkeepCore", "SnapkeepManifest", "SnapkeepEngine", "SnapkeepState", "SnapkeepCloud", "SnapkeepStores",
                "SnapkeepSandbox", "SnapkeepRendering",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "SnapkeepCoreTests", dependencies: ["SnapkeepCore"], swiftSettings: settings),
        .testTarget(
            name: "SnapkeepManifestTests", dependencies: ["SnapkeepCore", "SnapkeepManifest", "SnapkeepRendering"],
            exclude: ["Fixtures", "Golden"], swiftSettings: settings),
        .testTarget(name: "SnapkeepEngineTests", dependencies: ["SnapkeepEngine"], swiftSettings: settings),
        .testTarget(name: "SnapkeepStateTests", dependencies: ["SnapkeepRendering", "SnapkeepState"], swiftSettings: settings),
        .testTarget(
            name: "SnapkeepCloudTests",
            dependencies: [
                "SnapkeepCloud", "SnapkeepSandbox",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SnapkeepStoresTests",
            dependencies: [
                "SnapkeepCloud", "SnapkeepCore", "SnapkeepEngine", "SnapkeepState", "SnapkeepStores",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SnapkeepSandboxTests",
            dependencies: ["SnapkeepSandbox", .product(name: "HTTPTypes", package: "swift-http-types")], swiftSettings: settings),
        .testTarget(
            name: "snapkeepTests",
            dependencies: [
                "snapkeep", "CFileAttributes", "SnapkeepCloud", "SnapkeepCore", "SnapkeepEngine", "SnapkeepManifest", "SnapkeepRendering",
                "SnapkeepSandbox", "SnapkeepState", "SnapkeepStores", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Golden"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzz targets have libFuzzer's own `main` and are built with its sanitizer: only Tests/fuzz asks for them.
if Context.environment["SNAPKEEP_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "SnapkeepFuzz",
            dependencies: [
                "SnapkeepCloud", "SnapkeepCore", "SnapkeepEngine", "SnapkeepManifest", "SnapkeepRendering", "SnapkeepState",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Fuzz", exclude: ["Corpus"], swiftSettings: settings))
}

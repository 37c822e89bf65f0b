// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that a benchmark builds in a minute: the modules that compute, linked from ../Sources and
// compiled with the settings of the product, without the servers and their TLS. It carries the product's name because
// `package` access asks for it. Build it in the release configuration only: `scripts/bench` does.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// They need the HTTP client and the process launcher.
let otherRunners = [
    "Deadline", "EndpointRunner", "InvocationsCodec", "JSONCells", "JSONExchange", "OpenInferenceCodec", "ModelServerProcess",
    "PredictionsRunner", "ServerAddress",
].map { "Runners/\($0).swift" }

let package = Package(
    name: "gatehouse",
    products: [
        .executable(name: "gatehouse-bench", targets: ["gatehouse-bench"]),
        .executable(name: "log-bench", targets: ["log-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "GatehouseCore", swiftSettings: house),
        .target(name: "Statistics", swiftSettings: house),
        .target(
            name: "Scoring", dependencies: ["GatehouseCore", "Statistics", crypto, yams],
            exclude: ["Checks", "Latency", "Requests"] + otherRunners,
            sources: ["Datasets", "Native", "Runners/ModelRunner.swift"],
            swiftSettings: house),
        .executableTarget(
            name: "gatehouse-bench", dependencies: ["GatehouseCore", "Statistics", "Scoring", argumentParser],
            swiftSettings: house),
        .target(name: "Storage", dependencies: ["GatehouseCore"], swiftSettings: house),
        .target(name: "StorageSQLite", dependencies: ["Storage", "GatehouseCore", grdb, grdbSQLite], swiftSettings: house),
        .target(
            name: "AuditLog", dependencies: ["GatehouseCore", "Storage", crypto, logging, serviceLifecycle], swiftSettings: house),
        .executableTarget(
            name: "log-bench", dependencies: ["GatehouseCore", "Storage", "StorageSQLite", "AuditLog", argumentParser],
            swiftSettings: house),
    ]
)

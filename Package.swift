// swift-tools-version: 6.2
import PackageDescription

// The layers are drawn in docs/ARCHITECTURE.md. An arrow never points up: a target may import only what is
// listed here, so the compiler enforces the picture.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Modules that loop over rows are optimised in the debug configuration too: a debug build then plays the demo and
/// runs the tests in seconds instead of minutes. Overflow and bounds checks stay on.
let numeric: [SwiftSetting] = house + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "gatehouse",
    products: [.executable(name: "gatehouse", targets: ["gatehouse"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // ground
        .target(name: "GatehouseCore", swiftSettings: numeric),
        .target(name: "Statistics", swiftSettings: numeric),
        .target(name: "Rendering", swiftSettings: numeric),
        .target(name: "Storage", dependencies: ["GatehouseCore"], swiftSettings: house),
        // adapters
        .target(name: "StorageSQLite", dependencies: ["Storage", "GatehouseCore", grdb, grdbSQLite], swiftSettings: house),
        .target(
            name: "ArtifactsLocal", dependencies: ["Registry", "GatehouseCore", crypto], swiftSettings: house),
        .systemLibrary(name: "CLibPQ", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(
            name: "StoragePostgres", dependencies: ["CLibPQ", "AuditLog", "Storage", "GatehouseCore"], swiftSettings: house),
        .target(
            name: "MirrorS3", dependencies: ["AuditLog", "GatehouseCore", asyncHTTPClient, crypto, nioCore, nioHTTP1],
            swiftSettings: house),
        // trust
        .target(name: "Secrets", dependencies: ["GatehouseCore", crypto], swiftSettings: house),
        .target(name: "Attestations", dependencies: ["GatehouseCore", crypto], swiftSettings: house),
        .target(
            name: "AuditLog", dependencies: ["GatehouseCore", "Storage", crypto, logging, serviceLifecycle], swiftSettings: house),
        // what registry and gateway both know: route tables, arms, records of what was served
        .target(name: "Serving", dependencies: ["GatehouseCore", "Attestations", crypto], swiftSettings: numeric),
        // records and judgement
        .target(name: "Rollouts", dependencies: ["GatehouseCore", "Statistics", "Serving", "Rendering"], swiftSettings: numeric),
        .target(name: "Gates", dependencies: ["GatehouseCore", "Statistics", "Rendering", yams], swiftSettings: house),
        .target(
            name: "Scoring",
            dependencies: [
                "GatehouseCore", "Statistics", "Secrets", asyncHTTPClient, crypto, histogram, nioCore, nioHTTP1, subprocess,
                systemPackage, yams,
            ],
            swiftSettings: numeric),
        .target(
            name: "Registry", dependencies: ["GatehouseCore", "Storage", "AuditLog", crypto], swiftSettings: house),
        .target(
            name: "Access",
            dependencies: [
                "GatehouseCore", "Storage", "AuditLog", asyncHTTPClient, crypto, cryptoExtras, jwtKit, nioCore, nioHTTP1,
            ],
            swiftSettings: house),
        // workflow
        .target(
            name: "Promotions",
            dependencies: [
                "GatehouseCore", "Statistics", "Storage", "Secrets", "Attestations", "Serving", "AuditLog", "Access", "Registry",
                "Gates", "Scoring", "Rollouts",
                asyncHTTPClient, logging, serviceLifecycle,
            ],
            swiftSettings: house),
        .target(
            name: "Events",
            dependencies: [
                "GatehouseCore", "Storage", "Secrets", "AuditLog", "Access", "Registry", logging, nioCore, nioHTTP1, nioPosix,
                nioSSL,
                serviceLifecycle,
            ],
            swiftSettings: house),
        // wire
        .target(
            name: "WireAPI", dependencies: ["GatehouseCore", asyncHTTPClient, crypto, nioCore, nioHTTP1], swiftSettings: house),
        // what a deployment job of CI does: it knows the wire only
        .target(
            name: "Deployments",
            dependencies: [
                "GatehouseCore", "Scoring", "WireAPI", asyncHTTPClient, nioCore, nioHTTP1, subprocess, systemPackage, yams,
            ],
            swiftSettings: house),
        // edges
        .target(
            name: "HTTPAPI",
            dependencies: [
                "GatehouseCore", "Storage", "Secrets", "Attestations", "Serving", "AuditLog", "Access", "Registry", "Gates",
                "Rollouts", "Promotions", "Events", "WireAPI",
                httpTypes,
                hummingbird, logging, nioCore, serviceLifecycle,
            ],
            swiftSettings: house),
        .target(
            name: "WebUI",
            dependencies: [
                "GatehouseCore", "Statistics", "Storage", "Secrets", "Serving", "AuditLog", "Access", "Registry", "Gates",
                "Rollouts", "Promotions", "Events", "Rendering", "HTTPAPI", crypto, httpTypes, hummingbird, logging, nioCore,
                serviceLifecycle,
            ],
            exclude: ["Assets/files"],
            swiftSettings: house),
        .target(
            name: "Gateway",
            dependencies: [
                "GatehouseCore", "Statistics", "Secrets", "Attestations", "Serving", "Scoring", "WireAPI", asyncHTTPClient,
                crypto,
                logging, nioCore, nioHPACK, nioHTTP1, nioHTTP2, nioPosix, nioSSL, nioTLS, protobuf, serviceLifecycle,
            ],
            swiftSettings: house),
        .target(name: "Demo", dependencies: ["GatehouseCore", "Statistics", "Scoring", "WireAPI"], swiftSettings: numeric),
        // roles
        .target(
            name: "Commands",
            dependencies: [
                "GatehouseCore", "Statistics", "Rendering", "Storage", "StorageSQLite", "StoragePostgres", "ArtifactsLocal",
                "MirrorS3", "Secrets", "Attestations", "Serving", "AuditLog", "Access", "Registry", "Gates", "Scoring",
                "Rollouts", "Promotions", "Events", "Deployments", "WireAPI", "HTTPAPI", "WebUI", "Gateway", "Demo",
                argumentParser,
                asyncHTTPClient, hummingbird, hummingbirdTLS, logging, nioCore, nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
                unixSignals,
            ],
            swiftSettings: house),
        .executableTarget(name: "gatehouse", dependencies: ["Commands"], swiftSettings: house),
        // feeds mutated files to the readers; scripts/fuzz runs it
        .executableTarget(
            name: "gatehouse-fuzz", dependencies: ["GatehouseCore", "Statistics", "Gates", "Scoring", argumentParser],
            path: "Tests/Fuzz", exclude: ["Seeds"], swiftSettings: numeric),
        // tests: one target per module, the contract that every database adapter runs, and the rules of the tree itself
        .testTarget(name: "TidyTests", exclude: ["exceptions.txt"], swiftSettings: house),
        .testTarget(
            name: "WebUITests",
            dependencies: ["GatehouseCore", "Statistics", "Serving", "Gates", "Rollouts", "Rendering", "WebUI"],
            swiftSettings: house),
        .testTarget(name: "GatehouseCoreTests", dependencies: ["GatehouseCore"], swiftSettings: house),
        .testTarget(name: "FuzzTests", dependencies: ["GatehouseCore", "Statistics", "gatehouse-fuzz"], swiftSettings: house),
        .testTarget(name: "SecretsTests", dependencies: ["GatehouseCore", "Secrets"], swiftSettings: house),
        .testTarget(name: "AttestationsTests", dependencies: ["GatehouseCore", "Attestations"], swiftSettings: house),
        .testTarget(
            name: "ServingTests", dependencies: ["GatehouseCore", "Attestations", "Serving"], swiftSettings: house),
        .testTarget(
            name: "RolloutsTests", dependencies: ["GatehouseCore", "Statistics", "Serving", "Rollouts"], swiftSettings: house),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "GatehouseCore", "Statistics", "Attestations", "Serving", "Scoring", "WireAPI", "Gateway", crypto, logging,
                nioCore, nioHPACK, nioHTTP1, nioHTTP2, nioPosix, nioSSL, protobuf,
            ],
            swiftSettings: house),
        .testTarget(name: "StatisticsTests", dependencies: ["Statistics"], swiftSettings: house),
        .testTarget(name: "RenderingTests", dependencies: ["Rendering"], swiftSettings: house),
        .testTarget(
            name: "StorageContractTests", dependencies: ["GatehouseCore", "Storage", "StorageSQLite"], swiftSettings: house),
        .testTarget(
            name: "AuditLogTests", dependencies: ["GatehouseCore", "Storage", "StorageSQLite", "AuditLog", logging],
            swiftSettings: house),
        .testTarget(
            name: "StoragePostgresTests", dependencies: ["GatehouseCore", "Storage", "StoragePostgres", "AuditLog"],
            swiftSettings: house),
        .testTarget(name: "MirrorS3Tests", dependencies: ["GatehouseCore", "MirrorS3"], swiftSettings: house),
        .testTarget(
            name: "RegistryTests", dependencies: ["GatehouseCore", "Storage", "StorageSQLite", "AuditLog", "Registry"],
            swiftSettings: house),
        .testTarget(
            name: "AccessTests", dependencies: ["GatehouseCore", "Storage", "StorageSQLite", "AuditLog", "Access"],
            swiftSettings: house),
        .testTarget(
            name: "EventsTests",
            dependencies: [
                "GatehouseCore", "Storage", "StorageSQLite", "Secrets", "AuditLog", "Access", "Registry", "Events", logging,
                nioCore,
                nioHTTP1,
                nioPosix,
            ],
            swiftSettings: house),
        .testTarget(
            name: "ArtifactsLocalTests", dependencies: ["GatehouseCore", "Registry", "ArtifactsLocal"], swiftSettings: house),
        .testTarget(name: "GatesTests", dependencies: ["GatehouseCore", "Statistics", "Gates"], swiftSettings: house),
        .testTarget(
            name: "ScoringTests",
            dependencies: ["GatehouseCore", "Statistics", "Secrets", "Scoring", asyncHTTPClient, nioCore, nioHTTP1, nioPosix],
            exclude: ["Fixtures"], swiftSettings: house),
        .testTarget(
            name: "PromotionsTests",
            dependencies: [
                "GatehouseCore", "Statistics", "Storage", "StorageSQLite", "ArtifactsLocal", "Attestations", "Serving",
                "AuditLog",
                "Access", "Registry", "Gates", "Scoring", "Rollouts", "Promotions", asyncHTTPClient, logging, serviceLifecycle,
            ],
            swiftSettings: house),
        .testTarget(
            name: "WireAPITests",
            dependencies: ["GatehouseCore", "WireAPI", asyncHTTPClient, nioCore, nioHTTP1, nioPosix], swiftSettings: house),
        .testTarget(
            name: "DeploymentsTests", dependencies: ["GatehouseCore", "WireAPI", "Deployments"], swiftSettings: house),
        .testTarget(name: "DemoTests", dependencies: ["GatehouseCore", "Statistics", "Scoring", "Demo"], swiftSettings: house),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["GatehouseCore", "Statistics", "Rendering", "Scoring", "Gates", "Commands", argumentParser],
            swiftSettings: house),
    ]
)

import AsyncHTTPClient
import Attestations
import GatehouseCore
import Gateway
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Serving
import UnixSignals
import WireAPI

/// What a gateway is started with.
struct GatewaySettings: Sendable {
    /// Who says what is served.
    enum Origin: Sendable {
        case file(RouteTable)
        /// `downloads` gets the files of versions; `key` is the operator's, nil: the registry's own word is taken.
        case registry(GatehouseClient, downloads: MLflowClient, key: VerificationKey?)

        /// The registry at an address, asked under `token` by both of its clients. Fails with `invalidArgument` for an address
        /// that is none.
        static func registry(
            at server: String, token: String?, http: HTTPClient, key: VerificationKey? = nil
        ) throws(GatehouseError) -> Origin {
            .registry(
                try GatehouseClient(server: server, token: token, http: http),
                downloads: try MLflowClient(server: server, authorization: token.map { "Bearer \($0)" }, http: http), key: key)
        }
    }

    /// Of this program.
    var version: String
    var server: GatewayServer.Settings
    /// Whose renewals `server.tls` follows.
    var certificate: ServedCertificate?
    var dataDirectory: String
    var origin: Origin
    /// How model servers under `https://` prove who they are.
    var trust: UpstreamTrust
    var accessLog: (@Sendable ([UInt8]) -> Void)?
}

/// The composition root of `gateway`: everything a gateway is made of, top to bottom.
struct GatewayRole: Sendable {
    /// What is in flight may end, and the last records may be shipped.
    static let stopSecondsMax = GatewayLimits.drainMilliseconds / 1_000 + RecordService.lastSecondsMax + 5

    let settings: GatewaySettings
    let logger: Logger
    /// Which end it; none where another process's services have it among them.
    var signals: [UnixSignal] = [.sigterm, .sigint]

    struct Ready: Sendable {
        let url: String
        let id: String
    }

    /// Runs until a signal asks for the end, then drains.
    func run(onReady: @escaping @Sendable (Ready) -> Void) async throws {
        let lock = try DataDirectory.open(settings.dataDirectory)
        defer { lock.close() }
        let folder = GatewayFolder(settings.dataDirectory)
        let id = try folder.gatewayID()
        let recording = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result = await Result.of {
            switch settings.origin {
            case .file(let table): try await serve(table, id: id, folder, recording, onReady)
            case .registry(let client, let downloads, let key):
                try await serve(client, downloads, key, id: id, folder, recording, onReady)
            }
        }
        try await recording.shutdownGracefully()
        try result.get()
    }

    /// From the operator's own table. What is recorded has nowhere to go but the metrics and the access log.
    private func serve(
        _ table: RouteTable, id: String, _ folder: GatewayFolder, _ recording: MultiThreadedEventLoopGroup,
        _ onReady: @escaping @Sendable (Ready) -> Void
    ) async throws {
        let active = try ActiveRoutes(table, trust: settings.trust)
        let desk = try await desk(folder, key: folder.ownRecordKey(), recording)
        let server = try await server(recordingAt: desk)
        let routes = ServedRoutes(server: server, local: nil)
        try await routes.adopt(active)
        let records = RecordService(desk: desk, shipper: RecordShipper(from: desk) { _, _ in })
        try await run([records, TrafficService(server: server, logger: logger), routes]) { onReady(ready(server, id)) }
    }

    private func serve(
        _ client: GatehouseClient, _ downloads: MLflowClient, _ given: VerificationKey?, id: String, _ folder: GatewayFolder,
        _ recording: MultiThreadedEventLoopGroup, _ onReady: @escaping @Sendable (Ready) -> Void
    ) async throws {
        let key = try await folder.registryKey(given, from: client, logger: logger)
        let desk = try await desk(folder, key: folder.recordKey(from: client, logger: logger), recording)
        let models = try ModelStore(root: folder.models, source: .registry(client, downloads: downloads))
        let server = try await server(recordingAt: desk)
        let local = LocalModels(store: models, loops: server.eventLoops, environment: ProcessRoots.environment, logger: logger)
        let routes = ServedRoutes(server: server, local: local)
        let lastGood = LastGoodRoutes(directory: folder.path, keys: [key])
        let watcher = RouteWatcher(
            client: client, lastGood: lastGood, keys: [key], local: local, trust: settings.trust, chance: ProcessRoots.chance,
            logger: logger
        ) { try await routes.adopt($0) }
        let shipper = RecordShipper(from: desk) { number, lines in
            let _: BatchAnswer = try await client.post(["serving", "gateways", id, "batches", "\(number)"], lines: lines)
        }
        let reporter = GatewayReporter(
            client: client, id: id, program: "gatehouse \(settings.version)", started: ProcessRoots.now(),
            routes: routes, local: local, logger: logger)
        // The first to start and the last to stop: what was answered in the last moment is recorded too.
        let services: [any Service] = [
            RecordService(desk: desk, shipper: shipper), local, TrafficService(server: server, logger: logger), routes, watcher,
            reporter,
        ]
        try await run(services) { onReady(ready(server, id)) }
    }

    private func desk(
        _ folder: GatewayFolder, key: RecordKey, _ recording: MultiThreadedEventLoopGroup
    ) async throws -> RecordDesk {
        var desk = RecordDesk.Settings(spoolDirectory: folder.records, unitKey: key.bytes)
        desk.accessLog = settings.accessLog
        return try await RecordDesk.open(desk, on: recording.next(), now: { ProcessRoots.now().milliseconds })
    }

    private func server(recordingAt desk: RecordDesk) async throws -> GatewayServer {
        let loops = settings.server.loops
        return try await GatewayServer(
            settings.server,
            pages: GatewayPages(version: settings.version, others: ["/metrics": { desk.metricsPage }]),
            roots: .init(milliseconds: { ProcessRoots.now().milliseconds }, randomNumber: ProcessRoots.randomNumber),
            tlsFailures: TLSFailureLog(logger) { ProcessRoots.now().milliseconds },
            recorder: { LoopRecorder(for: desk, on: $0, loops: loops) })
    }

    private func ready(_ server: GatewayServer, _ id: String) -> Ready {
        let host = settings.server.host
        let scheme = settings.server.tls == nil ? "http" : "https"
        return Ready(url: "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(server.port)", id: id)
    }

    private func run(_ services: [any Service], _ onReady: @escaping @Sendable () -> Void) async throws {
        var configuration = ServiceGroupConfiguration(
            services: (services + [settings.certificate].compactMap { $0 }).map { .init(service: $0) },
            gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(Self.stopSecondsMax)
        let group = ServiceGroup(configuration: configuration)
        onReady()
        do {
            try await group.run()
        } catch is CancellationError {
            logger.warning("stopped before everything was done", metadata: ["seconds": "\(Self.stopSecondsMax)"])
        }
    }
}

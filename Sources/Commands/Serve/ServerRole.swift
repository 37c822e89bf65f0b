import ArtifactsLocal
import AsyncHTTPClient
import AuditLog
import Foundation
import GatehouseCore
import HTTPAPI
import Hummingbird
import Logging
import NIOCore
import Promotions
import Registry
import Scoring
import ServiceLifecycle
import Storage
import StorageSQLite
import UnixSignals

/// What a server is started with.
struct ServerSettings: Sendable {
    var host = "127.0.0.1"
    /// 0 lets the system choose.
    var port = 5000
    var dataDirectory = "gatehouse-data"
    var defaultPolicy = PolicyBook.Default.shipped(.enforce)
    var hasAuthentication = true
    /// Signs the requests of URL checks.
    var checkSecret: WebhookSecret?
    /// The folder whose programs custom checks may run; nil: none.
    var checksDirectory: String?
}

extension ServerSettings {
    func url(port: Int) -> String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// The composition root of `serve`: everything a server is made of, top to bottom.
struct ServerRole: Sendable {
    /// A connection on which nothing moves for so long is closed.
    static let idleSecondsMax: Int64 = 300
    static let connectionsMax = 4096
    /// What is still being answered so long after a signal is cut off.
    static let drainSecondsMax: Int64 = 30

    let settings: ServerSettings
    let logger: Logger

    /// What the caller is told once the server listens.
    struct Ready: Sendable {
        let url: String
        /// Only on the first start of a data folder.
        let adminToken: String?
        /// Ends the server as a signal would: it drains first.
        let stop: @Sendable () async -> Void
    }

    /// Runs until a signal asks for the end, then drains.
    func run(onReady: @escaping @Sendable (Ready) async -> Void) async throws {
        let lock = try DataDirectory.open(settings.dataDirectory)
        defer { lock.close() }
        let store = try await SQLiteStore.open(path: "\(settings.dataDirectory)/gatehouse.db")
        try await store.migrate(AuditMigrations.all + RegistryMigrations.all + PromotionMigrations.all, at: ProcessRoots.now())
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .scoring)
        let result = await Result.of { try await serve(store, http, onReady) }
        try await http.shutdown()
        try await store.close()
        try result.get()
    }

    private func serve(
        _ store: SQLiteStore, _ http: HTTPClient, _ onReady: @escaping @Sendable (Ready) async -> Void
    ) async throws {
        let artifacts = try LocalArtifactStore(directory: "\(settings.dataDirectory)/artifacts")
        let (now, ids) = (ProcessRoots.now, ProcessRoots.ids)
        let policies = PolicyBook(default: settings.defaultPolicy)
        let registry = ModelRegistry(store: store, now: now, ids: ids)
        let transitions = TransitionService(store: store, policies: policies, now: now, ids: ids)
        let evaluator = Evaluator(
            http: http, commands: commands, checkSecret: settings.checkSecret, now: now, ids: ids)
        let evaluations = EvaluationService(
            store: store, artifacts: artifacts, evaluator: evaluator, transitions: transitions, progress: ProgressBoard(),
            workDirectory: try WorkDirectory(path: "\(settings.dataDirectory)/work"), now: now, ids: ids)
        let worker = EvaluationWorker(evaluations, logger: logger)
        let services = APIServices(
            registry: registry, artifacts: artifacts, transitions: transitions, evaluations: evaluations, policies: policies,
            randomBytes: ProcessRoots.randomBytes, wake: worker.wake)
        let router = GatehouseRouter.make(services, signIn: settings.hasAuthentication ? .tokens(store) : .open)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSecondsMax))),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), serverName: "gatehouse",
                availableConnectionsDelegate: .maximum(Self.connectionsMax, logger: logger)),
            onServerRunning: { channel in announce.yield(channel.localAddress?.port ?? settings.port) }, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application), .init(service: worker)], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(Self.drainSecondsMax)
        let group = ServiceGroup(configuration: configuration)
        let greeting = Greeting(ports: ports) { port in
            // Only now: a token made before the port was ours would never have been shown.
            let token = settings.hasAuthentication ? try await firstToken(store) : nil
            await onReady(
                Ready(url: settings.url(port: port), adminToken: token, stop: { await group.triggerGracefulShutdown() }))
        }
        await group.addServiceUnlessShutdown(.init(service: greeting))
        do {
            try await group.run()
        } catch is CancellationError {
            // The time to drain was over; what was cut off is in nobody's record.
            logger.warning("stopped with requests unanswered", metadata: ["drain_seconds": "\(Self.drainSecondsMax)"])
        } catch {
            throw Self.startFailure(error, settings) ?? error
        }
    }

    private var commands: Evaluator.CommandPermission {
        settings.checksDirectory.map { .inside(directory: $0, environment: ProcessRoots.environment) } ?? .denied
    }

    /// The token that a fresh data folder is opened with. Only its hash is kept.
    private func firstToken(_ store: SQLiteStore) async throws -> String? {
        let (token, text) = AccessToken.make(name: "admin", random: ProcessRoots.randomBytes(AccessToken.secretBytes))
        let now = ProcessRoots.now()
        return try await store.write { tx in
            guard try tx.hasAccessTokens() == false else { return nil }
            try tx.insert(token, at: now)
            try tx.append(
                AuditDraft(
                    id: ProcessRoots.ids(), time: now, principal: .system("server"), action: .tokenCreated,
                    facts: .object(["token": .string(token.name)])))
            return text
        }
    }

    private static func startFailure(_ error: any Error, _ settings: ServerSettings) -> GatehouseError? {
        guard let failure = error as? IOError, [EADDRINUSE, EACCES, EADDRNOTAVAIL].contains(failure.errnoCode) else { return nil }
        return GatehouseError(
            .unavailable, "Port \(settings.port) of \(settings.host) is taken or not ours to use.",
            hint: "Choose another with --port, or 0 for any.", cause: error)
    }
}

/// Tells the caller once that the server listens, then waits for the end like every other service.
private struct Greeting: Service {
    let ports: AsyncStream<Int>
    let ready: @Sendable (Int) async throws -> Void

    func run() async throws {
        for await port in ports.prefix(1).cancelOnGracefulShutdown() {
            try await cancelWhenGracefulShutdown { try await ready(port) }
        }
        try await gracefulShutdown()
    }
}

extension Result where Failure == any Error {
    /// Runs `body` and keeps what it threw, so that cleaning up can come first.
    static func of(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

import Access
import ArtifactsLocal
import AsyncHTTPClient
import AuditLog
import Events
import Foundation
import GatehouseCore
import HTTPAPI
import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import Promotions
import Registry
import Scoring
import Secrets
import ServiceLifecycle
import Serving
import Storage
import StorageSQLite
import UnixSignals
import WebUI

/// What a server is started with.
struct ServerSettings: Sendable {
    var host = "127.0.0.1"
    /// 0 lets the system choose.
    var port = 5000
    var dataDirectory = "gatehouse-data"
    var defaultPolicy = PolicyBook.Default.shipped(.enforce)
    var hasAuthentication = true
    /// Nil: plain HTTP.
    var tls: TLSFiles?
    /// Names under which browsers may know the server, beside `host`, this machine and private addresses.
    var allowedHosts: [String] = []
    /// How browsers reach the server where a proxy stands before it.
    var publicURL: String?
    var openID: OpenIDSettings?
    /// Signs the requests of URL checks.
    var checkSecret: WebhookSecret?
    /// The folder whose programs custom checks may run; nil: none.
    var checksDirectory: String?
    /// Encrypts stored secrets; nil: the data folder's own.
    var serverKey: ServerKey?
    /// The name of a new audit log; nil: one of its own choice.
    var auditOrigin: String?
    var mirrors = MirrorSettings()
    /// Logs of other registries that are believed when versions are copied in.
    var trustedLogs: [NoteVerifier] = []
    /// Signs the audit log; nil: the key in its folder.
    var auditSigner: SignerProgram?
    /// Where webhooks may go.
    var webhookAddresses = AddressRules()
    /// Where a gateway of its own listens; nil: none.
    var gateway: (host: String, port: Int)?
    /// Nil: not connected to Slack.
    var slack: SlackConnection?
}

extension ServerSettings {
    func url(port: Int) -> String { "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
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

    /// Runs until a signal asks for the end, then drains. `onGateway` hears of a gateway of its own, which answers a little
    /// later than the registry.
    func run(
        onGateway: @escaping @Sendable (GatewayRole.Ready) -> Void = { _ in },
        onReady: @escaping @Sendable (Ready) async -> Void
    ) async throws {
        let lock = try DataDirectory.open(settings.dataDirectory)
        defer { lock.close() }
        let store = try await SQLiteStore.open(path: "\(settings.dataDirectory)/gatehouse.db")
        try await store.migrate(
            AuditMigrations.all + RegistryMigrations.all + PromotionMigrations.all + AccessMigrations.all + EventMigrations.all,
            at: ProcessRoots.now())
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .scoring)
        let result = await Result.of { try await serve(store, http, onGateway, onReady) }
        try await http.shutdown()
        try await store.close()
        try result.get()
    }

    private func serve(
        _ database: SQLiteStore, _ http: HTTPClient, _ onGateway: @escaping @Sendable (GatewayRole.Ready) -> Void,
        _ onReady: @escaping @Sendable (Ready) async -> Void
    ) async throws {
        let webhooks = try WebhookParts(database, settings, logger: logger)
        let board = RouteBoard()
        let store = RouteStore(webhooks.store, board: board)
        let audit = try await AuditParts(database, settings, logger: logger)
        let mirrors = try MirrorParts(audit.published.directory, store: store, settings.mirrors, logger: logger)
        let artifacts = try LocalArtifactStore(directory: "\(settings.dataDirectory)/artifacts")
        let (now, ids) = (ProcessRoots.now, ProcessRoots.ids)
        let policies = PolicyBook(default: settings.defaultPolicy)
        let registry = ModelRegistry(
            store: store, now: now, ids: ids, protects: { tx, model in try policies.isEnforcing(for: model, tx) })
        let attestor = Attestor(key: try SigningKeyFile.key(in: settings.dataDirectory))
        let transitions = TransitionService(store: store, policies: policies, attestor: attestor, now: now, ids: ids)
        let evaluator = Evaluator(
            http: http, commands: commands, checkSecret: settings.checkSecret, now: now, ids: ids)
        let evaluations = EvaluationService(
            store: store, artifacts: artifacts, evaluator: evaluator, transitions: transitions, progress: ProgressBoard(),
            workDirectory: try WorkDirectory(path: "\(settings.dataDirectory)/work"), now: now, ids: ids)
        let worker = EvaluationWorker(evaluations, logger: logger)
        let access = ServerAccess(settings, store: store)
        let services = APIServices(
            registry: registry, artifacts: artifacts, transitions: transitions, evaluations: evaluations, policies: policies,
            webhooks: webhooks.service, auditLog: audit.published, outside: mirrors.outside,
            serving: try ServingServices(
                transitions, board: board, recordKey: RecordKey(bytes: webhooks.key.derived(for: "records of serving")),
                randomBytes: ProcessRoots.randomBytes),
            trustedLogs: settings.trustedLogs, accounts: access.accounts, now: now, randomBytes: ProcessRoots.randomBytes,
            wake: worker.wake)
        let slack = SlackParts(services, webhooks, settings, store: store, logger: logger)
        let router = GatehouseRouter.make(services, signIn: access.signIn, safety: access.safety, slack: slack?.desk)
        let formKey = FormKey(bytes: webhooks.key.derived(for: "forms of the web page"))
        WebSite(services, signIn: access.signIn, formKey: formKey, version: GatehouseCommand.version)
            .add(to: router)
        let care = ServingCare(store: store, artifacts: artifacts, board: board, now: now, logger: logger)
        let others: [any Service] = [
            worker, webhooks.deliverer, ReviewWatch(services.reviews, logger: logger),
            RolloutWatch(RolloutService(transitions), logger: logger),
        ]
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let gateways: [any Service] =
            settings.gateway.map { place in
                [
                    OwnGateway(
                        place: place, settings: settings, accounts: access.accounts, ports: ports, logger: logger,
                        onReady: onGateway)
                ]
            } ?? []
        // The first to start and the last to stop: what is decided in the last moment is signed too. Its own gateway stops
        // first, while there is somebody to ship its records to.
        try await listen(
            router, access, first: audit.sequencer,
            others: others + mirrors.services + (slack?.services ?? []) + [board, care] + gateways, port,
            onReady)
    }

    private func listen(
        _ router: Router<APIContext>, _ access: ServerAccess, first: any Service, others: [any Service],
        _ listening: AsyncStream<Int>.Continuation, _ onReady: @escaping @Sendable (Ready) async -> Void
    ) async throws {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let idle = TimeAmount.seconds(Self.idleSecondsMax)
        var certificate: ServedCertificate?
        if let files = settings.tls { certificate = try await ServedCertificate(files, logger: logger) }
        let application = Application(
            router: router,
            server: try certificate.map {
                try .tls(.http1(configuration: .init(idleTimeout: idle)), tlsConfiguration: $0.configuration())
            } ?? .http1(configuration: .init(idleTimeout: idle)),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), serverName: "gatehouse",
                availableConnectionsDelegate: .maximum(Self.connectionsMax, logger: logger)),
            onServerRunning: { channel in announce.yield(channel.localAddress?.port ?? settings.port) }, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: ([first, application] + others + [certificate].compactMap { $0 }).map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        let gatewaySecondsMax = settings.gateway == nil ? 0 : GatewayRole.stopSecondsMax
        configuration.maximumGracefulShutdownDuration = .seconds(Self.drainSecondsMax + gatewaySecondsMax)
        let group = ServiceGroup(configuration: configuration)
        let greeting = Greeting(ports: ports) { port in
            // Only now: a token made before the port was ours would never have been shown.
            let token = settings.hasAuthentication ? try await access.accounts.firstToken() : nil
            listening.yield(port)
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

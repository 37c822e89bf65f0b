import AuditLog
import Events
import Foundation
import GatehouseCore
import Logging
import NIOCore
import Registry
import Secrets
import Storage
import StorageSQLite
import Synchronization

/// A class because the parts and the test share one: the test moves it on.
final class HandClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_800_000_000_123))

    var now: Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0.adding(duration) } }
}

/// Dashed ids that count. A class because everything draws from one.
final class CountingIDs: Sendable {
    private let last = Mutex(0)

    func next() -> String {
        last.withLock {
            $0 += 1
            return "00000000-0000-4000-8000-" + String(100_000_000_000 + $0)
        }
    }
}

/// A registry with webhooks on a database of its own.
struct Bench: Sendable {
    static let user = Principal.user("ada")

    let clock = HandClock()
    let ids = CountingIDs()
    let database: any SQLStore
    let store: OutboxStore
    let registry: ModelRegistry
    let webhooks: WebhookService
    /// Told to look; one of its kind runs once, so each `delivering` has its own.
    let current: CurrentDeliverer
    private let makeDeliverer: @Sendable (_ isAlone: Bool) -> WebhookDeliverer
    /// Counts the times the deliverer was told.
    let wakes = WakeCount()

    private init(_ database: any SQLStore, _ rules: AddressRules, _ names: NameService, limit: TimeAmount) throws {
        self.database = database
        let (clock, ids, wakes) = (clock, ids, wakes)
        let key = try ServerKey(parsing: String(repeating: "ab", count: 32))
        let sender = WebhookSender(rules: rules, names: names, limit: limit)
        let current = CurrentDeliverer()
        let wake: @Sendable () -> Void = {
            wakes.add()
            current.wake()
        }
        self.current = current
        makeDeliverer = { isAlone in
            WebhookDeliverer(
                store: database, sender: sender, key: key, isAlone: isAlone, now: { clock.now }, ids: { ids.next() },
                uuids: { ids.next() }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        }
        store = OutboxStore(
            database, ids: { ids.next() },
            wake: { kinds in
                wakes.add()
                current.wakeForEvents(of: kinds)
            })
        registry = ModelRegistry(store: store, now: { clock.now }, ids: { ids.next() })
        webhooks = WebhookService(
            store: database, sender: sender, key: key, now: { clock.now }, ids: { ids.next() }, uuids: { ids.next() }, wake: wake)
    }

    /// `leftBehind` writes into the database as the version before left it.
    static func run(
        _ rules: AddressRules = AddressRules(allowsPrivate: true), names: NameService = .system,
        limit: TimeAmount = .seconds(10), leftBehind: (@Sendable (SQLTransaction) throws -> Void)? = nil,
        _ body: (Bench) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try await SQLiteStore.open(path: folder.appendingPathComponent("gatehouse.db").path)
        let migrations = AuditMigrations.all + RegistryMigrations.all + EventMigrations.all
        if let leftBehind {
            try await database.migrate(Array(migrations.dropLast()), at: Timestamp(milliseconds: 0))
            try await database.write(leftBehind)
        }
        try await database.migrate(migrations, at: Timestamp(milliseconds: 0))
        try await body(Bench(database, rules, names, limit: limit))
        try await database.close()
    }

    /// Runs `body` beside deliverers, as after a start of the server, or of several on one database.
    func delivering(servers: Int = 1, isAlone: Bool = true, _ body: () async throws -> Void) async throws {
        let deliverers = (0..<servers).map { _ in makeDeliverer(isAlone) }
        current.become(deliverers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for deliverer in deliverers { group.addTask { try await deliverer.run() } }
            try await body()
            group.cancelAll()
        }
    }

    @discardableResult
    func webhook(
        _ name: String = "hook", at url: String, _ events: [EventType] = EventType.allCases, secret: String? = "s3cret",
        with rest: WebhookChange = WebhookChange()
    ) async throws -> Webhook {
        var rest = rest
        rest.secret = secret
        return try await webhooks.create(name: name, url: url, events: events, with: rest, by: Self.user)
    }

    func model(_ name: String, tags: [String: String] = [:], description: String = "") async throws -> ModelName {
        try await registry.createModel(ModelName(name), description: description, tags: tags, by: Self.user).name
    }

    /// Points an alias at a version, or takes it away.
    func point(_ alias: String, of model: ModelName, to version: VersionNumber?) async throws {
        let (registry, alias) = (registry, try Alias(alias))
        try await store.write { tx in
            if let version {
                try registry.setAlias(alias, of: model, to: version, by: Self.user, in: tx)
            } else {
                try registry.deleteAlias(alias, of: model, by: Self.user, in: tx)
            }
        }
    }

    func deliveries(_ webhook: Webhook) async throws -> [Delivery] {
        try await webhooks.deliveries(of: webhook.id, limit: 5000).reversed()
    }

    /// Waits until the deliveries of a webhook are as asked.
    func deliveries(_ webhook: Webhook, when isDone: ([Delivery]) -> Bool) async throws -> [Delivery] {
        while true {
            let found = try await deliveries(webhook)
            if isDone(found) { return found }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// What was written for receivers, in order.
    func bodies() async throws -> [JSONValue] {
        try await database.read { tx in
            try tx.rows("SELECT body FROM event ORDER BY sequence LIMIT 1000") { try JSONParser.parse($0.bytes("body")) }
        }
    }
}

/// The deliverers that run. A class because the parts and the test share one.
final class CurrentDeliverer: Sendable {
    private let deliverers = Mutex<[WebhookDeliverer]>([])

    func become(_ next: [WebhookDeliverer]) { deliverers.withLock { $0 = next } }
    func wake() { for deliverer in deliverers.withLock({ $0 }) { deliverer.wake() } }
    func wakeForEvents(of kinds: Set<EventKind>) {
        for deliverer in deliverers.withLock({ $0 }) { deliverer.wakeForEvents(of: kinds) }
    }
}

/// A class because the parts and the test share one.
final class WakeCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}

import Access
import ArtifactsLocal
import AsyncHTTPClient
import Attestations
import AuditLog
import Foundation
import GatehouseCore
import Gates
import Logging
import Registry
import Scoring
import ServiceLifecycle
import Storage
import StorageSQLite
import Synchronization
import Testing

@testable import Promotions

/// Every service of a server on a real database and a real artifact store in a temporary folder, with a clock that is set
/// by hand and ids that count.
struct Workshop {
    let folder: String
    let store: WatchedStore
    let artifacts: LocalArtifactStore
    let registry: ModelRegistry
    let policies: PolicyBook
    let transitions: TransitionService
    let evaluations: EvaluationService
    let clock: HandClock

    var promotions: PromotionService { PromotionService(evaluations) }
    var adoptions: AdoptionService { AdoptionService(transitions) }
    var aliases: AliasService { AliasService(registry: registry, transitions: transitions) }
    var datasets: DatasetService { DatasetService(registry: registry, artifacts: artifacts) }
    var policyEdits: PolicyEditService { PolicyEditService(registry: registry, transitions: transitions) }
    var registrations: RegistrationService {
        RegistrationService(registry: registry, artifacts: artifacts, policies: policies)
    }

    static var signingKey: SigningKey {
        get throws { try SigningKey(p256Random: [UInt8](repeating: 7, count: SigningKey.randomBytesCount)) }
    }

    static let start = Timestamp(milliseconds: 1_767_225_600_000)
    static let ada = Principal.user("ada")
    var ada: Principal { Self.ada }
    /// Ada may do everything, unless a test says otherwise.
    var caller: Caller { caller(.admin) }
    func caller(_ roles: Role...) -> Caller { Caller(principal: ada, grants: Grants(roles.map { Grant($0) })) }

    @discardableResult
    static func run<T>(
        default policy: PolicyBook.Default = .shipped(.enforce), commands: Evaluator.CommandPermission = .denied,
        _ body: (Workshop) async throws -> T
    ) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let workshop = try await Workshop(folder: folder, default: policy, commands: commands)
        let result = try await body(workshop)
        try await workshop.store.close()
        return result
    }

    /// Opens the folder as a starting server does.
    init(
        folder: String, default policy: PolicyBook.Default = .shipped(.enforce),
        commands: Evaluator.CommandPermission = .denied, clock: HandClock = HandClock(start), ids: CountingIDs = CountingIDs()
    ) async throws {
        let database = try await SQLiteStore.open(path: "\(folder)/gatehouse.db")
        try await database.migrate(
            AuditMigrations.all + RegistryMigrations.all + PromotionMigrations.all + AccessMigrations.all, at: Self.start)
        self.folder = folder
        self.clock = clock
        let store = WatchedStore(database)
        let now: @Sendable () -> Timestamp = { clock.now }
        let next: @Sendable () -> String = { ids.next() }
        self.store = store
        artifacts = try LocalArtifactStore(directory: "\(folder)/artifacts")
        policies = PolicyBook(default: policy)
        registry = ModelRegistry(store: store, now: now, ids: next)
        transitions = TransitionService(
            store: store, policies: policies, attestor: Attestor(key: try Self.signingKey), now: now, ids: next)
        evaluations = EvaluationService(
            store: store, artifacts: artifacts,
            evaluator: Evaluator(http: HTTPClient.shared, commands: commands, checkSecret: nil, now: now, ids: next),
            transitions: transitions, progress: ProgressBoard(),
            workDirectory: try WorkDirectory(path: "\(folder)/work"), now: now, ids: next)
    }

    // MARK: What a test starts from

    @discardableResult
    func model(_ name: String = "credit-risk") async throws -> ModelName {
        try await registry.createModel(ModelName(name), by: ada).name
    }

    /// Uploads files and registers them as a version.
    @discardableResult
    func version(
        of model: ModelName, _ files: [String: String] = LoanModel.good, tags: [String: String] = [:]
    ) async throws -> VersionNumber {
        try await registrations.register(
            VersionRequest(model: model, source: "test", manifest: try await upload(files), tags: tags), by: ada
        ).number
    }

    func upload(_ files: [String: String]) async throws -> ArtifactManifest {
        var listed: [ArtifactFile] = []
        for (path, text) in files {
            let blob = try await artifacts.put(Array(text.utf8))
            listed.append(ArtifactFile(path: path, digest: blob.digest, bytes: blob.bytes))
        }
        return try ArtifactManifest(listed)
    }

    @discardableResult
    func dataset(_ name: String = "holdout", _ csv: String = Loan.csv()) async throws -> DatasetVersion {
        let blob = try await artifacts.put(Array(csv.utf8))
        return try await datasets.add(name: name, digest: blob.digest, format: "csv", by: ada)
    }

    @discardableResult
    func policy(_ yaml: String) async throws -> PolicyVersion {
        switch try await policyEdits.apply(yaml, by: caller) {
        case .applied(let version): return version
        case .proposed(let proposal):
            Issue.record("the policy waits for a second person: \(proposal.id)")
            throw GatehouseError(.undecided, "The policy is a proposal.")
        }
    }

    // MARK: What a test does

    /// Runs the worker until nothing waits, as a server does, and shuts it down gracefully.
    func work() async throws {
        let store = store
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let worker = EvaluationWorker(evaluations, logger: logger, retryAfter: .milliseconds(20))
        let group = ServiceGroup(configuration: .init(services: [.init(service: worker)], logger: logger))
        let end = Ending()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer {
                    end.reach()
                    store.signal()
                }
                try await group.run()
            }
            for await _ in store.attempts {
                let isIdle = try await store.read { tx in try tx.openEvaluationCount() == 0 }
                if isIdle || end.isReached { break }
                // As the next request would do, should the worker have given up for now.
                worker.wake()
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @discardableResult
    func evaluate(_ version: VersionNumber, of model: ModelName) async throws -> Evaluation {
        let opened = try await evaluations.open(model, version, by: ada)
        try await work()
        return try #require(try await evaluation(opened.id))
    }

    /// Promotes to Staging and waits for the decision.
    @discardableResult
    func promote(
        _ version: VersionNumber, of model: ModelName, to stage: Stage = .staging, key: String? = nil
    ) async throws -> Promotion {
        let opened = try await promotions.open(model, version, to: stage, by: caller, idempotencyKey: key)
        if opened.state == .evaluating { try await work() }
        return try #require(try await store.read { tx in try tx.promotion(id: opened.id) })
    }

    @discardableResult
    func move(
        _ version: VersionNumber, of model: ModelName, to stage: Stage, reason: String? = nil, expecting: Stage? = nil,
        archivesExisting: Bool = false, by caller: Caller? = nil
    ) async throws -> TransitionOutcome {
        try await transitions.transition(
            TransitionRequest(
                model: model, version: version, to: stage, by: caller ?? self.caller, reason: reason, expectedStage: expecting,
                archivesExisting: archivesExisting))
    }

    // MARK: What a test looks at

    func evaluation(_ id: String) async throws -> Evaluation? { try await store.read { tx in try tx.evaluation(id: id) } }

    func found(_ version: VersionNumber, of model: ModelName) async throws -> ModelVersion {
        try await store.read { tx in try tx.requiredVersion(version, of: model) }
    }

    func stage(_ version: VersionNumber, of model: ModelName) async throws -> Stage {
        try await found(version, of: model).stage
    }

    func holder(of slot: Slot) async throws -> VersionNumber? {
        try await store.read { tx in try tx.occupant(of: slot)?.version }
    }

    func champion(of model: ModelName) async throws -> VersionNumber? {
        let champion = try Alias("champion")
        return try await store.read { tx in try tx.requiredModel(model).aliases[champion] }
    }

    /// The log, oldest first.
    func log(_ filter: AuditFilter = AuditFilter()) async throws -> [AuditEntry] {
        try await store.read { tx in try tx.auditEntries(filter, after: 0, limit: 1000) }
    }

    func lastEntry(_ action: AuditAction) async throws -> AuditEntry {
        try #require(try await log(AuditFilter(action: action)).last, "the log has no \(action.rawValue)")
    }
}

/// Whether a task is over. A class because the task and the one that waits for it share it.
private final class Ending: Sendable {
    private let reached = Mutex(false)

    var isReached: Bool { reached.withLock { $0 } }
    func reach() { reached.withLock { $0 = true } }
}

/// Asks that `body` fails with a `GatehouseError` of this code, and gives the error.
@discardableResult
func expectFailure<T>(
    _ code: ErrorCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> T
) async throws -> GatehouseError {
    var failure: (any Error)?
    do { _ = try await body() } catch { failure = error }
    let found = Comment(rawValue: failure.map { "\($0)" } ?? "nothing failed")
    let error = try #require(failure as? GatehouseError, found, sourceLocation: sourceLocation)
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    return error
}

/// Whether a sentence is there and holds these words.
func says(_ sentence: String?, _ words: String) -> Bool { sentence?.contains(words) ?? false }

extension Workshop {
    /// Changes the bytes of a blob behind the store's back, without changing how many there are.
    func damage(_ digest: Digest) async throws {
        let path = try await artifacts.path(of: digest)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count - 1] ^= 1
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}

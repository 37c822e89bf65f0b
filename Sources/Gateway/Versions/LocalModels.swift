import GatehouseCore
package import Logging
package import NIOCore
import Scoring
import ServiceLifecycle
package import Serving
import Synchronization

/// The versions that this gateway runs itself: native models in this process, `mlflow models serve` beside it. Loads them when
/// a route table names them, keeps trying while it does, and stops them when it no longer does. A class because the compiler of
/// route tables, the event loops and the loader share it.
package final class LocalModels: LocalVersions, Service {
    static let retryMillisecondsMax: Int64 = 60_000
    static let retryMilliseconds: Int64 = 500
    static let versionsMax = 1_000

    struct Key: Hashable, Sendable {
        let model: String
        let served: ServedVersion
    }

    enum Runner: Sendable {
        case native(NativeUpstream)
        case managed(ManagedServer)
    }

    private let store: ModelStore
    private let loops: [any EventLoop]
    private let environment: [String: String]
    private let logger: Logger
    private let runners = Mutex<[Key: Runner]>([:])
    /// How many questions tables have asked, and the last one for each version.
    private let questions = Mutex<(count: Int, last: [Key: Int])>((0, [:]))
    private let wanted: AsyncStream<(Key, Runner)>
    private let wantedContinuation: AsyncStream<(Key, Runner)>.Continuation

    /// `loops` are those that will ask; `environment` is the process's, of which managed servers see a part.
    package init(store: ModelStore, loops: [any EventLoop], environment: [String: String], logger: Logger) {
        self.store = store
        self.loops = loops
        self.environment = environment
        self.logger = logger
        (wanted, wantedContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.versionsMax))
    }

    // MARK: - What a route table asks for

    package func upstream(for version: ServedVersion, of model: String) -> LocalPlace {
        let key = Key(model: model, served: version)
        questions.withLock { questions in
            questions.count += 1
            questions.last[key] = questions.count
        }
        let (runner, isNew): (Runner?, Bool) = runners.withLock { runners in
            if let known = runners[key] { return (known, false) }
            guard runners.count < Self.versionsMax, let made = make(key) else { return (nil, false) }
            runners[key] = made
            return (made, true)
        }
        guard let runner else { return .none }
        if isNew { wantedContinuation.yield((key, runner)) }
        switch runner {
        case .native(let upstream): return .process(upstream)
        case .managed(let server): return .address(server.address)
        }
    }

    private func make(_ key: Key) -> Runner? {
        switch key.served.upstream {
        case .native: .native(NativeUpstream(name: key.model, version: key.served.version, loops: loops))
        case .managed: ManagedServer(environment: environment).map { .managed($0) }
        case .url: nil
        }
    }

    /// How many versions were asked for so far.
    package var asked: Int { questions.withLock(\.count) }

    /// The versions that tables in use name; all others are stopped and their files may be given up, but for those that were
    /// asked for after `askedUpTo`: they are of a table that is just being made ready. Called when no request is in flight on
    /// the tables that named the others.
    package func keepOnly(_ versions: [ActiveVersion], askedUpTo: Int = .max) async {
        var keys = Set(versions.map { Key(model: $0.model, served: $0.served) })
        questions.withLock { questions in
            keys.formUnion(questions.last.filter { $0.value > askedUpTo }.keys)
            questions.last = questions.last.filter { keys.contains($0.key) }
        }
        let dropped = runners.withLock { [keys] runners in
            let dropped = runners.filter { !keys.contains($0.key) }
            for key in dropped.keys { runners[key] = nil }
            return dropped
        }
        for runner in dropped.values {
            switch runner {
            case .native: continue
            case .managed(let server): server.stop()
            }
        }
        await store.keep(Set(keys.map(\.served.digest)))
    }

    /// Whether a version of this gateway's own answers; true for one that runs elsewhere.
    package func isReady(_ version: ServedVersion, of model: String) -> Bool {
        switch runners.withLock({ $0[Key(model: model, served: version)] }) {
        case .native(let upstream): upstream.isReady
        case .managed(let server): server.isReady
        case nil: version.upstream != .native && version.upstream != .managed
        }
    }

    // MARK: - Loading

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for await (key, runner) in wanted.cancelOnGracefulShutdown() {
                group.addTask { await self.run(key, runner) }
            }
            // A graceful shutdown ends managed servers; native models simply go.
            for runner in runners.withLock({ Array($0.values) }) {
                if case .managed(let server) = runner { server.stop() }
            }
            group.cancelAll()
        }
    }

    private func isWanted(_ key: Key) -> Bool { runners.withLock { $0[key] != nil } && !Task.isCancelled }

    private func run(_ key: Key, _ runner: Runner) async {
        var logger = logger
        logger[metadataKey: "model"] = "\(key.model)"
        logger[metadataKey: "version"] = "\(key.served.version)"
        var delay = Self.retryMilliseconds
        while isWanted(key) {
            do {
                let folder = try await store.folder(of: key.served, model: key.model)
                switch runner {
                case .native(let upstream):
                    upstream.becomeReady(try Self.load(folder, key))
                    logger.info("Serves a native model")
                    return
                case .managed(let server):
                    try await server.runOnce(folder: folder, logger: logger)
                    delay = server.hasBeenReady ? Self.retryMilliseconds : delay
                }
            } catch {
                guard isWanted(key) else { return }
                let reason = (error as? GatehouseError)?.message ?? "\(error)"
                logger.error("Cannot serve a version", metadata: ["reason": "\(reason)"])
                if case .native(let upstream) = runner { upstream.becomeUnavailable(reason) }
            }
            try? await Task.sleep(for: .milliseconds(delay))
            delay = min(delay * 2, Self.retryMillisecondsMax)
        }
    }

    /// Reads and tries a model. Fails with `integrity` when a golden request is answered otherwise.
    static func load(_ folder: String, _ key: Key) throws(GatehouseError) -> LoadedModel {
        let artifact = try ModelArtifact.open(path: folder)
        let model = try artifact.model.get()
        let isNamed: Bool =
            switch artifact.signature {
            case .success: true
            case .failure: false
            }
        let scorer = RequestScorer(model, named: isNamed, name: key.model, version: "\(key.served.version)")
        try GoldenRequests(artifact).check(scorer)
        return LoadedModel(model, isNamed: isNamed)
    }
}

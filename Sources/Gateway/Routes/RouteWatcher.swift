package import Attestations
import GatehouseCore
package import Logging
import ServiceLifecycle
import Serving
package import WireAPI

/// Keeps a gateway on the registry's newest route table: starts from the last good one on disk, then asks by a waiting poll.
/// The registry away, a signature that is not its own, or a lower number change nothing of what is served.
package struct RouteWatcher: Service {
    package struct Rhythm: Sendable {
        package var waitSeconds = 30
        package var retryMilliseconds: Int64 = 500
        /// Each failure in a row doubles the pause, up to here.
        package var retryMillisecondsMax: Int64 = 15_000

        package init() {}
    }

    private let client: GatehouseClient
    private let lastGood: LastGoodRoutes
    private let keys: Set<VerificationKey>
    private let local: any LocalVersions
    private let trust: UpstreamTrust
    private let adopt: @Sendable (ActiveRoutes) async throws -> Void
    private let rhythm: Rhythm
    private let chance: @Sendable () -> Double
    private let logger: Logger

    /// `adopt` hands a table to the loops; `chance` is a random number from 0 to 1, which spreads the retries of many gateways.
    package init(
        client: GatehouseClient, lastGood: LastGoodRoutes, keys: Set<VerificationKey>,
        local: any LocalVersions = NoLocalVersions(), trust: UpstreamTrust = .system,
        rhythm: Rhythm = Rhythm(), chance: @escaping @Sendable () -> Double, logger: Logger,
        adopt: @escaping @Sendable (ActiveRoutes) async throws -> Void
    ) {
        self.client = client
        self.lastGood = lastGood
        self.keys = keys
        self.local = local
        self.trust = trust
        self.rhythm = rhythm
        self.chance = chance
        self.logger = logger
        self.adopt = adopt
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var number = await startFromDisk()
            var pause = rhythm.retryMilliseconds
            while Task.isCancelled == false {
                do {
                    number = try await poll(after: number)
                    pause = rhythm.retryMilliseconds
                } catch is CancellationError {
                    return
                } catch {
                    logger.warning("route table not renewed", metadata: ["served": "\(number)", "reason": "\(error)"])
                    let spread = Double(pause) * (0.5 + min(1, max(0, chance())) / 2)
                    try? await Task.sleep(for: .milliseconds(Int64(exactly: spread.rounded()) ?? pause))
                    pause = min(rhythm.retryMillisecondsMax, pause * 2)
                }
            }
        }
    }

    /// The number of the table that is served now, 0 for none.
    package func startFromDisk() async -> Int64 {
        do {
            guard let table = try lastGood.load() else { return 0 }
            try await adopt(try ActiveRoutes(table, local: local, trust: trust))
            return table.number
        } catch {
            logger.error("the kept route table is not used", metadata: ["reason": "\(error)"])
            return 0
        }
    }

    /// Asks once; returns the number that is served afterwards. On disk before it is served: after a restart nothing older
    /// than what was served comes back. Fails with `integrity` for a lower number.
    package func poll(after number: Int64) async throws -> Int64 {
        let bytes = try await client.bytes(
            ["serving", "routes"], query: [("after", "\(number)"), ("wait_seconds", "\(rhythm.waitSeconds)")])
        // Nothing new in the time that was waited.
        guard bytes.isEmpty == false else { return number }
        let table = try RouteTable(verifying: bytes, by: keys)
        guard table.number >= number else {
            throw GatehouseError(
                .integrity, "The registry gave route table \(table.number) after \(number).",
                hint: "A registry restored from an old copy must be brought past that number, or the gateway's folder emptied.")
        }
        guard table.number > number else { return number }
        let active = try ActiveRoutes(table, local: local, trust: trust)
        try lastGood.save(bytes)
        try await adopt(active)
        return table.number
    }
}

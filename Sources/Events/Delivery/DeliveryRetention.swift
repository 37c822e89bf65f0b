import GatehouseCore
import Logging
import Storage

/// Keeps the table of deliveries bounded: gives up what waits beyond the bounds, and forgets what was finished long ago.
package struct DeliveryRetention: Sendable {
    package static let daysKept: Int64 = 30
    /// What waits for one webhook; above it the oldest are let go.
    static let waitingMax = 50_000
    static let heldDaysMax: Int64 = 7
    static let letGoPerPassMax = 10_000
    static let forgottenPerPassMax = 1000
    static let pause: Duration = .seconds(3600)

    let store: any SQLStore
    let now: @Sendable () -> Timestamp
    let logger: Logger
    /// Tells the deliverer that lanes have another head.
    let wake: @Sendable () -> Void

    /// Until the server is asked to end.
    func run() async {
        await repeating(every: Self.pause) {
            await letGo()
            await forget()
        }
    }

    private func letGo() async {
        let time = now()
        let heldSince = time.adding(.seconds(-Self.heldDaysMax * 86_400))
        do {
            let found = try await store.write { tx in
                try tx.letGo(countMax: Self.waitingMax, heldSince: heldSince, limit: Self.letGoPerPassMax, at: time)
            }
            for (webhook, count) in found {
                logger.warning("deliveries were let go", metadata: ["webhook": "\(webhook)", "count": "\(count)"])
            }
        } catch {
            logger.warning("waiting deliveries were not bounded", metadata: ["error": "\(error)"])
        }
        wake()
    }

    private func forget() async {
        let time = now().adding(.seconds(-Self.daysKept * 86_400))
        do {
            while try await store.write({ tx in try tx.forgetDeliveries(finishedBefore: time, limit: Self.forgottenPerPassMax) })
            {}
        } catch {
            logger.warning("old deliveries were not forgotten", metadata: ["error": "\(error)"])
        }
    }
}

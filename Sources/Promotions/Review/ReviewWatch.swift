import GatehouseCore
package import Logging
import ServiceLifecycle
import Storage

/// Lets reviews expire and notices what voids them also when nobody asks. What it does, every act on a review does as well;
/// it only does it in time for those who look.
package struct ReviewWatch: Service {
    private static let pageMax = 100

    private let desk: ReviewDesk
    private let logger: Logger
    private let interval: Duration

    package init(_ reviews: ReviewService, logger: Logger, interval: Duration = .seconds(15)) {
        desk = reviews.desk
        self.logger = logger
        self.interval = interval
    }

    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await look()
            } catch {
                logger.error("reviews not looked after", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
        }
    }

    /// One look at every promotion that waits for reviewers, a page per transaction.
    package func look() async throws {
        let desk = desk
        var after: String? = ""
        while let last = after {
            let waiting = try await desk.transitions.store.read { tx in
                try tx.promotionsAwaitingReview(after: last, limit: Self.pageMax)
            }
            let due = try await desk.transitions.store.read { tx in try waiting.filter { try desk.needsLook($0, tx) } }
            if !due.isEmpty {
                try await desk.transitions.store.write { tx in
                    for promotion in due where try tx.promotion(id: promotion.id) == promotion { try desk.settle(promotion, tx) }
                }
            }
            after = waiting.count == Self.pageMax ? waiting.last?.id : nil
        }
    }
}

extension ReviewDesk {
    /// Whether anything has to be written about this promotion: reading costs no commit.
    func needsLook(_ promotion: Promotion, _ tx: SQLTransaction) throws -> Bool {
        let now = transitions.now()
        let matter = try tx.matter(of: promotion, under: transitions.policies, at: now)
        let reviews = try tx.reviews(of: promotion.id)
        if !matter.changes.isEmpty || reviews.contains(where: { ReviewMachine.decide(.tick, matter.facts($0, at: now)) != .stay })
        {
            return true
        }
        let standing = reviews.filter { $0.state.isOpen || $0.state == .approved }
        guard let quorum = matter.quorum, standing.count < quorum.required else { return false }
        return !quorum.candidates(without: standing).isEmpty
    }
}

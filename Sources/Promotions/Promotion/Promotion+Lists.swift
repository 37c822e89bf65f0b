package import GatehouseCore
package import Storage

/// Which promotions are asked for; what is nil does not restrict.
package struct PromotionFilter: Sendable, Hashable {
    package var model: ModelName?
    package var version: VersionNumber?
    /// Empty: all.
    package var states: [Promotion.State] = []

    package init(model: ModelName? = nil, version: VersionNumber? = nil, states: [Promotion.State] = []) {
        self.model = model
        self.version = version
        self.states = states
    }
}

extension SQLTransaction {
    package static let promotionsListMax = 1000

    /// Newest first. `before` is the last one seen.
    package func promotions(
        _ filter: PromotionFilter = PromotionFilter(), before: Promotion? = nil, limit: Int = 100
    ) throws -> [Promotion] {
        var condition: SQLStatement = "1 = 1"
        if let model = filter.model { condition = "\(condition) AND model = \(model)" }
        if let version = filter.version { condition = "\(condition) AND version = \(version)" }
        switch filter.states.count {
        case 0: break
        case 1: condition = "\(condition) AND state = \(filter.states[0].rawValue)"
        default: condition = "\(condition) AND state IN (\(.list(filter.states.map(\.rawValue))))"
        }
        if let before {
            condition = """
                \(condition) AND requested_at <= \(before.requestedAt)
                    AND (requested_at < \(before.requestedAt) OR id < \(before.id))
                """
        }
        return try rows(
            """
            SELECT * FROM promotion WHERE \(condition)
            ORDER BY requested_at DESC, id DESC LIMIT \(min(max(limit, 1), Self.promotionsListMax))
            """, Promotion.init(row:))
    }
}

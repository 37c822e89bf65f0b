import GatehouseCore

/// Limits that every listing shares.
package enum Page {
    package static let entriesMax = 1000

    static func bounded(_ limit: Int) -> Int { min(max(limit, 0), entriesMax) }
}

import AuditLog
import Foundation
import GatehouseCore
import Storage

/// Tells open pages that what they are about has changed. It says only that: the page is then asked for again, so that nothing
/// can arrive in the wrong order.
///
/// Every change is an entry of the audit log, whichever process of the server made it, so the log's length is the clock.
/// What gateways count is not in the log; topics of traffic tick.
struct LiveFeed: Sendable {
    enum Topic: Sendable, Equatable {
        /// Anything at all.
        case log
        case model(ModelName)
        /// What gateways report.
        case traffic

        init?(parsing text: Substring) {
            switch text {
            case "log": self = .log
            case "traffic": self = .traffic
            default:
                guard text.hasPrefix("model:"), let name = try? ModelName(String(text.dropFirst(6)).removingPercentEncoding ?? "")
                else { return nil }
                self = .model(name)
            }
        }

        static func topic(_ model: ModelName) -> String { "model:" + Address.segment(model.text) }
    }

    static let topicsMax = 8
    static let pagesMax = 200
    static let lookMilliseconds: Int64 = 1000
    /// Traffic ticks every so many looks.
    static let looksPerTick = 5
    /// A word so often keeps proxies from thinking the connection dead.
    static let looksPerHeartbeat = 20
    /// After so long the browser connects anew.
    static let looksMax = 3600

    let store: any SQLStore

    func newest(_ topics: [Topic]) async throws -> Int64 {
        try await store.read { tx in try tx.newestAuditSequence(of: topics) }
    }
}

extension SQLTransaction {
    /// The newest entry that concerns any of the topics; zero where there is none.
    fileprivate func newestAuditSequence(of topics: [LiveFeed.Topic]) throws -> Int64 {
        if topics.contains(.log) { return try auditEntryCount() }
        let models = topics.compactMap { topic in
            if case .model(let name) = topic { name } else { nil }
        }
        return try models.map { model in
            try auditEntries(AuditFilter(model: model), limit: 1).first?.sequence ?? 0
        }.max() ?? 0
    }
}

package import GatehouseCore
package import Serving
package import Storage

/// How arm windows are kept: by the minute, and later by the hour.
enum WindowSpan {
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    /// Minutes that are older become hours.
    static let minutesKept: Int64 = 48 * hour
}

extension SQLTransaction {
    package static let windowsReadMax = 100_000

    /// Adds windows to those of their minute, so that ten gateways take the room of one.
    func add(_ windows: [ArmWindow], _ taken: inout TakenBatch) throws {
        var merged: [WindowKey: ArmWindow] = [:]
        for window in windows {
            taken.windows += 1
            let key = WindowKey(window, span: WindowSpan.minute)
            guard var kept = merged[key] else {
                merged[key] = window
                continue
            }
            if !kept.add(window) { taken.mismatched += 1 }
            merged[key] = kept
        }
        for (key, window) in merged.sorted(by: { $0.key < $1.key }) {
            let isWhole = try add(window, at: key)
            if !isWhole { taken.mismatched += 1 }
        }
    }

    /// What an endpoint's arms counted between two times, oldest first, in pieces of a minute or an hour. At most
    /// `windowsReadMax`, the newest ones.
    package func armWindows(
        endpoint: String, segment: String? = nil, split: String? = nil, from: Timestamp, until: Timestamp
    ) throws -> [ArmWindow] {
        try armWindows(endpoint: endpoint, segment: segment, split: split, from: from, until: until, as: ArmWindow.self)
    }

    /// The same, of which only a part is read.
    func armWindows<Part: Decodable>(
        endpoint: String, segment: String? = nil, split: String? = nil, from: Timestamp, until: Timestamp, as part: Part.Type
    ) throws -> [Part] {
        var condition: SQLStatement =
            "endpoint = \(endpoint) AND from_ms >= \(from.milliseconds) AND from_ms < \(until.milliseconds)"
        if let segment { condition = "\(condition) AND segment = \(segment)" }
        if let split { condition = "\(condition) AND split = \(split)" }
        let found: [Part] = try rows(
            """
            SELECT document FROM arm_window WHERE \(condition) ORDER BY from_ms DESC, span_ms DESC
            LIMIT \(Self.windowsReadMax)
            """
        ) { try StoredJSON.value($0.text("document")) }
        return found.reversed()
    }

    /// Puts minutes that are older than two days together into hours, at most so many. Returns how many were.
    func compactWindows(at now: Timestamp, limit: Int) throws -> Int {
        let oldest = now.milliseconds - WindowSpan.minutesKept
        let minutes: [ArmWindow] = try rows(
            """
            SELECT document FROM arm_window WHERE span_ms = \(WindowSpan.minute) AND from_ms < \(oldest)
            ORDER BY from_ms LIMIT \(limit)
            """
        ) { try StoredJSON.value($0.text("document")) }
        for window in minutes {
            _ = try add(window, at: WindowKey(window, span: WindowSpan.hour))
            try delete(WindowKey(window, span: WindowSpan.minute))
        }
        return minutes.count
    }

    private func add(_ window: ArmWindow, at key: WindowKey) throws -> Bool {
        let kept: ArmWindow? = try first("SELECT document FROM arm_window WHERE \(key.condition)") {
            try StoredJSON.value($0.text("document"))
        }
        var sum = kept ?? window
        let isWhole = kept == nil || sum.add(window)
        try execute(
            """
            INSERT INTO arm_window (endpoint, segment, split, arm, version, digest, span_ms, from_ms, document)
            VALUES (\(key.endpoint), \(key.segment), \(key.split), \(key.arm), \(key.version), \(key.digest), \(key.span),
                \(key.from), \(try StoredJSON.text(sum)))
            ON CONFLICT (endpoint, segment, split, arm, version, digest, span_ms, from_ms)
                DO UPDATE SET document = excluded.document
            """)
        return isWhole
    }

    private func delete(_ key: WindowKey) throws { try execute("DELETE FROM arm_window WHERE \(key.condition)") }
}

/// Where a window is added: an arm and a span of time.
struct WindowKey: Hashable, Comparable {
    let endpoint: String
    let segment: String
    /// Empty: the segment was not split.
    let split: String
    let arm: String
    let version: Int64
    let digest: String
    let span: Int64
    let from: Int64

    init(_ window: ArmWindow, span: Int64) {
        endpoint = window.endpoint
        segment = window.segment
        split = window.split ?? ""
        arm = window.arm.rawValue
        version = window.version
        digest = window.digest.description
        self.span = span
        from = window.fromMilliseconds - window.fromMilliseconds % span
    }

    var condition: SQLStatement {
        """
        endpoint = \(endpoint) AND segment = \(segment) AND split = \(split) AND arm = \(arm) AND version = \(version)
            AND digest = \(digest) AND span_ms = \(span) AND from_ms = \(from)
        """
    }

    private var order: [String] { [endpoint, segment, split, arm, digest] }

    static func < (left: Self, right: Self) -> Bool {
        if left.from != right.from { return left.from < right.from }
        if left.version != right.version { return left.version < right.version }
        return left.order.lexicographicallyPrecedes(right.order)
    }
}

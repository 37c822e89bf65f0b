/// Where the copies of requests went: `eligible == mirrored + dropped + late` once nothing is in flight.
package struct ShadowCounts: Codable, Sendable, Equatable {
    package enum DropReason: String, Codable, Sendable, CaseIterable {
        case countFull = "count_full"
        case bytesFull = "bytes_full"
        case bodyTooLarge = "body_too_large"
        /// The shadow made production slower.
        case paused
        /// The shadow is off for half a second, so that production is measured without it.
        case control
        case streamed
        case noConnection = "no_connection"
        case stopping
    }

    /// Requests that the shadow's salt chose.
    package var eligible = 0
    /// Copies that were sent and were over before their deadline, well or badly.
    package var mirrored = 0
    /// Copies that were sent and had no whole answer at their deadline.
    package var late = 0
    /// Those of `mirrored` that ended without a readable answer.
    package var failed = 0
    package var dropped: [String: Int] = [:]
    /// Bodies that were too large to copy, by size: `2^20` counts those of 1 MiB and more, below 2 MiB. What is missing is not
    /// missing at random, and this says by how much.
    package var tooLarge: [String: Int] = [:]

    package init() {}

    package var droppedTotal: Int { dropped.values.reduce(0, +) }

    package mutating func drop(_ reason: DropReason, count: Int = 1) { dropped[reason.rawValue, default: 0] += count }

    package mutating func add(_ other: ShadowCounts) {
        eligible += other.eligible
        mirrored += other.mirrored
        late += other.late
        failed += other.failed
        dropped.merge(other.dropped, uniquingKeysWith: +)
        tooLarge.merge(other.tooLarge, uniquingKeysWith: +)
    }

    enum CodingKeys: String, CodingKey {
        case eligible, mirrored, late, failed, dropped
        case tooLarge = "too_large"
    }
}

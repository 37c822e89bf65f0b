import GatehouseCore

/// Ships batches one after another, in order, for ever. A batch is given again, with the same number and bytes, until the
/// registry has taken it; the registry keeps each number once.
package struct RecordShipper: Sendable {
    package typealias Ship = @Sendable (_ number: Int64, _ lines: [UInt8]) async throws -> Void

    /// Where the batches come from: the spool, on the thread that owns it.
    package protocol Source: Sendable {
        func oldest() async throws -> RecordSpool.Batch?
        func acknowledge(_ number: Int64) async throws
        func setAside(_ number: Int64) async throws
    }

    private let source: any Source
    private let ship: Ship
    private let sleep: @Sendable (Duration) async throws -> Void
    /// How long to wait when there is nothing to ship.
    private let idle: Duration

    package init(
        from source: any Source, idle: Duration = .milliseconds(250),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }, ship: @escaping Ship
    ) {
        self.source = source
        self.idle = idle
        self.sleep = sleep
        self.ship = ship
    }

    /// Until cancelled.
    package func run() async {
        var backoff = ShipBackoff()
        while Task.isCancelled == false {
            do {
                guard let batch = try await source.oldest() else {
                    try await sleep(idle)
                    continue
                }
                switch await outcome(of: batch) {
                case .taken:
                    backoff = ShipBackoff()
                    try await source.acknowledge(batch.number)
                case .refusedForGood: try await source.setAside(batch.number)
                case .notNow: try await sleep(backoff.next())
                }
            } catch {
                // Only cancellation ends the loop: a spool that cannot be read now may be readable later.
                if error is CancellationError { return }
                do { try await sleep(backoff.next()) } catch { return }
            }
        }
    }

    /// Ships what waits, as the last thing; ends at the first batch that is not taken now.
    package func shipRest() async {
        do {
            while Task.isCancelled == false, let batch = try await source.oldest() {
                switch await outcome(of: batch) {
                case .taken: try await source.acknowledge(batch.number)
                case .refusedForGood: try await source.setAside(batch.number)
                case .notNow: return
                }
            }
        } catch {
            // What cannot be read now may be readable at the next start.
            return
        }
    }

    private enum Outcome { case taken, refusedForGood, notNow }

    private func outcome(of batch: RecordSpool.Batch) async -> Outcome {
        do {
            try await ship(batch.number, batch.lines)
            return .taken
        } catch let error as GatehouseError where [.invalidArgument, .conflict, .tooLarge].contains(error.code) {
            // The bytes do not change, so neither will the answer.
            return .refusedForGood
        } catch {
            return .notNow
        }
    }
}

/// Waits that double from a quarter of a second to half a minute.
struct ShipBackoff {
    private static let firstMilliseconds: Int64 = 250
    private static let lastMilliseconds: Int64 = 30_000
    private var milliseconds = Self.firstMilliseconds

    mutating func next() -> Duration {
        defer { milliseconds = min(Self.lastMilliseconds, 2 * milliseconds) }
        return .milliseconds(milliseconds)
    }
}

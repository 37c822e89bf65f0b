package import GatehouseCore
import Rollouts
package import Storage
import Synchronization

/// Remembers what the pairs of shadow runs came to: a page that is looked at every few seconds costs what came in between.
///
/// A class because all who look share it. Who looks at the same time takes turns: the second has the work of the first.
package final class ShadowLedger: Sendable {
    static let runsMax = 16
    /// Over all runs; a row takes eight bytes.
    static let rowsMax = 4_000_000

    private struct State {
        /// By run; the one that was looked at last at the end.
        var readings: [ShadowReading] = []

        mutating func take(_ basis: ShadowReading.Basis) -> ShadowReading {
            guard let place = readings.firstIndex(where: { $0.basis.run == basis.run }) else { return ShadowReading(basis) }
            let found = readings.remove(at: place)
            return found.basis == basis ? found : ShadowReading(basis)
        }

        mutating func keep(_ reading: ShadowReading) {
            readings.append(reading)
            while readings.count > runsMax || readings.reduce(0, { $0 + $1.tally.rows }) > rowsMax { readings.removeFirst() }
        }
    }

    private let state = Mutex(State())
    private let turns = Turns()

    package init() {}

    /// To be taken outside of the transaction in which the picture is made: readers of the database are few.
    package func inTurn<Value: Sendable>(
        at endpoint: String, _ look: @Sendable () async throws -> Value
    ) async rethrows -> Value { try await turns.take(endpoint, look) }

    /// As `SQLTransaction.shadowPicture`.
    package func picture(
        of run: ShadowRun, under policies: PolicyBook, at now: Timestamp, _ tx: SQLTransaction
    ) throws -> ShadowPicture {
        let policy = try policies.policy(for: run.model, tx).policy
        let basis = try ShadowReading.Basis(run, under: policy, tx)
        let counts = try tx.shadowCounts(of: run, until: run.stopped ?? now)
        var reading = state.withLock { $0.take(basis) }
        try reading.goOn(run, tx)
        state.withLock { [reading] in $0.keep(reading) }
        return ShadowPicture(run, reading, counts, under: policy, at: now)
    }
}

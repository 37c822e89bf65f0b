package import GatehouseCore
import Serving
package import Storage
import Synchronization

/// What a finding rests on. While it stays the same, nothing came that the finding does not hold.
struct ExperimentBasis: Sendable, Equatable {
    let experiment: SlotExperiment
    let samples: [RecordSample]
    let outcomeChanges: [Int64]
    let deletions: Int64

    init(_ experiment: SlotExperiment, _ tx: SQLTransaction) throws {
        self.experiment = experiment
        samples = try [ArmName.champion, .challenger].map {
            try tx.sample(.exposure, scope: "\(experiment.id)/\($0.rawValue)")
        }
        outcomeChanges = try ([experiment.label] + (experiment.covariate.map { [$0] } ?? [])).map {
            try tx.changes(of: .outcomes(endpoint: experiment.endpoint, label: $0))
        }
        deletions = try tx.changes(of: .deletions)
    }

    /// Each arm's sample is cut down by itself; a comparison of counts needs the same share of both.
    var places: Int64 { samples.map(\.places).min() ?? RecordSample.placesMax }
}

/// Remembers what comparisons came to until something new is known of them.
///
/// A class because all who look share it. Who looks at the same time takes turns: the second has the work of the first.
package final class ExperimentLedger: Sendable {
    static let findingsMax = 64

    private struct Kept {
        let basis: ExperimentBasis
        let finding: ExperimentFinding
        let until: Timestamp?
    }

    private let state = Mutex<[String: Kept]>([:])
    private let turns = Turns()

    package init() {}

    /// To be taken outside of the transaction in which the finding is made: readers of the database are few.
    package func inTurn<Value: Sendable>(
        of experiment: String, _ look: @Sendable () async throws -> Value
    ) async rethrows -> Value { try await turns.take(experiment, look) }

    /// As `SQLTransaction.finding`.
    package func finding(
        of experiment: SlotExperiment, at now: Timestamp, _ tx: SQLTransaction
    ) throws -> ExperimentFinding {
        let basis = try ExperimentBasis(experiment, tx)
        if let kept = state.withLock({ $0[experiment.id] }), kept.basis == basis, kept.until.map({ now < $0 }) ?? true {
            var finding = kept.finding
            // Those that are compared with nobody are counted here only.
            finding.requests = try tx.exposureTallies(of: experiment.id)
            return finding
        }
        let (finding, until) = try tx.finding(of: experiment, at: now, basis)
        state.withLock { state in
            // When it is full it starts anew: what is asked for often is back at once.
            if state.count >= Self.findingsMax { state = [:] }
            state[experiment.id] = Kept(basis: basis, finding: finding, until: until)
        }
        return finding
    }
}

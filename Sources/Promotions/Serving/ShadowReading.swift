import GatehouseCore
import Gates
import Rollouts
import Serving
import Storage

/// The pairs of a shadow run as far as they have been read. Going on later adds those that came meanwhile, in the order in which
/// they came, and so says what reading all of them at once would.
struct ShadowReading: Sendable {
    /// Of what a reading is. Where any of it changes, what was read says nothing any more.
    struct Basis: Sendable, Equatable {
        let run: String
        let stopped: Timestamp?
        let decisionThreshold: Double
        /// Under which the truth of a prediction is posted.
        let label: String
        /// Pairs below this place are kept: when there are too many, it shrinks, and pairs go.
        let places: Int64
        let outcomeChanges: Int64
        let deletions: Int64

        init(_ run: ShadowRun, under policy: Policy, _ tx: SQLTransaction) throws {
            self.run = run.id
            stopped = run.stopped
            decisionThreshold = policy.evaluation.decisionThreshold
            label = policy.evaluation.label ?? ""
            places = try tx.sample(.shadow, scope: run.sampleScope).places
            outcomeChanges = try tx.changes(of: .outcomes(endpoint: run.endpoint, label: label))
            deletions = try tx.changes(of: .deletions)
        }
    }

    let basis: Basis
    private(set) var tally: ShadowTally
    private var plane: DecisionPlane
    /// Of the pair that was read last.
    private var turn: Int64 = -1

    init(_ basis: Basis) {
        self.basis = basis
        tally = ShadowTally(decisionThreshold: basis.decisionThreshold)
        plane = DecisionPlane(threshold: basis.decisionThreshold)
    }

    /// Reads what came since the last time.
    mutating func goOn(_ run: ShadowRun, _ tx: SQLTransaction) throws {
        // The signs keep the database from searching by time instead of by turn.
        var condition: SQLStatement = "p.turn > \(turn) AND +p.at >= \(run.started)"
        if let stopped = run.stopped { condition = "\(condition) AND +p.at < \(stopped)" }
        _ = try tx.rows(
            """
            SELECT p.document, p.turn, o.value FROM shadow_pair p
            LEFT JOIN outcome o ON o.endpoint = p.endpoint AND o.subject = 'r:' || p.request_id AND o.label = \(basis.label)
            WHERE p.endpoint = \(run.endpoint) AND p.shadow_version = \(run.version) AND \(condition)
            ORDER BY p.turn, p.at, p.request_id LIMIT \(RecordSample.Kind.shadow.rowsMax * 2)
            """
        ) { row in
            turn = try row.integer("turn")
            let pair: ShadowPair = try StoredJSON.value(row.text("document"))
            guard run.covers(pair.segment) else { return }
            tally.observe(pair, labels: try row.optional("value", row.double).map { [$0] }, on: &plane)
        }
        tally.settle()
    }

    /// What was read, with the squares of its drawing fixed.
    var finishedPlane: DecisionPlane {
        var plane = plane
        plane.finish()
        return plane
    }
}

extension ShadowRun {
    /// Of the pairs of this version at this endpoint.
    var sampleScope: String { "\(endpoint)/\(version)" }
}

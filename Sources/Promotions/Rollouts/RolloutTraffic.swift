package import GatehouseCore
package import Rollouts
import Serving
import Statistics
package import Storage

extension SQLTransaction {
    private static let trafficSeconds: Int64 = 3_600
    /// Units with outcomes that one comparison reads.
    private static let outcomesReadMax = 1_000_000

    /// What each step of a plan can see with the traffic of the last hour, in sentences.
    func power(of plan: RolloutPlan, in slot: Slot, at now: Timestamp) throws -> [String] {
        var (requests, errors) = (0, 0)
        var first = now.milliseconds
        for endpoint in try servingEndpoints(for: slot) {
            let windows = try armWindows(
                endpoint: endpoint.name, segment: slot.segment, from: now.adding(.seconds(-Self.trafficSeconds)), until: now)
            for window in windows where window.arm == .champion {
                requests += window.requests
                errors += window.errors
                first = min(first, window.fromMilliseconds)
            }
        }
        guard requests > 0 else {
            return ["no request was seen in the last hour, so it is not known what the steps can see"]
        }
        let rate = Double(requests) / (Double(max(1_000, now.milliseconds - first)) / 1_000)
        // Half an error more: none among few requests is no promise.
        let base = (Double(errors) + 0.5) / (Double(requests) + 1)
        let limit = plan.limits.errorRate ?? 0
        let harm = limit > base ? limit : min(2 * base, (1 + base) / 2)
        return [RolloutPower.traffic(requests: requests, perSecond: rate)]
            + RolloutPower.lines(plan, requestsPerSecond: rate, base: base, harm: harm).map(\.sentence)
    }

    /// The outcomes of the units that a split exposed since a time, by the arm that each was given then: the mean of those of
    /// its requests, and of those posted for the unit itself that happened after its first exposure.
    package func outcomes(ofRollout id: String, label: String, since time: Timestamp) throws -> RolloutOutcomes {
        var (champion, challenger) = (Moments(), Moments())
        let found = try rows(
            """
            SELECT u.arm, (
                SELECT avg(o.value) FROM outcome o WHERE o.endpoint = u.endpoint AND o.label = \(label) AND (
                    o.subject IN (
                        SELECT 'r:' || x.request_id FROM exposure x
                        WHERE x.split = \(id) AND x.unit_hash = u.unit_hash AND x.at >= \(time))
                    OR (o.subject >= 'u:' || u.unit_hash || ':' AND o.subject < 'u:' || u.unit_hash || ';'
                        AND o.event_at >= u.first_at))) AS outcome
            FROM (
                SELECT unit_hash, endpoint, arm, at AS first_at,
                    row_number() OVER (PARTITION BY unit_hash ORDER BY at, request_id) AS turn
                FROM exposure WHERE split = \(id) AND at >= \(time)) u
            WHERE u.turn = 1 ORDER BY u.unit_hash LIMIT \(Self.outcomesReadMax)
            """
        ) { row in (arm: ArmName(rawValue: try row.text("arm")), outcome: try row.optional("outcome", row.double)) }
        for row in found {
            guard let outcome = row.outcome else { continue }
            switch row.arm {
            case .champion?: champion.observe(outcome)
            case .challenger?: challenger.observe(outcome)
            case .shadow?, nil: continue
            }
        }
        return RolloutOutcomes(champion: champion, challenger: challenger)
    }
}

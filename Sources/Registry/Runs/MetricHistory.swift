import GatehouseCore
package import Storage

/// A page of the points of one metric of one run, by time, step and value.
package struct MetricPage: Sendable, Hashable {
    package let metrics: [Metric]
    /// Where the next page starts; nil on the last one.
    package let next: MetricPosition?
}

/// A place in the history of a metric.
package enum MetricPosition: Sendable, Hashable {
    /// So many points from the start, as MLflow's tokens say it.
    case offset(Int64)
    /// Behind a point: finding it takes no longer at the end of a history than at its start.
    case after(time: Int64, step: Int64, value: Double, isNaN: Bool)
}

extension MetricPage {
    /// Also of a page for which nobody named a size.
    package static let pointsMax = 250_000
    /// Of all runs together.
    package static let bulkPointsMax = 25_000
    package static let sampledPointsPerRunMax = 2500
    package static let runsMax = 100
}

extension SQLTransaction {
    /// A page of a metric's history; empty when there is none.
    package func metricHistory(
        ofRun run: String, key: String, from position: MetricPosition? = nil, limit: Int
    ) throws -> MetricPage {
        let limit = min(max(limit, 1), MetricPage.pointsMax)
        let found: [Metric]
        switch position {
        case nil:
            found = try rows(
                """
                SELECT * FROM metric WHERE run = \(run) AND key = \(key)
                ORDER BY logged_at, step, value, is_nan LIMIT \(limit + 1)
                """, Metric.init)
        case .offset(let offset)?:
            found = try rows(
                """
                SELECT * FROM metric WHERE run = \(run) AND key = \(key)
                ORDER BY logged_at, step, value, is_nan LIMIT \(limit + 1) OFFSET \(offset)
                """, Metric.init)
        case .after(let time, let step, let value, let isNaN)?:
            found = try rows(
                """
                SELECT * FROM metric WHERE run = \(run) AND key = \(key)
                    AND (logged_at, step, value, is_nan) > (\(time), \(step), \(value), \(isNaN))
                ORDER BY logged_at, step, value, is_nan LIMIT \(limit + 1)
                """, Metric.init)
        }
        guard found.count > limit else { return MetricPage(metrics: found, next: nil) }
        let page = Array(found.prefix(limit))
        return MetricPage(
            metrics: page,
            next: page.last.map { .after(time: $0.time, step: $0.step, value: $0.storedValue, isNaN: $0.value.isNaN) })
    }

    /// The points of one metric in several runs, by run and then as in a history.
    package func metricHistory(ofRuns runs: [String], key: String, limit: Int) throws -> [(run: String, metric: Metric)] {
        try rows(
            """
            SELECT * FROM metric WHERE key = \(key) AND run IN (\(SQLStatement.list(runs)))
            ORDER BY run, logged_at, step, value, is_nan LIMIT \(limit)
            """
        ) { (run: try $0.text("run"), metric: try Metric($0)) }
    }

    /// Up to so many points of a metric for each run, spread evenly over its steps; the last one is always among them.
    package func sampledMetric(
        ofRuns runs: [String], key: String, steps: ClosedRange<Int64>?, perRun: Int
    ) throws -> [(run: String, metric: Metric)] {
        let perRun = min(max(perRun, 1), MetricPage.sampledPointsPerRunMax)
        let range = steps ?? .min ... .max
        let found = try rows(
            """
            SELECT * FROM (
                SELECT bucketed.*, ROW_NUMBER() OVER (PARTITION BY run, bucket ORDER BY step, logged_at, value, is_nan) AS place
                FROM (
                    SELECT run, key, logged_at, step, value, is_nan,
                        NTILE(\(perRun)) OVER (PARTITION BY run ORDER BY step, logged_at, value, is_nan) AS bucket,
                        ROW_NUMBER() OVER (PARTITION BY run ORDER BY step DESC, logged_at DESC, value DESC, is_nan DESC) AS back
                    FROM metric WHERE key = \(key) AND run IN (\(SQLStatement.list(runs)))
                        AND step >= \(range.lowerBound) AND step <= \(range.upperBound)
                ) bucketed
            ) placed WHERE place = 1 OR back = 1 ORDER BY run, step, logged_at, value, is_nan
            """
        ) { (run: try $0.text("run"), metric: try Metric($0)) }
        let byRun = Dictionary(grouping: found, by: \.run)
        return runs.flatMap { run -> [(run: String, metric: Metric)] in
            var points = byRun[run, default: []]
            // The last point takes the place of the one before it.
            if points.count > perRun { points.remove(at: points.count - 2) }
            return points
        }
    }
}

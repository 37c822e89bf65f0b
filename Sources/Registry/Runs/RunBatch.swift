package import GatehouseCore

/// Metrics, params and tags that are logged together: all of them or none.
package struct RunBatch: Sendable, Hashable {
    package static let metricsMax = 1000
    package static let paramsMax = 100
    package static let tagsMax = 100
    package static let entriesMax = 1000

    package let metrics: [Metric]
    package let params: [LoggedEntry]
    package let tags: [LoggedEntry]

    /// Checks the batch and cuts long values. Fails with `invalidArgument`, naming the entry.
    package init(metrics: [Metric] = [], params: [LoggedEntry] = [], tags: [LoggedEntry] = []) throws(GatehouseError) {
        for (index, metric) in metrics.enumerated() { try metric.check(place: "metrics[\(index)].") }
        var keptParams: [LoggedEntry] = []
        for (index, param) in params.enumerated() { keptParams.append(try Run.param(param, place: "params[\(index)].")) }
        var keptTags: [LoggedEntry] = []
        for (index, tag) in tags.enumerated() { keptTags.append(try Run.tag(tag, place: "tags[\(index)].")) }
        try Self.check(metrics.count, max: Self.metricsMax, "metrics")
        try Self.check(params.count, max: Self.paramsMax, "params")
        try Self.check(tags.count, max: Self.tagsMax, "tags")
        try Self.check(metrics.count + params.count + tags.count, max: Self.entriesMax, "metrics, params, and tags")
        let repeated = Self.repeatedKeys(params)
        guard repeated.isEmpty else {
            let list = repeated.map { "'\($0)'" }.joined(separator: ", ")
            throw GatehouseError(
                .invalidArgument,
                "Duplicate parameter keys have been submitted: [\(list)]. Please ensure the request contains only one param value per param key."
            )
        }
        self.metrics = metrics
        self.params = keptParams
        self.tags = keptTags
    }

    private static func check(_ count: Int, max: Int, _ what: String) throws(GatehouseError) {
        guard count > max else { return }
        throw GatehouseError(
            .invalidArgument,
            "A batch logging request can contain at most \(max) \(what). Got \(count) \(what). Please split up \(what) across multiple requests and try again."
        )
    }

    private static func repeatedKeys(_ params: [LoggedEntry]) -> [String] {
        var seen: Set<String> = []
        return params.map(\.key).filter { !seen.insert($0).inserted }
    }
}

import GatehouseCore

/// One measured value of a run. Two are the same point when key, time, step and value are.
package struct Metric: Sendable, Hashable {
    package let key: String
    /// NaN is allowed; the infinities are kept as the largest numbers of their sign, as in MLflow.
    package let value: Double
    /// Milliseconds since 1970, from the client.
    package let time: Int64
    package let step: Int64
    /// The logged model that it also says something about.
    package let modelID: String?
    package let dataset: DatasetName?

    package init(
        key: String, value: Double, time: Int64, step: Int64 = 0, modelID: String? = nil, dataset: DatasetName? = nil
    ) {
        self.key = key
        self.value = value
        self.time = time
        self.step = step
        self.modelID = modelID
        self.dataset = dataset
    }

    /// Name and digest: what tells one dataset from another.
    package struct DatasetName: Sendable, Hashable {
        package let name: String
        package let digest: String

        package init(name: String, digest: String) {
            self.name = name
            self.digest = digest
        }
    }
}

extension Metric {
    /// Fails with `invalidArgument`; `place` is empty or ends with a dot, such as `metrics[3].`.
    func check(place: String) throws(GatehouseError) {
        try LoggedKey.check(key, place: "\(place)name")
        guard time >= 0 else {
            throw GatehouseError(
                .invalidArgument,
                "Invalid value \(time) for parameter '\(place)timestamp' supplied: metric '\(key)' (value=\(value)). "
                    + "Timestamp must be a nonnegative long (64-bit integer) ")
        }
        try LoggedKey.check(key, charactersMax: LoggedKey.charactersMax, what: "Metric name")
    }

    /// Neither database stores NaN alike, so it is a number with a flag.
    var storedValue: Double {
        if value.isNaN { return 0 }
        return value.isInfinite ? (value > 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude) : value
    }

    /// Whether this point is the newer of two of one key: by step, then time, then value.
    func isNewer(than other: Metric) -> Bool {
        (step, time, storedValue) > (other.step, other.time, other.storedValue)
    }
}

import GatehouseCore

/// XGBoost's `gblinear`: a weighted sum of the features per output. What is missing adds nothing.
struct LinearModel: Sendable {
    let featureCount: Int
    let outputs: Int
    /// Feature by feature a weight per output, then a bias per output.
    let weights: [Float]

    /// Fails with `invalidArgument` when the weights are not finite or not as many as features and biases need.
    init(featureCount: Int, outputs: Int, weights: [Float]) throws(GatehouseError) {
        guard featureCount > 0 else { throw ModelLimits.damaged("it has no features") }
        try ModelLimits.check(featureCount, atMost: ModelLimits.featuresMax, "features")
        guard weights.count == (featureCount + 1) * outputs else {
            throw ModelLimits.damaged(
                "it holds \(weights.count) weights for \(featureCount) features, a bias and \(outputs) outputs")
        }
        guard weights.allSatisfy(\.isFinite) else { throw ModelLimits.damaged("a weight is not a finite number") }
        self.featureCount = featureCount
        self.outputs = outputs
        self.weights = weights
    }

    /// Sums in the library's order: the bias, the base, then feature after feature. The library starts every output from
    /// the first base margin, up to 3.2 at least, although it writes one per output.
    ///
    /// Nil when a number is infinite in 32 bits.
    func sums(rows: Range<Int>, columns: [FeatureColumn], base: [Float]) -> [Float]? {
        let bias = featureCount * outputs
        var sums: [Float] = []
        sums.reserveCapacity(rows.count * outputs)
        for _ in rows { for output in 0..<outputs { sums.append(weights[bias + output] + base[0]) } }
        for (feature, column) in columns.enumerated() {
            for (position, row) in rows.enumerated() {
                let value: Float =
                    switch column {
                    case .numbers(let numbers): Float(numbers[row])
                    case .texts(let codes, let meanings): codes[row] < 0 ? .nan : Float(meanings[Int(codes[row])])
                    }
                if value.isNaN { continue }
                guard value.isFinite else { return nil }
                for output in 0..<outputs {
                    sums[position * outputs + output] += value * weights[feature * outputs + output]
                }
            }
        }
        return sums
    }
}

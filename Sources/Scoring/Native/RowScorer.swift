import GatehouseCore

/// Scores the few rows of a request with the memory of the request before. A class because that memory is its own; it is not
/// `Sendable`: each thread that scores has one.
final class RowScorer {
    private let model: NativeModel
    /// For LightGBM's numbers, for XGBoost's; neither for a linear model.
    private let double: Kept<Double>?
    private let single: Kept<Float>?

    private final class Kept<Scalar: TreeScalar> {
        let walk: TreeEnsemble<Scalar>.Walk

        init(_ ensemble: TreeEnsemble<Scalar>) { walk = TreeEnsemble<Scalar>.Walk(slotCount: ensemble.slots.count) }
    }

    init(_ model: NativeModel) {
        self.model = model
        switch model.predictor {
        case .double(let ensemble, _): (double, single) = (Kept(ensemble), nil)
        case .single(let ensemble, _): (double, single) = (nil, Kept(ensemble))
        case .linear: (double, single) = (nil, nil)
        }
    }

    /// The answers for `rowCount` rows, `model.featureCount` numbers each, missing being NaN: bit-equal to
    /// `NativeModel.scores`. Fails as that does.
    func scores(_ numbers: [Double], rowCount: Int) throws(GatehouseError) -> [Double] {
        precondition(numbers.count == rowCount * model.featureCount, "every row has all features")
        switch model.predictor {
        case .double(let ensemble, let averages):
            var sums = [Double](repeating: 0, count: rowCount * model.margins)
            guard add(ensemble, double, numbers, rowCount, &sums) else { break }
            if averages {
                let divisor = Double(model.iterations.count)
                sums = sums.map { $0 / divisor }
            }
            return model.transform.apply(to: sums, margins: model.margins)
        case .single(let ensemble, let base):
            var sums: [Float] = []
            sums.reserveCapacity(rowCount * model.margins)
            for _ in 0..<rowCount { sums.append(contentsOf: base) }
            guard add(ensemble, single, numbers, rowCount, &sums) else { break }
            return model.transform.apply(to: sums, margins: model.margins)
        case .linear: break
        }
        return try scoresOverColumns(numbers, rowCount)
    }

    private func add<Scalar: TreeScalar>(
        _ ensemble: TreeEnsemble<Scalar>, _ kept: Kept<Scalar>?, _ numbers: [Double], _ rowCount: Int, _ sums: inout [Scalar]
    ) -> Bool {
        guard let kept else { return false }
        return numbers.withUnsafeBufferPointer { numbers in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let first = numbers.baseAddress, let target = sums.baseAddress else { return true }
                return ensemble.addLeaves(
                    of: model.treesInUse, numbers: first, rowCount: rowCount, walk: kept.walk, to: target)
            }
        }
    }

    /// For linear models, and to name the cell that is refused.
    private func scoresOverColumns(_ numbers: [Double], _ rowCount: Int) throws(GatehouseError) -> [Double] {
        let count = model.featureCount
        let columns = (0..<count).map { feature in
            FeatureColumn.numbers((0..<rowCount).map { numbers[$0 * count + feature] })
        }
        return try model.scores(columns: columns, rows: 0..<rowCount, raw: false)
    }
}

/// What an objective makes of a row's sums of leaves.
package enum OutputTransform: Sendable, Equatable {
    case identity
    /// 1 / (1 + exp(-slope · x)), for each output on its own.
    case logistic(slope: Double)
    case exponential
    /// log(1 + exp(x)): LightGBM's `cross_entropy_lambda`.
    case logOnePlusExponential
    /// sign(x) · x²: LightGBM's `reg_sqrt`.
    case signedSquare
    /// 1 above zero, else 0: XGBoost's hinge.
    case step
    case softmax
    /// The index of the greatest sum, the first of equals: one output instead of one per class.
    case greatestIndex

    package func outputs(ofMargins count: Int) -> Int {
        switch self {
        case .greatestIndex: 1
        case .identity, .logistic, .exponential, .logOnePlusExponential, .signedSquare, .step, .softmax: count
        }
    }

    /// Turns sums into answers, `margins` of them per row, in the arithmetic of the library.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    func apply<Scalar: TreeScalar>(to sums: [Scalar], margins: Int) -> [Double] {
        switch self {
        case .identity: sums.map { Double($0) }
        case .logistic(let slope):
            sums.map { Double(1 / (1 + Scalar.exponential(-Scalar(slope) * $0))) }
        case .exponential: sums.map { Double(Scalar.exponential($0)) }
        case .logOnePlusExponential: sums.map { Double(Scalar.logarithmOfOnePlus(Scalar.exponential($0))) }
        case .signedSquare: sums.map { Double($0.sign == .minus ? -$0 * $0 : $0 * $0) }
        case .step: sums.map { $0 > 0 ? 1 : 0 }
        case .softmax: Self.softmax(sums, classes: margins)
        case .greatestIndex: Self.greatestIndex(sums, classes: margins)
        }
    }

    /// Shifted by the row's greatest sum so that nothing overflows; the denominator is a double in both libraries.
    private static func softmax<Scalar: TreeScalar>(_ sums: [Scalar], classes: Int) -> [Double] {
        var answers: [Double] = []
        answers.reserveCapacity(sums.count)
        for start in stride(from: 0, to: sums.count, by: classes) {
            let row = sums[start..<start + classes]
            let greatest = row.max() ?? 0
            let powers = row.map { Scalar.exponential($0 - greatest) }
            let total = Scalar(powers.reduce(0.0) { $0 + Double($1) })
            answers.append(contentsOf: powers.lazy.map { Double($0 / total) })
        }
        return answers
    }

    private static func greatestIndex<Scalar: TreeScalar>(_ sums: [Scalar], classes: Int) -> [Double] {
        stride(from: 0, to: sums.count, by: classes).map { start in
            var best = start
            for index in start + 1..<start + classes where sums[index] > sums[best] { best = index }
            return Double(best - start)
        }
    }
}

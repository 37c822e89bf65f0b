import Testing

@testable import Statistics

/// The sorts and sums behind the ranking metrics, against counting every pair.
@Suite struct ScoreRankingTests {
    /// Scores that are hard on a sort by digits.
    enum Shape: CaseIterable {
        case uniform, float, thousandths, tenValues, constant, logit, denormal, heavyTail, crowded, signedZero
    }

    private func score(_ shape: Shape, _ generator: inout SeededGenerator) -> Double {
        let x = generator.uniform()
        return switch shape {
        case .uniform: x
        case .float: Double(Float(x))
        case .thousandths: (x * 1000).rounded() / 1000
        case .tenValues: Double(generator.below(10)) / 9
        case .constant: 0.25
        case .logit: 4 * generator.normal()
        case .denormal: (x - 0.5) * 0x1p-1060
        case .heavyTail: 1e300 * (x - 0.5) * (x - 0.5) * (x - 0.5)
        case .crowded: generator.below(50) == 0 ? 1 - 2 * x : 0.5 + x * 1e-13
        case .signedZero: [-0.0, 0.0, 1, -1][generator.below(4)]
        }
    }

    private func data(_ shape: Shape, _ count: Int, share: Double = 0.3) -> (labels: [UInt8], scores: [Double]) {
        var generator = SeededGenerator(seed: UInt64(count))
        let labels = (0..<count).map { _ in generator.uniform() < share ? UInt8(1) : 0 }
        return (labels, labels.map { _ in score(shape, &generator) })
    }

    @Test("the exact sums agree with counting every pair", arguments: Shape.allCases, [2, 3, 40, 400])
    func pairs(_ shape: Shape, _ count: Int) throws {
        let (labels, scores) = data(shape, count)
        let model = try BinaryScores(bytes: labels, scores: scores)
        let positives = scores.indices.filter { labels[$0] == 1 }
        let negatives = scores.indices.filter { labels[$0] == 0 }
        guard !positives.isEmpty, !negatives.isEmpty else {
            #expect(model.auc() == nil && model.averagePrecision() == nil && model.kolmogorovSmirnov() == nil)
            return
        }
        func wins(_ row: Int, _ other: Int) -> Double { scores[row] > scores[other] ? 1 : scores[row] == scores[other] ? 0.5 : 0 }
        let (m, n) = (Double(positives.count), Double(negatives.count))
        let ofPositives = positives.map { row in negatives.reduce(0) { $0 + wins(row, $1) } / n }
        let ofNegatives = negatives.map { row in positives.reduce(0) { $0 + wins($1, row) } / m }
        let auc = ofPositives.reduce(0, +) / m
        #expect(near(model.auc(), auc))
        let squares = model.placementSquares()
        #expect(near(squares.positive, ofPositives.reduce(0) { $0 + ($1 - auc) * ($1 - auc) }, 1e-11))
        #expect(near(squares.negative, ofNegatives.reduce(0) { $0 + ($1 - auc) * ($1 - auc) }, 1e-11))
        let distance = scores.map { limit in
            abs(
                Double(positives.count { scores[$0] <= limit }) / m - Double(negatives.count { scores[$0] <= limit }) / n)
        }.max()
        #expect(near(model.kolmogorovSmirnov(), try #require(distance)))
        let precision = positives.reduce(0) { sum, row in
            let above = scores.indices.filter { scores[$0] >= scores[row] }
            return sum + Double(above.count { labels[$0] == 1 }) / Double(above.count)
        }
        #expect(near(model.averagePrecision(), precision / m))
    }

    @Test("many buckets, sorted by class or with row numbers, rank alike", arguments: Shape.allCases)
    func manyBuckets(_ shape: Shape) throws {
        let (labels, scores) = data(shape, 60_000)
        let model = try BinaryScores(bytes: labels, scores: scores)
        let expected = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
        #expect(model.order.map(Int.init) == expected)
        let marks = expected.indices.map { place in
            labels[expected[place]]
                | (place + 1 == expected.count || scores[expected[place]] < scores[expected[place + 1]] ? RowOrder.lastOfTie : 0)
        }
        #expect(model.rowOrder.marks == marks)
        let once = [UInt8](repeating: 1, count: scores.count)
        #expect(model.auc() == model.auc(drawn: once))
        #expect(model.kolmogorovSmirnov() == model.kolmogorovSmirnov(drawn: once))
        #expect(near(model.averagePrecision(), try #require(model.averagePrecision(drawn: once))))
    }

    @Test("rare positives and rare negatives are found in any bucket", arguments: [0.0005, 0.9995])
    func rareClass(_ share: Double) throws {
        let (labels, scores) = data(.uniform, 50_000, share: share)
        let model = try BinaryScores(bytes: labels, scores: scores)
        let once = [UInt8](repeating: 1, count: scores.count)
        #expect(model.auc() == model.auc(drawn: once))
        #expect(model.kolmogorovSmirnov() == model.kolmogorovSmirnov(drawn: once))
    }

    @Test("a weight of 1 for every row changes no metric", arguments: Shape.allCases)
    func unitWeights(_ shape: Shape) throws {
        let (labels, scores) = data(shape, 500)
        let plain = try BinaryScores(bytes: labels, scores: scores)
        let weighted = try BinaryScores(bytes: labels, scores: scores, weights: [Double](repeating: 1, count: 500))
        #expect(near(weighted.auc(), try #require(plain.auc())))
        #expect(near(weighted.averagePrecision(), try #require(plain.averagePrecision())))
        #expect(near(weighted.kolmogorovSmirnov(), try #require(plain.kolmogorovSmirnov())))
        #expect(near(weighted.placementSquares().positive, plain.placementSquares().positive, 1e-11))
        #expect(near(weighted.placementSquares().negative, plain.placementSquares().negative, 1e-11))
    }

    @Test("two orders of the same rows are measured on the same draws")
    func pairedWalk() throws {
        let (labels, scores) = data(.thousandths, 3000)
        let (_, others) = data(.tenValues, 3000)
        let candidate = try BinaryScores(bytes: labels, scores: scores)
        let baseline = try BinaryScores(bytes: labels, scores: others)
        var generator = SeededGenerator(seed: 5)
        let byPlace = (0..<3000).map { _ in UInt8(generator.below(4)) }
        var byRow = byPlace
        for (place, row) in candidate.order.enumerated() { byRow[Int(row)] = byPlace[place] }
        let pairs: [(Metric, ([UInt8]) -> Double?, ([UInt8]) -> Double?)] = [
            (.aucROC, candidate.auc(drawn:), baseline.auc(drawn:)),
            (.prAUC, candidate.averagePrecision(drawn:), baseline.averagePrecision(drawn:)),
            (.ks, candidate.kolmogorovSmirnov(drawn:), baseline.kolmogorovSmirnov(drawn:)),
        ]
        for (metric, ofCandidate, ofBaseline) in pairs {
            let walked = try #require(RankedPair(metric, .binary(candidate), .binary(baseline))).values(drawn: byPlace)
            #expect(walked.0 == ofCandidate(byRow) && walked.0 != nil)
            #expect(walked.1 == ofBaseline(byRow) && walked.1 != nil)
        }
    }

    @Test("labels of one byte are checked like numbers")
    func bytes() {
        #expect(throws: ScoreDefect.labels(count: 1, firstRow: 2, expected: "0 or 1")) {
            try BinaryScores(bytes: [0, 2], scores: [0.1, 0.2])
        }
    }
}

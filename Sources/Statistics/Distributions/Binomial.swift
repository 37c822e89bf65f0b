/// The binomial distribution.
package enum Binomial {
    /// P(X ≤ successes) in `trials` draws that succeed with `probability`.
    package static func cdf(_ successes: Int, trials: Int, probability: Double) -> Double {
        guard successes >= 0 else { return 0 }
        guard successes < trials else { return 1 }
        return IncompleteBeta.both(
            Double(trials - successes), Double(successes + 1), x: 1 - probability, complement: probability
        ).lower
    }

    /// P(X ≥ successes).
    package static func upperTail(_ successes: Int, trials: Int, probability: Double) -> Double {
        guard successes > 0 else { return 1 }
        guard successes <= trials else { return 0 }
        return IncompleteBeta.both(
            Double(successes), Double(trials - successes + 1), x: probability, complement: 1 - probability
        ).lower
    }
}

/// A difference of means after taking out what was known before the comparison began (CUPED: Deng, Xu, Kohavi and Walker,
/// "Improving the sensitivity of online controlled experiments by utilizing pre-experiment data", 2013).
///
/// θ = cov(y, x)/var(x), pooled within the arms so that the effect itself does not leak into it; the difference becomes
/// (ȳ₁ − ȳ₀) − θ(x̄₁ − x̄₀) and its variance about (1 − ρ²) of what it was. The covariate must not be touched by the treatment.
package struct CovariateAdjustment: Sendable, Equatable {
    /// Nil with a reason in `difference` when nothing was adjusted.
    package let theta: Double?
    /// Within the arms.
    package let correlation: Double?
    /// 1 − the adjusted squared standard error over the plain one.
    package let varianceReduction: Double?
    /// Adjusted, with Welch's interval.
    package let difference: OutcomeEstimate
    package let p: Double?

    /// x is the covariate, y the outcome. Intervals hold 1 − `alpha`.
    package init(control: JointMoments, treatment: JointMoments, alpha: Double = 1 - Interval.level) {
        let squaresX = control.squaresX + treatment.squaresX
        let squaresY = control.squaresY + treatment.squaresY
        let products = control.products + treatment.products
        if let reason = Self.gap(control, treatment, squaresX: squaresX, squaresY: squaresY) {
            (theta, correlation, varianceReduction, p) = (nil, nil, nil, nil)
            difference = .missing(reason)
            return
        }
        let theta = products / squaresX
        let plain = WelchTest(control: control.outcomes(theta: 0), treatment: treatment.outcomes(theta: 0), alpha: alpha)
        let adjusted = WelchTest(
            control: control.outcomes(theta: theta), treatment: treatment.outcomes(theta: theta), alpha: alpha)
        self.theta = theta
        correlation = max(-1, min(1, products / (squaresX.squareRoot() * squaresY.squareRoot())))
        difference = adjusted.difference
        p = adjusted.p
        if let before = plain.difference.standardError, let after = adjusted.difference.standardError {
            varianceReduction = 1 - (after / before) * (after / before)
        } else {
            varianceReduction = nil
        }
    }

    private static func gap(_ control: JointMoments, _ treatment: JointMoments, squaresX: Double, squaresY: Double)
        -> MissingReason?
    {
        if control.count == 0 || treatment.count == 0 { return .emptyArm }
        if control.count < 3 || treatment.count < 3 { return .tooFewRows }
        if !control.isFinite || !treatment.isFinite { return .notFinite }
        if squaresX <= 0 { return .uninformativeCovariate }
        return squaresY > 0 ? nil : .noVariance
    }
}

extension JointMoments {
    /// The moments of y − θx.
    fileprivate func outcomes(theta: Double) -> Moments {
        Moments(
            count: count, mean: meanY - theta * meanX,
            squares: max(0, squaresY - 2 * theta * products + theta * theta * squaresX))
    }
}

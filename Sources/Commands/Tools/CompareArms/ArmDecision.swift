import GatehouseCore
import Statistics

/// What the comparison amounts to.
struct ArmDecision {
    /// Rows that would have decided, with the arms' shares as they are.
    struct Needed {
        static let power = 0.8

        let control: Int
        let treatment: Int
        /// Distance that would have to be told from 0.
        let distance: Double
    }

    let rule: DecisionRule
    let verdict: OutcomeVerdict
    /// Why nothing was decided.
    let reason: MissingReason?
    let fixed: FixedEstimate
    /// By the rule that allows any number of looks; nil without one.
    let alwaysValid: OutcomeVerdict?
    let needed: Result<Needed, MissingReason>

    init(
        settings: ComparisonSettings, sampleRatio: Result<SampleRatioTest, MissingReason>,
        sequentialSampleRatio: SequentialSampleRatio, isTimed: Bool, fixed: FixedEstimate,
        sequential: Result<SequentialComparison, MissingReason>, sizes: (control: Int, treatment: Int)
    ) {
        rule = settings.rule
        self.fixed = fixed
        func verdict(_ interval: Interval) -> OutcomeVerdict {
            OutcomeVerdict(interval, margin: settings.margin, higherIsBetter: settings.higherIsBetter)
        }
        let following = try? sequential.get()
        alwaysValid = (following?.running.interval ?? following?.mixture).map(verdict)
        var gap: MissingReason?
        let found: OutcomeVerdict?
        switch settings.rule {
        case .fixed:
            found = fixed.interval.map(verdict)
            gap = fixed.reason
        case .alwaysValid:
            found = alwaysValid
            gap = Self.reason(sequential) ?? (following?.looks == 0 ? .tooFewRows : .noVariance)
        case .groupSequential:
            found = following?.plan?.deciding?.verdict ?? following?.plan?.latest?.verdict
            gap = Self.reason(sequential) ?? .tooFewRows
        }
        let isBroken = Self.isBroken(settings.rule, sampleRatio, sequentialSampleRatio, isTimed: isTimed)
        self.verdict = isBroken ? .notDecided : found ?? .notDecided
        if isBroken {
            reason = .sampleRatioMismatch
        } else if let found {
            reason = found == .notDecided ? .intervalHoldsBoth : nil
        } else {
            reason = gap
        }
        needed = Result { () throws(MissingReason) in
            if isBroken { throw .sampleRatioMismatch }
            return try Self.needed(fixed, settings, sizes)
        }
    }

    /// A mismatch by the test that fits the rule: with a single look the fixed test, and the sequential one where rows were
    /// followed.
    private static func isBroken(
        _ rule: DecisionRule, _ fixed: Result<SampleRatioTest, MissingReason>, _ sequential: SequentialSampleRatio, isTimed: Bool
    ) -> Bool {
        let isFixedMismatch = (try? fixed.get())?.isMismatch ?? false
        let isSequentialMismatch = sequential.firstMismatch != nil
        switch rule {
        case .fixed: return isFixedMismatch || (isTimed && isSequentialMismatch)
        case .alwaysValid, .groupSequential: return isFixedMismatch || isSequentialMismatch
        }
    }

    private static func reason(_ sequential: Result<SequentialComparison, MissingReason>) -> MissingReason? {
        switch sequential {
        case .success: nil
        case .failure(let reason): reason
        }
    }

    /// Scales the present rows: the standard error shrinks with their root. Against a margin the distance is from there.
    private static func needed(_ fixed: FixedEstimate, _ settings: ComparisonSettings, _ sizes: (control: Int, treatment: Int))
        throws(MissingReason) -> Needed
    {
        guard let difference = fixed.difference else { throw fixed.reason ?? .noVariance }
        guard let error = fixed.standardError, error > 0 else { throw fixed.reason ?? .noVariance }
        let gain = settings.higherIsBetter ? difference : -difference
        let distance = abs(gain + (settings.margin ?? 0))
        guard distance > 0, let design = ComparisonDesign(alpha: settings.alpha, power: Needed.power) else { throw .noDifference }
        guard
            let scaled = design.scaled(
                sizes, standardError: error, distance: distance)
        else { throw .tooManyRows }
        return Needed(control: scaled.control, treatment: scaled.treatment, distance: distance)
    }
}

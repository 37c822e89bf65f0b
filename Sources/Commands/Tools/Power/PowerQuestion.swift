import GatehouseCore
import Rendering
import Statistics

/// What is to be planned, with every number checked.
struct PowerQuestion {
    enum Subject {
        case rates(control: Double, treatment: Double?)
        case means(difference: Double?, deviation: Double)
        case auc(value: Double, halfWidth: Double, positiveRate: Double)
        case pairedAUC(standardError: Double, rows: Int, difference: Double)
    }

    let subject: Subject
    let design: ComparisonDesign
    let shares: (control: Double, treatment: Double)
    let margin: Double?
    let perDay: Double?
    let rows: Int?
    let higherIsBetter: Bool

    init(_ command: PowerCommand) throws(GatehouseError) {
        try ToolNumber.share(command.alpha, "--alpha")
        try ToolNumber.share(command.power, "--power")
        if let margin = command.margin { try ToolNumber.positive(margin, "--margin") }
        if let perDay = command.perDay { try ToolNumber.positive(perDay, "--per-day") }
        if let n = command.n, !(1...Int(ComparisonDesign.rowsPerArmMax)).contains(n) {
            throw GatehouseError(
                .invalidArgument, "--n is a number of rows of both arms together, 1 to \(Int(ComparisonDesign.rowsPerArmMax)).")
        }
        guard command.n == nil || command.margin == nil else {
            throw GatehouseError(
                .invalidArgument, "--n asks what rows can see, --margin how many rows are needed.", hint: "Leave one of them out."
            )
        }
        subject = try Self.subject(command)
        shares = try Self.shares(command.allocation)
        if let n = command.n, !(1..<n).contains(Int((Double(n) * shares.control).rounded())) {
            throw GatehouseError(
                .invalidArgument, "--n \(n) leaves an arm without rows.", hint: "Give more rows, or more even shares.")
        }
        guard let design = ComparisonDesign(alpha: command.alpha, power: command.power, shares: shares) else {
            throw GatehouseError(
                .invalidArgument, "--power must be above --alpha, and no arm may get less than a billionth of the other.")
        }
        self.design = design
        margin = command.margin
        perDay = command.perDay
        rows = command.n
        higherIsBetter = command.higherIs == .better
    }

    /// Fails with `invalidArgument` when options of two kinds are mixed, or one of a kind is missing.
    private static func subject(_ command: PowerCommand) throws(GatehouseError) -> Subject {
        let (rates, means, auc) = (command.rates, command.means, command.auc)
        let kinds = [
            rates.baselineRate != nil || rates.rate != nil, means.meanDifference != nil || means.sd != nil,
            auc.auc != nil || auc.halfWidth != nil || auc.positiveRate != nil,
            auc.pilotSe != nil || auc.pilotRows != nil || auc.aucDifference != nil,
        ]
        guard kinds.count(where: { $0 }) == 1 else {
            throw GatehouseError(
                .invalidArgument, kinds.contains(true) ? "These options ask for several things at once." : "Nothing is asked.",
                hint: "Give --baseline-rate and --rate, or --mean-difference and --sd, or --auc and --half-width, or --pilot-se.")
        }
        if kinds[0] { return try ratesSubject(command) }
        if kinds[1] { return try meansSubject(command) }
        guard command.n == nil, command.allocation == nil, command.rates.rate == nil else {
            throw GatehouseError(.invalidArgument, "--n and --allocation belong to a comparison of arms, not to an AUC.")
        }
        if kinds[2] {
            guard let value = auc.auc, let width = auc.halfWidth, command.margin == nil else {
                throw GatehouseError(.invalidArgument, "The precision of an AUC needs --auc and --half-width, and no --margin.")
            }
            try ToolNumber.share(value, "--auc")
            try ToolNumber.share(width, "--half-width")
            try ToolNumber.share(auc.positiveRate ?? 0.5, "--positive-rate")
            return .auc(value: value, halfWidth: width, positiveRate: auc.positiveRate ?? 0.5)
        }
        guard let error = auc.pilotSe, let rows = auc.pilotRows, rows > 0 else {
            throw GatehouseError(.invalidArgument, "A pilot is given by --pilot-se and --pilot-rows.")
        }
        try ToolNumber.positive(error, "--pilot-se")
        let difference = auc.aucDifference ?? 0
        guard difference.isFinite, difference + (command.margin ?? 0) > 0 else {
            throw GatehouseError(
                .invalidArgument, "The true difference lies at the margin or beyond it: no number of rows shows the opposite.",
                hint: "Give --margin (a loss that would be accepted) or a positive --auc-difference.")
        }
        return .pairedAUC(standardError: error, rows: rows, difference: difference)
    }

    private static func ratesSubject(_ command: PowerCommand) throws(GatehouseError) -> Subject {
        guard let control = command.rates.baselineRate else {
            throw GatehouseError(.invalidArgument, "--rate needs --baseline-rate beside it.")
        }
        for (rate, option) in [(control, "--baseline-rate"), (command.rates.rate ?? 0, "--rate")] where !(0...1).contains(rate) {
            throw GatehouseError(.invalidArgument, "\(option) must lie between 0 and 1.", hint: "10 % is written 0.1.")
        }
        guard command.rates.rate != nil || command.margin != nil || command.n != nil else {
            throw GatehouseError(
                .invalidArgument, "Nothing says which difference to see.",
                hint: "Add --rate, --margin, or --n for what can be seen.")
        }
        return .rates(control: control, treatment: command.rates.rate)
    }

    private static func meansSubject(_ command: PowerCommand) throws(GatehouseError) -> Subject {
        guard let deviation = command.means.sd else {
            throw GatehouseError(
                .invalidArgument, "A difference of means needs the standard deviation of a row.", hint: "Add --sd.")
        }
        try ToolNumber.positive(deviation, "--sd")
        let difference = command.means.meanDifference
        guard difference?.isFinite ?? true, difference != nil || command.margin != nil || command.n != nil else {
            throw GatehouseError(
                .invalidArgument, "Nothing says which difference to see.",
                hint: "Add --mean-difference, --margin, or --n for what can be seen.")
        }
        return .means(difference: difference, deviation: deviation)
    }

    private static func shares(_ text: String?) throws(GatehouseError) -> (control: Double, treatment: Double) {
        guard let text else { return (0.5, 0.5) }
        let weights = try ToolNumber.list(text, "--allocation")
        guard weights.count == 2, let split = Split(weights: weights) else {
            throw GatehouseError(
                .invalidArgument, "--allocation takes the shares of two arms, both above 0.",
                hint: "A canary of a tenth is 0.9,0.1.")
        }
        return (split.shares[0], split.shares[1])
    }
}

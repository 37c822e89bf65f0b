import ArgumentParser
import GatehouseCore
import Rendering
import Statistics

enum OutcomeMetric: String, ExpressibleByArgument, CaseIterable { case proportion, mean }

enum GoodDirection: String, ExpressibleByArgument, CaseIterable { case better, worse }

/// What kind of statement the verdict is.
enum DecisionRule: String, ExpressibleByArgument, CaseIterable {
    /// Right when the data are looked at once.
    case fixed
    /// Right at any time, however often one looks.
    case alwaysValid = "always-valid"
    /// Right at the planned looks.
    case groupSequential = "group-sequential"
}

extension SpendingFunction: ExpressibleByArgument {}

/// What is asked of the outcomes.
struct CompareArmsQuestion: ParsableArguments {
    @Option(help: ArgumentHelp("Default: proportion when every value is 0 or 1.", valueName: "metric"))
    var metric: OutcomeMetric?
    @Option(help: ArgumentHelp("Which way is good.", valueName: "better|worse"))
    var higherIs: GoodDirection = .better
    @Option(help: ArgumentHelp("Loss that is accepted: asks for non-inferiority.", valueName: "d"))
    var margin: Double?
    @Option(help: "Chance of a false alarm.") var alpha = 0.05
    @Option(help: ArgumentHelp("Intended shares, e.g. 0.9,0.1 (default: even).", valueName: "shares"))
    var split: String?
    @Option(help: ArgumentHelp("Rows at planned looks, e.g. 1000,2000,4000.", valueName: "rows"))
    var looks: String?
    @Option(help: ArgumentHelp("How looks share alpha.", valueName: "how"))
    var spending: SpendingFunction = .obrienFleming
    @Option(help: ArgumentHelp("Default: fixed; group-sequential with --looks.", valueName: "rule"))
    var decideBy: DecisionRule?
    @Option(help: ArgumentHelp("Difference worth finding; tunes the mSPRT.", valueName: "d"))
    var effect: Double?
    @Option(help: ArgumentHelp("Rows per arm before the first sequential look.", valueName: "rows")) var burnIn: Int?
    @Option(help: ArgumentHelp("Of the split's sequential test.", valueName: "c")) var concentration =
        SequentialSampleRatio.defaultConcentration
    @Option(help: ArgumentHelp("Where the sequence is tightest.", valueName: "rows")) var tuning =
        AsymptoticSequence.defaultTuning

    func settings() throws(GatehouseError) -> ComparisonSettings {
        try ToolNumber.share(alpha, "--alpha")
        if let margin { try ToolNumber.positive(margin, "--margin") }
        if let effect { try ToolNumber.positive(effect, "--effect") }
        try ToolNumber.positive(tuning, "--tuning")
        try ToolNumber.positive(concentration, "--concentration")
        guard concentration <= ComparisonSettings.concentrationMax else {
            throw GatehouseError(.invalidArgument, "--concentration is at most \(Int(ComparisonSettings.concentrationMax)).")
        }
        if let burnIn, !(1...ComparisonSettings.burnInMax).contains(burnIn) {
            throw GatehouseError(.invalidArgument, "--burn-in is a number of rows, 1 to \(ComparisonSettings.burnInMax).")
        }
        let looks = try plannedLooks()
        if decideBy == .groupSequential, looks.isEmpty {
            throw GatehouseError(.invalidArgument, "Nothing says when to look.", hint: "Add --looks 1000,2000,4000.")
        }
        return ComparisonSettings(
            alpha: alpha, margin: margin, higherIsBetter: higherIs == .better, effect: effect, burnIn: burnIn, tuning: tuning,
            concentration: concentration, looks: looks, spending: spending,
            rule: decideBy ?? (looks.isEmpty ? .fixed : .groupSequential))
    }

    /// The intended split; `names` are the arms of a file, nil for two counted arms.
    func split(names: [String]?) throws(GatehouseError) -> Split {
        let arms = names?.count ?? 2
        guard let split else {
            guard let even = Split.even(arms: arms) else {
                throw GatehouseError(
                    .invalidArgument, "There are \(arms) arms; a comparison has 2 to \(Split.armsMax).",
                    hint: "Is the arm's column the right one?")
            }
            return even
        }
        let weights = try ToolNumber.list(split, "--split")
        guard weights.count == arms, let result = Split(weights: weights) else {
            throw GatehouseError(
                .invalidArgument, "--split gives \(weights.count) shares for \(arms) arms, or one that is not positive.",
                hint: names.map { "Give a positive share for each of \(Wording.list($0)), in this order." })
        }
        return result
    }

    private func plannedLooks() throws(GatehouseError) -> [Int] {
        guard let looks else { return [] }
        let numbers = try ToolNumber.list(looks, "--looks")
        let rows = numbers.compactMap { Int(exactly: $0) }
        let shares = numbers.map { $0 / (numbers.last ?? 1) }
        guard rows.count == numbers.count, let first = rows.first, first > 0, (rows.last ?? 0) <= ArmCounts.trialsMax,
            GroupSequentialDesign(shares: shares, alpha: alpha, spending: spending) != nil
        else {
            throw GatehouseError(
                .invalidArgument, "'\(looks)' is no plan of looks.",
                hint:
                    "Give rising numbers of rows of both arms together, at most \(GroupSequentialDesign.looksMax): 1000,2000,4000."
            )
        }
        return rows
    }
}

/// The question with everything checked.
struct ComparisonSettings {
    static let concentrationMax = 1e6
    static let burnInMax = 1_000_000_000

    let alpha: Double
    let margin: Double?
    let higherIsBetter: Bool
    let effect: Double?
    let burnIn: Int?
    let tuning: Double
    let concentration: Double
    let looks: [Int]
    let spending: SpendingFunction
    let rule: DecisionRule
}

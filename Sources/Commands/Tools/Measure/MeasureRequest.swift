import GatehouseCore
import Statistics

/// What `measure` was asked for, checked before any data are read.
struct MeasureRequest {
    static let scoresMax = 1000

    let file: String
    let task: MeasureCommand.Task
    let label: String
    let scores: [String]
    let baselineScores: [String]?
    let classes: [String]?
    let groups: [String]
    let hasIntersections: Bool
    let threshold: Double
    let weight: String?
    let minimums: GroupMinimums
    let quantile: Double

    /// Fails with `invalidArgument` on options that contradict each other or are out of range.
    init(_ command: MeasureCommand) throws(GatehouseError) {
        file = command.file
        label = command.label
        scores = try Self.names(command.score, "score")
        baselineScores = if let names = command.baselineScore { try Self.names(names, "baseline-score") } else { nil }
        classes = if let names = command.classes { try Self.names(names, "classes") } else { nil }
        groups = if let names = command.groups { try Self.names(names, "groups") } else { [] }
        task = command.task ?? (scores.count > 1 ? .multiclass : .binary)
        hasIntersections = command.intersections
        threshold = command.threshold
        weight = command.weight
        minimums = GroupMinimums(rows: command.minGroupSize)
        quantile = command.quantile
        try check()
    }

    /// The columns to read.
    var columns: [String] { [label] + scores + (baselineScores ?? []) + groups + (weight.map { [$0] } ?? []) }

    private func check() throws(GatehouseError) {
        func refuse(_ message: String, _ hint: String) throws(GatehouseError) {
            throw GatehouseError(.invalidArgument, message, hint: hint)
        }
        guard threshold.isFinite else { return try refuse("--threshold is not a number.", "Give one like 0.5.") }
        guard minimums.rows >= 1 else { return try refuse("--min-group-size is below 1.", "Give a number of rows like 30.") }
        guard quantile > 0, quantile < 1 else {
            return try refuse("--quantile does not lie between 0 and 1.", "Give a share like 0.9.")
        }
        if let baselineScores, baselineScores.count != scores.count {
            try refuse(
                "--score names \(Self.count(scores)) and --baseline-score \(Self.count(baselineScores)).",
                "Both models need the same number of scores.")
        }
        switch task {
        case .binary, .regression:
            guard scores.count == 1 else {
                return try refuse(
                    "--task \(task.rawValue) takes one score, not \(scores.count).", "Leave --task out for classes.")
            }
            guard classes == nil else { return try refuse("--classes is for several scores.", "Name one score per class.") }
        case .multiclass:
            guard scores.count >= 2 else { return try refuse("--task multiclass takes a score per class.", "--score p0,p1,p2") }
            if let classes, classes.count != scores.count {
                try refuse("--classes names \(classes.count) for \(Self.count(scores)).", "Name one class per score.")
            }
        }
        guard task == .binary || groups.isEmpty else {
            return try refuse("--groups compares the decisions of one score.", "Leave it out for --task \(task.rawValue).")
        }
        guard !hasIntersections || groups.count >= 2 else {
            return try refuse(
                "--intersections combines groups, and \(groups.count) given.", "--groups sex,region --intersections")
        }
        let numbers = Set([label] + scores + (baselineScores ?? []) + (weight.map { [$0] } ?? []))
        if let both = groups.first(where: numbers.contains) {
            try refuse("'\(both)' is read as numbers and cannot be a group.", "Groups are columns of their own.")
        }
    }

    private static func count(_ names: [String]) -> String { "\(names.count) column\(names.count == 1 ? "" : "s")" }

    private static func names(_ list: String, _ option: String) throws(GatehouseError) -> [String] {
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy({ !$0.isEmpty }) else {
            throw GatehouseError(
                .invalidArgument, "--\(option) has an empty name: '\(list)'.", hint: "Separate names by one comma.")
        }
        guard Set(names).count == names.count else {
            throw GatehouseError(.invalidArgument, "--\(option) names a column twice: '\(list)'.", hint: "Name each once.")
        }
        guard names.count <= scoresMax else {
            throw GatehouseError(.invalidArgument, "--\(option) has \(names.count) names; the most is \(scoresMax).")
        }
        return names
    }
}

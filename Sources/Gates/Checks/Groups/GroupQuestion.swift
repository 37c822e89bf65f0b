import GatehouseCore
import Statistics

/// What one fairness rule asks of one group, with what the data answer.
struct GroupQuestion {
    /// The share of evaluations of a fair model in which chance may fail any group at all, when intervals decide.
    static let familyLevel = 1 - Interval.level

    /// The group's place in its list.
    let group: Int
    let value: Double
    let interval: Interval?
    let limit: Measurement.Limit
    let rows: Int
    /// The chance of data at least this bad if the rule were only just kept. Nil where the data allow no such test.
    let p: Double?
    /// The same once all questions of the evaluation are counted.
    var adjustedP: Double?

    func verdict(_ judgedBy: JudgedBy) -> Verdict {
        switch judgedBy {
        case .point: keepsLimit ? .pass : .fail
        case .interval: intervalVerdict
        }
    }

    /// Whether the interval leaves room for either answer, so that a verdict from the value alone rests on chance too.
    var isOpen: Bool { interval.map { $0.contains(limit.number) } ?? true }

    private var keepsLimit: Bool {
        switch limit {
        case .atLeast(let least): value >= least
        case .atMost(let most): value <= most
        }
    }

    /// Fails when chance does not explain the breach, all questions of the evaluation counted; passes when the whole interval
    /// keeps the limit, which needs no such correction because every question must pass (an intersection–union test).
    private var intervalVerdict: Verdict {
        guard let interval else { return .inconclusive }
        let passes =
            switch limit {
            case .atLeast(let least): interval.lower >= least
            case .atMost(let most): interval.upper <= most
            }
        if passes { return .pass }
        guard let adjustedP, !keepsLimit else { return .inconclusive }
        return adjustedP <= Self.familyLevel ? .fail : .inconclusive
    }
}

extension Measurement.Limit {
    var number: Double {
        switch self {
        case .atLeast(let number), .atMost(let number): number
        }
    }
}

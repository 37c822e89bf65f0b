import GatehouseCore
import Statistics

/// What decides a rule with a limit: the measured value, or the interval around it.
enum JudgedBy: String, CaseIterable {
    case point, interval

    static let parameterName = "judge_by"

    init(_ settings: GateSettings) {
        self = settings.text(Self.parameterName).flatMap(JudgedBy.init(rawValue:)) ?? .point
    }

    /// `summary` says what an interval verdict needs, for the gate it stands in.
    static func parameter(_ summary: String) -> GateParameter {
        GateParameter(parameterName, .choice(allCases.map(\.rawValue)), default: .text(Self.point.rawValue), summary)
    }
}

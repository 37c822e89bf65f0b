/// Where a model version stands. A version is in exactly one stage; raw values are MLflow's.
package enum Stage: String, Codable, Sendable, CaseIterable, CustomStringConvertible {
    /// Freshly registered; nothing is known about it yet.
    case none = "None"
    /// Every blocking check passed; being observed.
    case staging = "Staging"
    /// Serving live traffic in at least one slot.
    case production = "Production"
    /// Superseded, kept for the record.
    case archived = "Archived"

    /// Reads a stage in any letter case, as MLflow does. Fails with `invalidArgument` naming the four stages.
    package init(parsing text: String) throws(GatehouseError) {
        guard let stage = Stage.allCases.first(where: { $0.rawValue.lowercased() == text.lowercased() }) else {
            throw GatehouseError(
                .invalidArgument, "There is no stage '\(text.prefix(80))'.",
                hint: "Stages are: \(Stage.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        self = stage
    }

    package var description: String { rawValue }
}

import Foundation
import GatehouseCore
import Statistics

/// The models of `Examples/credit-risk`, and applications that they can score.
enum ExampleModel {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Examples/credit-risk")

    /// The text files of a model's folder; the example's v1 and v2 hold nothing else.
    static func files(_ version: String) throws -> [String: String] {
        let place = folder.appendingPathComponent("models/\(version)")
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, try String(contentsOf: place.appendingPathComponent(name), encoding: .utf8))
            })
    }

    static func pipeline() throws -> [FieldSchema] {
        let text = try String(contentsOf: folder.appendingPathComponent("pipeline.json"), encoding: .utf8)
        return try FieldSchema.list(JSONParser.parse(text), in: "pipeline.json")
    }

    /// Rows from a fixed seed. Whoever pays late and uses much of the credit defaults more often, which both models know.
    static func csv(rows: Int) throws -> String {
        var random = SeededGenerator(seed: 47)
        let names = try pipeline().map(\.name)
        var lines = [(names + ["age_band", "defaulted"]).joined(separator: ",")]
        for row in 0..<rows {
            let risk = random.uniform()
            let cells = names.map { name in cell(name, risk: risk, noise: random.uniform()) }
            let defaulted = random.uniform() < risk * risk ? "1" : "0"
            lines.append((cells + [row % 2 == 0 ? "18-30" : "31-65", defaulted]).joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func cell(_ name: String, risk: Double, noise: Double) -> String {
        switch name {
        case "late_payments_12m", "returned_debits_6m", "inquiries_6m": String(Int(risk * 5 + noise * 2))
        case "utilisation", "debt_to_turnover", "loan_to_turnover": String(risk * 0.7 + noise * 0.3)
        case "term_months": "36"
        case "statement_lag_days": String(5 + Int(noise * 40))
        case "years_trading": String(20 - risk * 15)
        default: String(noise * 0.2)
        }
    }
}

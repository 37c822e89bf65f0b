import GatehouseCore
import Scoring
import Statistics

/// Loads a model and, when it loads, scores rows that nobody trained on.
enum ModelReading {
    private static let rows: [[Double]] = [
        // Within every library's range, but odd: no value, both zeros, codes out of range, neighbours of 2³¹, 2²⁴ and 1e-35.
        [.nan, 0, -0.0, -1, 1, 0.5, 16_777_216, 2_147_483_648, -2_147_483_649, 1e-35, 1e-36, 3e38],
        [1e308, -1e308, .leastNonzeroMagnitude, 9.3e18, .nan],
        [.infinity, -.infinity],
    ]

    static func read(_ input: [UInt8]) async throws {
        let model = try ModelFile.load(bytes: input, named: "input")
        for raw in [false, true] {
            for values in rows {
                let runner = NativeRunner(model, raw: raw, concurrency: 1)
                do {
                    let answers = try await runner.predict(table(values, for: model)) { _ in }
                    guard answers.values.count == values.count * model.outputs(raw: raw) else {
                        throw BrokenRule("\(answers.values.count) answers for \(values.count) rows")
                    }
                } catch let error as GatehouseError {
                    try BrokenRule.check(refusal: error)
                }
            }
        }
    }

    /// Every column holds every value, each column starting at another one.
    private static func table(_ values: [Double], for model: NativeModel) -> Table {
        let names = model.featureNames ?? (0..<model.featureCount).map { "column \($0)" }
        return Table(
            rowCount: values.count,
            columns: names.enumerated().map { place, name in
                let turn = place % values.count
                return TableColumn(name: name, values: .numeric(Array(values[turn...] + values[..<turn])))
            })
    }
}

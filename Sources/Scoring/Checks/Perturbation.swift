package import GatehouseCore
import Statistics

/// Makes the slightly wrong inputs with which a robustness check asks a model a second time.
package enum Perturbation {
    package static let relativeNoiseMax = 1.0

    /// The table with each number of `columns` multiplied by 1 + `relativeNoise` · z, z standard normal.
    ///
    /// The same seed gives the same numbers, and the noise of a column does not depend on which others are perturbed.
    /// Missing values and columns of text stay as they are. Fails with `invalidArgument` naming a column the table lacks,
    /// and when `relativeNoise` is not above 0 and at most `relativeNoiseMax`.
    package static func table(
        _ table: Table, columns: [String], relativeNoise: Double, seed: UInt64
    ) throws(GatehouseError) -> Table {
        guard relativeNoise > 0, relativeNoise <= relativeNoiseMax else {
            throw GatehouseError(
                .invalidArgument, "A relative noise of \(relativeNoise) makes no perturbation.",
                hint: "Use a number above 0 and at most \(relativeNoiseMax), such as 0.01 for one per cent.")
        }
        if let missing = columns.first(where: { table[$0] == nil }) {
            throw GatehouseError(
                .invalidArgument, "There is no column '\(missing)' to perturb.",
                hint: Suggestion.nearest(to: missing, in: table.columns.map(\.name)).map { "Did you mean '\($0)'?" })
        }
        let wanted = Set(columns)
        let perturbed = table.columns.map { column in
            wanted.contains(column.name) ? noisy(column, relativeNoise: relativeNoise, seed: seed) : column
        }
        return Table(rowCount: table.rowCount, columns: perturbed)
    }

    private static func noisy(_ column: TableColumn, relativeNoise: Double, seed: UInt64) -> TableColumn {
        switch column.values {
        case .categorical: return column
        case .numeric(let numbers):
            var generator = SeededGenerator(seed: seed ^ hash(column.name))
            let noisy = numbers.map { number in
                let product = number * (1 + relativeNoise * generator.normal())
                // A number at the edge of the doubles must not become infinite.
                return product.isFinite ? product : number
            }
            return TableColumn(name: column.name, values: .numeric(noisy))
        }
    }

    /// FNV-1a, 64 bit: Swift's own hash differs from run to run.
    private static func hash(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// p-values adjusted for having asked several questions at once.
///
/// An adjusted p-value is compared with the level of the whole family: at most that share of families (of findings, for the
/// last two) holds a false one. Order is kept; adjusted values never exceed 1.
package enum Multiplicity: String, Sendable, CaseIterable {
    case none
    /// Family-wise, whatever the dependence; the plainest and the most conservative.
    case bonferroni
    /// Family-wise, whatever the dependence, never weaker than Bonferroni (Holm, 1979).
    case holm
    /// False discovery rate, for independent or positively dependent questions (Benjamini and Hochberg, 1995).
    case benjaminiHochberg = "bh"
    /// False discovery rate, whatever the dependence (Benjamini and Yekutieli, 2001).
    case benjaminiYekutieli = "by"

    /// Adjusts p-values in 0…1; none of them may be NaN.
    package func adjusted(_ values: [Double]) -> [Double] {
        precondition(values.allSatisfy { (0...1).contains($0) }, "a p-value lies in 0…1")
        let m = Double(values.count)
        switch self {
        case .none: return values
        case .bonferroni: return values.map { min(1, $0 * m) }
        case .holm: return Self.running(values, ascending: true) { p, rank in p * (m - Double(rank) + 1) }
        case .benjaminiHochberg: return Self.running(values, ascending: false) { p, rank in p * m / Double(rank) }
        case .benjaminiYekutieli:
            let harmonic = values.indices.reduce(0) { $0 + 1 / Double($1 + 1) }
            return Self.running(values, ascending: false) { p, rank in p * m * harmonic / Double(rank) }
        }
    }

    /// Steps through the ranks (1 is the smallest p) and keeps the adjusted values monotone: upwards by the greatest so far,
    /// downwards by the least so far.
    private static func running(_ values: [Double], ascending: Bool, _ scale: (Double, Int) -> Double) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var adjusted = values
        var bound = ascending ? 0.0 : 1.0
        for (place, index) in ascending ? Array(order.enumerated()) : order.enumerated().reversed() {
            let scaled = scale(values[index], place + 1)
            bound = ascending ? max(bound, min(1, scaled)) : min(bound, scaled)
            adjusted[index] = bound
        }
        return adjusted
    }
}

import Glibc

/// Numerical integration by Gauss's rule on panels (Gauss, 1814): exact for polynomials of degree 2·`order` − 1 on each panel.
struct GaussLegendre: Sendable {
    /// Within −1…1, ascending.
    let nodes: [Double]
    let weights: [Double]

    /// `order` is the number of nodes of a panel, at least 1.
    init(order: Int) {
        var nodes = [Double](repeating: 0, count: order)
        var weights = nodes
        for index in 0..<order {
            var x = -cos(Double.pi * (Double(index) + 0.75) / (Double(order) + 0.5))
            var slope = 1.0
            for _ in 0..<100 {
                let (value, derivative) = Self.legendre(order, x)
                slope = derivative
                let step = value / derivative
                x -= step
                if abs(step) < 1e-16 { break }
            }
            nodes[index] = x
            weights[index] = 2 / ((1 - x * x) * slope * slope)
        }
        self.nodes = nodes
        self.weights = weights
    }

    /// The Legendre polynomial and its derivative inside −1…1, by Bonnet's recursion.
    private static func legendre(_ order: Int, _ x: Double) -> (value: Double, derivative: Double) {
        var (before, value) = (1.0, x)
        for k in stride(from: 2, through: order, by: 1) {
            (before, value) = (value, (Double(2 * k - 1) * x * value - Double(k - 1) * before) / Double(k))
        }
        return (value, Double(order) * (x * value - before) / (x * x - 1))
    }

    /// Points and weights for an integral from `lower` to `upper` in `panels` equal parts, ascending.
    func points(from lower: Double, to upper: Double, panels: Int) -> [(x: Double, weight: Double)] {
        let half = (upper - lower) / Double(panels) / 2
        return (0..<panels).flatMap { panel in
            let middle = lower + half * Double(2 * panel + 1)
            return zip(nodes, weights).map { (middle + half * $0, half * $1) }
        }
    }
}

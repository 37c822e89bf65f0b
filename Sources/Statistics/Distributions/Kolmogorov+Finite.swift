import Glibc

extension Kolmogorov {
    /// P(D ≥ x) for the greatest distance D of the empirical distribution function of `rows` values from the true one, two-sided.
    ///
    /// `rows` is a whole number ≥ 1. The methods and where each takes over are those of Simard and L'Ecuyer ("Computing the
    /// two-sided Kolmogorov–Smirnov distribution", 2011), and so of `scipy.stats.kstwo`.
    package static func upperTail(_ x: Double, rows: Double) -> Double {
        guard x > 0 else { return 1 }
        guard x < 1 else { return 0 }
        let reach = rows * x
        guard reach > 0.5 else { return 1 }
        // Ruben and Gambino (1982): closed forms at both ends.
        if reach <= 1 { return 1 - exp(lgamma(rows + 1) - rows * log(rows) + rows * log(2 * reach - 1)) }
        if reach >= rows - 1 { return min(1, 2 * pow(1 - x, rows)) }
        let squared = reach * x
        if rows <= fewRowsMax {
            return x < 0.5 && squared <= 4 ? 1 - durbin(x, rows) : min(1, 2 * oneSidedUpperTail(x, rows: rows))
        }
        if squared >= 370 { return 0 }
        if x >= 0.5 || squared >= 2.2 { return min(1, 2 * oneSidedUpperTail(x, rows: rows)) }
        let isNarrow = rows <= 100_000 && rows * x * x.squareRoot() <= 1.4
        return min(1, max(0, 1 - (isNarrow ? durbin(x, rows) : pelzGood(x, rows))))
    }

    private static let fewRowsMax = 140.0

    /// P(D⁺ ≥ x), one-sided: x Σ_v C(n, v) (x + v/n)^(v−1) (1 − x − v/n)^(n−v) (Smirnov, 1944; Birnbaum and Tingey, 1951).
    ///
    /// Above a million rows exp(−(6nx + 1)²/18n) (Maag and Dicaire, 1971), within 1/n of it.
    static func oneSidedUpperTail(_ x: Double, rows: Double) -> Double {
        if rows > 1e6 { return exp(-(6 * rows * x + 1) * (6 * rows * x + 1) / (18 * rows)) }
        let last = (rows * (1 - x)).rounded(.down)
        // The first term stands alone: it has no binomial in saddle-point form.
        var sum = pow(1 - x, rows)
        // Where many terms count they are the values of a smooth bump that vanishes at both ends, so that every `stride`-th of
        // them gives the sum to all digits (the trapezoidal rule).
        let stride = (rows / 8192).rounded(.down) < 2 ? 1 : (rows / 8192).rounded(.down)
        var v = stride
        while v <= last {
            sum += stride * oneSidedTerm(v, x, rows)
            v += stride
        }
        return min(1, sum)
    }

    private static func oneSidedTerm(_ v: Double, _ x: Double, _ n: Double) -> Double {
        let share = x + v / n
        guard v < n else { return x * pow(share, v - 1) }
        let rest = 1 - share
        guard rest > 0 else { return 0 }
        let binomial =
            Saddlepoint.stirlingError(n) - Saddlepoint.stirlingError(v) - Saddlepoint.stirlingError(n - v)
            - Saddlepoint.deviance(v, mean: n * share) - Saddlepoint.deviance(n - v, mean: n * rest)
        return x / share * exp(binomial) * (n / (2 * Double.pi * v * (n - v))).squareRoot()
    }

    /// P(D ≤ x) exactly, by powers of a matrix (Durbin, 1973; Marsaglia, Tsang and Wang, 2003). Its size is about 2nx.
    private static func durbin(_ x: Double, _ rows: Double) -> Double {
        let reach = rows * x
        let k = Int(reach.rounded(.up))
        let h = reach.rounded(.up) - reach
        var base = ScaledMatrix(size: 2 * k - 1)
        base.fillDurbin(h)
        var power = ScaledMatrix(identity: 2 * k - 1)
        var left = Int(rows)
        while left > 0 {
            if left & 1 == 1 { power = power.times(base) }
            left >>= 1
            if left > 0 { base = base.times(base) }
        }
        // n!/nⁿ is far below the least double where n is large: logarithms.
        let (value, exponent) = power.center
        guard value > 0 else { return 0 }
        return min(1, exp(log(value) + exponent * M_LN2 + lgamma(rows + 1) - rows * log(rows)))
    }

    /// P(D ≤ x) by the expansion to n^(−3/2) (Pelz and Good, 1976), in theta functions that converge for small z = x√n.
    private static func pelzGood(_ x: Double, _ n: Double) -> Double {
        let z = x * n.squareRoot()
        let z2 = z * z
        let z4 = z2 * z2
        let z6 = z4 * z2
        let pi2 = Double.pi * Double.pi
        let root = (2 * Double.pi).squareRoot()
        var odd = (0.0, 0.0, 0.0, 0.0)
        var all = (0.0, 0.0)
        for k in 0..<60 {
            // Powers of π²(k + ½)², and the weight that ends the sum.
            let a = pi2 * (Double(k) + 0.5) * (Double(k) + 0.5)
            let weight = exp(-a / (2 * z2))
            odd.0 += weight
            odd.1 += (a - z2) * weight
            odd.2 += (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * a + (1 - 2 * z2) * a * a) * weight
            odd.3 +=
                (-30 * z6 - 90 * z6 * z2 + (135 * z4 - 96 * z6) * a + (212 * z4 - 60 * z2) * a * a
                    + (5 - 30 * z2) * a * a * a) * weight
            let b = pi2 * Double(k) * Double(k)
            let whole = exp(-b / (2 * z2))
            all.0 += b * whole
            all.1 += (3 * z2 - b) * b * whole
            if weight < 1e-20 * odd.0, whole < 1e-20 { break }
        }
        let first = root / z * odd.0
        let second = root / (6 * z4) * odd.1
        let third = root / (72 * z6 * z) * odd.2 - root / (36 * z2 * z) * all.0
        let fourth = root / (6480 * z6 * z4) * odd.3 + root / (216 * z6) * all.1
        return first + second / n.squareRoot() + third / n + fourth / (n * n.squareRoot())
    }
}

/// A square matrix of numbers that are kept within range by a common power of two.
private struct ScaledMatrix {
    private let size: Int
    private var cells: [Double]
    private var exponent = 0.0

    init(size: Int) {
        self.size = size
        cells = [Double](repeating: 0, count: size * size)
    }

    init(identity size: Int) {
        self.init(size: size)
        for index in 0..<size { cells[index * size + index] = 1 }
    }

    var center: (value: Double, exponent: Double) { (cells[(size / 2) * size + size / 2], exponent) }

    /// The transition matrix of the Poisson bridge between two lines `h` off the grid.
    mutating func fillDurbin(_ h: Double) {
        var factorial = 1.0
        for step in 0...size {
            // 1/step! below the subdiagonal's step; the first entry above it is 1/0!.
            if step > 0 { factorial /= Double(step) }
            for row in 0..<size {
                let column = row - step + 1
                if (0..<size).contains(column) { cells[row * size + column] = factorial }
            }
        }
        var scale = 1.0
        var power = 1.0
        for row in 0..<size {
            scale /= Double(row + 1)
            power *= h
            let value = (1 - power) * scale
            cells[row * size] = value
            cells[(size - 1) * size + size - 1 - row] = value
        }
        let corner = 1 - 2 * power + (2 * h > 1 ? pow(2 * h - 1, Double(size)) : 0)
        cells[(size - 1) * size] = corner * scale
    }

    func times(_ other: ScaledMatrix) -> ScaledMatrix {
        var product = ScaledMatrix(size: size)
        product.exponent = exponent + other.exponent
        for row in 0..<size {
            for inner in 0..<size {
                let factor = cells[row * size + inner]
                guard factor != 0 else { continue }
                for column in 0..<size {
                    product.cells[row * size + column] += factor * other.cells[inner * size + column]
                }
            }
        }
        if product.center.value > 0x1p200 {
            for index in product.cells.indices { product.cells[index] *= 0x1p-200 }
            product.exponent += 200
        }
        return product
    }
}

import Glibc

/// How numbers are laid out along an axis.
package enum AxisScale: String, Sendable, CaseIterable {
    case linear
    /// Equal factors are equally far apart; numbers up to zero have no place.
    case logarithmic
    /// For shares below 1: 90 %, 99 % and 99.9 % are equally far apart, so that the tail of a distribution can be read.
    case tail
}

/// The range that a chart shows and the round numbers that mark it.
struct Axis {
    struct Tick: Equatable {
        let value: Double
        let label: String
    }

    /// Beyond this, differences of two numbers may overflow; such numbers are in the table, not in the picture.
    private static let magnitudeMax = 1e300
    /// Below this, a step between marks may underflow; such numbers are drawn as zero.
    private static let magnitudeMin = 1e-300

    let scale: AxisScale
    private let start: Double
    private let end: Double
    let ticks: [Tick]

    /// An axis on which all of `values` have a place, with at most `ticksMax` marks. `fromZero`: it begins there, and so
    /// bars are as long as their amounts.
    init(_ values: [Double], scale: AxisScale = .linear, fromZero: Bool = false, ticksMax: Int) {
        let placed = values.filter { Self.isShown($0, scale) }.map { Self.transformed($0, scale) }
        var low = placed.min() ?? 0
        var high = placed.max() ?? 1
        if fromZero { low = min(0, low) }
        if low == high {
            let margin = scale == .linear ? max(abs(low) * 0.1, low == 0 ? 1 : 0) : 0.5
            low = fromZero ? low : low - margin
            high += margin
        } else {
            let margin = (high - low) * 0.04
            low = fromZero || scale == .tail ? low : low - margin
            high += margin
        }
        self.scale = scale
        start = low
        end = high
        ticks = Self.ticks(scale, low, high, ticksMax: max(2, ticksMax))
    }

    /// A linear axis from one number to another, both at its very ends.
    init(between low: Double, and high: Double, ticksMax: Int = 6) {
        scale = .linear
        start = low
        end = high > low ? high : low + 1
        ticks = Self.ticks(.linear, start, end, ticksMax: ticksMax)
    }

    /// Where a number lies between the two ends, 0…1; nil for one that has no place here.
    func share(of value: Double) -> Double? {
        guard Self.isShown(value, scale) else { return nil }
        return min(max((Self.transformed(value, scale) - start) / (end - start), 0), 1)
    }

    private static func isShown(_ value: Double, _ scale: AxisScale) -> Bool {
        switch scale {
        case .linear: abs(value) <= magnitudeMax
        case .logarithmic: value > 0 && value <= magnitudeMax
        case .tail: value >= 0 && value < 1
        }
    }

    private static func transformed(_ value: Double, _ scale: AxisScale) -> Double {
        switch scale {
        case .linear: abs(value) < magnitudeMin ? 0 : value
        case .logarithmic: log10(value)
        case .tail: -log10(1 - value)
        }
    }

    private static func ticks(_ scale: AxisScale, _ low: Double, _ high: Double, ticksMax: Int) -> [Tick] {
        switch scale {
        case .linear: linearTicks(low, high, ticksMax: ticksMax)
        case .logarithmic: logarithmicTicks(low, high, ticksMax: ticksMax)
        case .tail: tailTicks(high, ticksMax: ticksMax)
        }
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    private static func linearTicks(_ low: Double, _ high: Double, ticksMax: Int) -> [Tick] {
        let raw = (high - low) / Double(ticksMax)
        guard raw > 0 else { return [] }
        let exponent = floor(log10(raw))
        let power = pow(10, exponent)
        let factor = [1.0, 2, 5].first { $0 * power >= raw * (1 - 1e-9) } ?? 10
        let step = factor * power
        let decimals = max(0, Int(-exponent) - (factor == 10 ? 1 : 0))
        // Far from zero with a tiny range, multiples of the step are no longer told apart.
        guard let first = Int(exactly: (low / step).rounded(.up)), abs(first) < 1 << 50 else { return [] }
        return (0...ticksMax).compactMap { index in
            let multiple = Double(first + index)
            let value = factor * multiple * power
            guard value <= high + step * 1e-9 else { return nil }
            return Tick(value: value, label: label(value, decimals: decimals))
        }
    }

    /// 1, 2 and 5 times powers of ten while they are few, else powers of ten alone.
    private static func logarithmicTicks(_ low: Double, _ high: Double, ticksMax: Int) -> [Tick] {
        let first = Int(floor(low))
        let last = Int(ceil(high))
        for (factors, every) in [([1.0, 2, 5], 1), ([1.0, 3], 1)] + (1...700).map({ ([1.0], $0) }) {
            let ticks = stride(from: first, through: last, by: every).flatMap { exponent in
                factors.compactMap { factor -> Tick? in
                    let place = Double(exponent) + log10(factor)
                    guard place >= low - 1e-9, place <= high + 1e-9 else { return nil }
                    let value = factor * pow(10, Double(exponent))
                    return Tick(value: value, label: label(value, decimals: max(0, -exponent)))
                }
            }
            if ticks.count <= ticksMax { return ticks }
        }
        return []
    }

    /// 0, 50 %, 90 %, 99 % … up to sixteen nines, where `Double` ends.
    private static func tailTicks(_ high: Double, ticksMax: Int) -> [Tick] {
        let nines = (1...15).map { (1 - pow(10, -Double($0)), $0) }
        let all =
            [(0.0, 0), (0.5, 1)].map { Tick(value: $0.0, label: $0.0 == 0 ? "0 %" : "50 %") }
            + nines.map { Tick(value: $0.0, label: Wording.fixed($0.0 * 100, max(0, $0.1 - 2)) + " %") }
        let shown = all.filter { transformed($0.value, .tail) <= high + 1e-9 }
        guard shown.count > ticksMax else { return shown }
        let every = (shown.count + ticksMax - 1) / ticksMax
        return shown.enumerated().filter { (shown.count - 1 - $0.offset).isMultiple(of: every) }.map(\.element)
    }

    private static func label(_ value: Double, decimals: Int) -> String {
        let magnitude = abs(value)
        if magnitude >= 1e6 || (magnitude > 0 && magnitude < 1e-4) { return Wording.scientific(value, 3) }
        if decimals == 0, let whole = Int(exactly: value.rounded()) { return Wording.grouped(whole) }
        return Wording.fixed(value, decimals)
    }
}

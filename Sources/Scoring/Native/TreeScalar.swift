import Glibc

/// The number type a library scores in: XGBoost compares and adds up `Float`, LightGBM `Double`.
package protocol TreeScalar: BinaryFloatingPoint, Sendable {
    /// Cells up to this far from zero are zero to the library.
    static var zeroReach: Self { get }
    static func exponential(_ value: Self) -> Self
    static func logarithmOfOnePlus(_ value: Self) -> Self
    /// An index carried in the place of a number, and read back by `index`.
    init(carrying index: UInt32)
    var carriedIndex: UInt32 { get }
}

extension Float: TreeScalar {
    package static var zeroReach: Float { 0 }
    package static func exponential(_ value: Float) -> Float { expf(value) }
    package static func logarithmOfOnePlus(_ value: Float) -> Float { log1pf(value) }
    package init(carrying index: UInt32) { self.init(bitPattern: index) }
    package var carriedIndex: UInt32 { bitPattern }
}

extension Double: TreeScalar {
    /// LightGBM's `kZeroThreshold`, which it writes as a float.
    package static let zeroReach = Double(Float(1e-35))
    package static func exponential(_ value: Double) -> Double { exp(value) }
    package static func logarithmOfOnePlus(_ value: Double) -> Double { log1p(value) }
    package init(carrying index: UInt32) { self.init(bitPattern: UInt64(index)) }
    package var carriedIndex: UInt32 { UInt32(truncatingIfNeeded: bitPattern) }
}

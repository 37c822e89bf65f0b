/// Doubles as integers that sort the same way, so that they can be sorted and selected digit by digit.
enum OrderedKey {
    /// Above the key of every number, infinity included.
    static let notANumber = UInt64.max

    @inline(__always)
    static func key(_ value: Double) -> UInt64 { value != value ? notANumber : ofNumber(value) }

    /// The key of anything but NaN; −0 and +0 have the same.
    @inline(__always)
    static func ofNumber(_ value: Double) -> UInt64 {
        let bits = (value + 0.0).bitPattern  // adding zero turns −0 into +0
        let isNegative = UInt64(bitPattern: Int64(bitPattern: bits) &>> 63)
        return bits ^ (isNegative | (1 << 63))
    }

    @inline(__always)
    static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }
}

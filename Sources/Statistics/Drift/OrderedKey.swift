/// Doubles as integers that sort the same way, so that they can be sorted and selected digit by digit.
enum OrderedKey {
    /// Above the key of every number, infinity included.
    static let notANumber = UInt64.max

    @inline(__always)
    static func key(_ value: Double) -> UInt64 {
        let bits = (value + 0.0).bitPattern  // adding zero turns −0 into +0
        let key = bits >> 63 == 1 ? ~bits : bits | (1 << 63)
        return value != value ? notANumber : key
    }

    @inline(__always)
    static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }
}

/// CSV being written. Only words without commas, quotes and line breaks come here, so nothing is quoted.
struct CSVText {
    private(set) var bytes: [UInt8] = []
    private var isRowStart = true

    init(bytesExpected: Int) { bytes.reserveCapacity(bytesExpected) }

    mutating func missing() {
        if !isRowStart { bytes.append(UInt8(ascii: ",")) }
        isRowStart = false
    }

    mutating func cell(_ word: String) {
        missing()
        bytes.append(contentsOf: word.utf8)
    }

    mutating func cell(_ number: Int) {
        missing()
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(number.magnitude, atLeast: 1)
    }

    /// `number` rounded to 1 to 6 decimals; its magnitude is below a million million.
    mutating func cell(_ number: Double, decimals: Int) {
        missing()
        let scale = Self.powersOfTen[decimals]
        let units = UInt((number.magnitude * Double(scale)).rounded())
        if number < 0 && units > 0 { bytes.append(UInt8(ascii: "-")) }
        digits(units / scale, atLeast: 1)
        bytes.append(UInt8(ascii: "."))
        digits(units % scale, atLeast: decimals)
    }

    mutating func endRow() {
        bytes.append(UInt8(ascii: "\n"))
        isRowStart = true
    }

    private static let powersOfTen: [UInt] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]

    private mutating func digits(_ number: UInt, atLeast width: Int) {
        let start = bytes.count
        var rest = number
        while rest > 0 || bytes.count - start < width {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }
}

import NIOCore

extension ByteBuffer {
    /// Without a string on the way.
    mutating func writeDecimal(_ number: Int) {
        if number >= 10 { writeDecimal(number / 10) }
        writeInteger(UInt8(0x30 + number % 10))
    }

    mutating func writeHexadecimal(_ number: Int) {
        if number >= 16 { writeHexadecimal(number >> 4) }
        let digit = UInt8(number & 15)
        writeInteger(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
}

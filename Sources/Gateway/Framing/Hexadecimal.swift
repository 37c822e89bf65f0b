/// Hexadecimal digits, eight at a time.
enum Hexadecimal {
    /// The eight digits of a word, the first one in the lowest byte. Each nibble goes to a byte of its own; six more make a
    /// byte of ten or above reach the bit that tells letters from digits.
    static func digits(_ word: UInt32) -> UInt64 {
        var spread = UInt64(word.byteSwapped)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread & 0x000F_000F_000F_000F) << 8 | (spread >> 4) & 0x000F_000F_000F_000F
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }
}

import Testing

@testable import Gateway

/// What is done eight bytes at a time finds the same as byte by byte, wherever the byte stands.
@Suite struct ByteTests {
    /// Every byte at every place of two words, among letters that stop nothing.
    private func everywhere(_ each: ([UInt8], Int) -> Void) {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<19 {
                var bytes = Array("abcdefgh-ZYXWVUTsr-".utf8)
                bytes[place] = byte
                each(bytes, place)
            }
        }
    }

    @Test("a name ends at the first byte that is none of its characters")
    func tokenEnd() {
        everywhere { bytes, _ in
            for start in [0, 1, 9] {
                let expected = bytes[start...].firstIndex { Byte.isToken($0) == false } ?? bytes.count
                #expect(Byte.tokenEnd(bytes.span, from: start) == expected, "\(bytes)")
            }
        }
    }

    @Test("a value ends at the first control character but the tab")
    func fieldTextEnd() {
        everywhere { bytes, place in
            var bytes = bytes
            // A second one behind the first must not hide it.
            bytes[min(place + 1, 18)] = place % 2 == 0 ? 0x0D : 0x7F
            for start in [0, 2, 8] {
                let expected = bytes[start...].firstIndex { Byte.isFieldText($0) == false } ?? bytes.count
                #expect(Byte.fieldTextEnd(bytes.span, from: start) == expected, "\(bytes)")
            }
        }
    }

    @Test("texts are the same in any case, and only then")
    func matches() {
        everywhere { bytes, _ in
            let lower = bytes.map(Byte.lower)
            #expect(Byte.matches(bytes.span, 0..<19, "abcdefgh-zyxwvutsr-") == (lower == Array("abcdefgh-zyxwvutsr-".utf8)))
            #expect(Byte.matches(bytes.span, 3..<8, "defgh") == (Array(lower[3..<8]) == Array("defgh".utf8)))
            #expect(Byte.matches(bytes.span, 8..<17, "-zyxwvuts") == (Array(lower[8..<17]) == Array("-zyxwvuts".utf8)))
        }
        #expect(Byte.matches([UInt8](repeating: 0x61, count: 8).span, 0..<9, "aaaaaaaaa") == false)
    }
}

import Foundation

/// Base64 as RFC 4648 has it.
enum Base64 {
    /// The standard alphabet, padded.
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The standard (§4) or the URL-safe (§5) alphabet, not a mixture, with or without padding. Nil for anything else.
    static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        while digits.last == UInt8(ascii: "="), text.utf8.count - digits.count < 2 { digits.removeLast() }
        if text.utf8.count != digits.count, !text.utf8.count.isMultiple(of: 4) { return nil }
        let isURLSafe = digits.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        for index in digits.indices {
            switch digits[index] {
            case UInt8(ascii: "-"): digits[index] = UInt8(ascii: "+")
            case UInt8(ascii: "_"): digits[index] = UInt8(ascii: "/")
            case UInt8(ascii: "+"), UInt8(ascii: "/"): if isURLSafe { return nil }
            case _: break
            }
        }
        guard digits.count % 4 != 1 else { return nil }
        digits += [UInt8](repeating: UInt8(ascii: "="), count: (4 - digits.count % 4) % 4)
        guard let data = Data(base64Encoded: Data(digits)), encode([UInt8](data)).utf8.elementsEqual(digits) else { return nil }
        return [UInt8](data)
    }
}

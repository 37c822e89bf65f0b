import Crypto
import Foundation

/// Names the features of a request without telling them: HMAC-SHA256, under the registry's key, of one canonical form that does
/// not depend on the order of columns, on how numbers were written, or on how letters were composed.
///
/// The form is `gatehouse-features-1`, a zero byte, then every cell in the order of rows and, within a row, of the bytes of the
/// names: row (4 bytes), length of the name (4 bytes), name, type (1 byte), value. Integers are big endian; names and texts are
/// UTF-8 in normal form C. Types: 0 nothing; 1 a number, as the 8 bytes of its IEEE 754 form, with one zero and one NaN; 2 a flag,
/// 1 byte; 3 a text, its length (4 bytes) and bytes; 4 a list or object, its length and bytes as they came.
enum FeaturesHash {
    static let label = "gatehouse-features-1"

    /// 64 hexadecimal digits.
    static func hash(_ cells: FeatureCells, body: [UInt8], key: SymmetricKey) -> String {
        HMAC<SHA256>.authenticationCode(for: canonical(cells, body: body), using: key).hexadecimal
    }

    static func canonical(_ cells: FeatureCells, body: [UInt8]) -> [UInt8] {
        let names = cells.names.map { Array(composed($0).utf8) }
        let ordered = cells.cells.sorted { left, right in
            if left.row != right.row { return left.row < right.row }
            return names[left.name].lexicographicallyPrecedes(names[right.name])
        }
        var bytes = Array(label.utf8) + [0]
        for cell in ordered {
            append(UInt32(truncatingIfNeeded: cell.row), to: &bytes)
            append(names[cell.name], to: &bytes)
            switch cell.value {
            case .null: bytes.append(0)
            case .number(let number, _):
                bytes.append(1)
                append(bits(of: number), to: &bytes)
            case .boolean(let flag): bytes += [2, flag ? 1 : 0]
            case .text(let text):
                bytes.append(3)
                append(Array(composed(text).utf8), to: &bytes)
            case .nested(let range):
                bytes.append(4)
                append(Array(body[range]), to: &bytes)
            }
        }
        return bytes
    }

    /// Minus zero is zero, and there is one NaN.
    static func bits(of number: Double) -> UInt64 {
        if number.isNaN { return 0x7FF8_0000_0000_0000 }
        return number == 0 ? 0 : number.bitPattern
    }

    private static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    private static func append(_ text: [UInt8], to bytes: inout [UInt8]) {
        append(UInt32(truncatingIfNeeded: text.count), to: &bytes)
        bytes += text
    }

    private static func append(_ integer: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: integer.bigEndian) { bytes += $0 }
    }
}

extension HashedAuthenticationCode {
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

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

    /// Names in the order of their bytes. Kept from one request to the next: most have the same ones.
    struct NameOrder {
        private var names: [String] = []
        /// Each name as it stands in the form, its length before it.
        private(set) var bytes: [[UInt8]] = []
        /// Where each name comes.
        private(set) var ranks: [Int] = []

        mutating func sort(_ names: [String]) {
            if names == self.names { return }
            self.names = names
            let bytes = names.map { Array(composed($0).utf8) }
            self.bytes = bytes.map { name in
                var form: [UInt8] = []
                append(name, to: &form)
                return form
            }
            ranks = Array(repeating: 0, count: names.count)
            let order = names.indices.sorted { bytes[$0].lexicographicallyPrecedes(bytes[$1]) }
            // Names that are composed alike share a rank, and so keep the order in which they came.
            for (rank, index) in order.enumerated() {
                ranks[index] = rank > 0 && bytes[order[rank - 1]] == bytes[index] ? ranks[order[rank - 1]] : rank
            }
        }
    }

    static func code(
        of cells: FeatureCells, body: [UInt8], key: KeyedHash, order: inout NameOrder
    ) -> SHA256Digest {
        key.code(of: canonical(cells, body: body, order: &order)[...])
    }

    static func canonical(_ cells: FeatureCells, body: [UInt8], order: inout NameOrder) -> [UInt8] {
        order.sort(cells.names)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(label.utf8.count + 1 + 48 * cells.cells.count)
        bytes += label.utf8
        bytes.append(0)
        for index in inOrder(cells, order.ranks) { append(cells.cells[index], body, order, to: &bytes) }
        return bytes
    }

    /// The cells by row and, within a row, by name. One row with each name once, as most requests are, needs no comparison.
    private static func inOrder(_ cells: FeatureCells, _ ranks: [Int]) -> [Int] {
        let all = cells.cells
        if all.count == ranks.count, all.first?.row == all.last?.row {
            var places = [Int](repeating: -1, count: ranks.count)
            for (index, cell) in all.enumerated() where cell.row == all[0].row { places[ranks[cell.name]] = index }
            if places.contains(-1) == false { return places }
        }
        return all.indices.sorted { left, right in
            let (left, right) = (all[left], all[right])
            return left.row != right.row ? left.row < right.row : ranks[left.name] < ranks[right.name]
        }
    }

    private static func append(_ cell: FeatureCells.Cell, _ body: [UInt8], _ order: NameOrder, to bytes: inout [UInt8]) {
        let name = order.bytes[cell.name]
        bytes.write(room: name.count + 16) { form in
            form.append(bigEndian: UInt32(truncatingIfNeeded: cell.row))
            form.append(name)
            switch cell.value {
            case .null: form.append(0)
            case .number(let number, _):
                form.append(1)
                form.append(bigEndian: bits(of: number))
            case .boolean(let flag):
                form.append(2)
                form.append(flag ? 1 : 0)
            case .text: form.append(3)
            case .nested: form.append(4)
            }
        }
        switch cell.value {
        case .text(let text): append(Array(composed(text).utf8), to: &bytes)
        case .nested(let range): append(Array(body[range]), to: &bytes)
        case .null, .number, .boolean: return
        }
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
        bytes.write(room: text.count + 4) { form in
            form.append(bigEndian: UInt32(truncatingIfNeeded: text.count))
            form.append(text)
        }
    }
}

extension MessageWriter {
    @inline(__always)
    fileprivate mutating func append(bigEndian integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { append($0) }
    }
}

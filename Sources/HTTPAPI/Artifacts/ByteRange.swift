/// Which bytes a request asks for (RFC 9110, section 14). What is malformed, and several ranges at once, count as no range.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int64>)
    case unsatisfiable

    init(header: String?, of bytes: Int64) {
        self = header.flatMap { Self.parse($0, of: bytes) } ?? .whole
    }

    private static func parse(_ header: String, of bytes: Int64) -> ByteRange? {
        let halves = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].lowercased() == "bytes" else { return nil }
        let ends = halves[1].split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        guard !ends[0].isEmpty else {
            guard !ends[1].isEmpty else { return nil }
            let count = number(ends[1])
            return count == 0 || bytes == 0 ? .unsatisfiable : .part(max(0, bytes - count)..<bytes)
        }
        let (first, last) = (number(ends[0]), ends[1].isEmpty ? Int64.max : number(ends[1]))
        guard first <= last else { return nil }
        guard first < bytes else { return .unsatisfiable }
        return .part(first..<min(last, bytes - 1) + 1)
    }

    /// Digits only; what is too large for a number is larger than any file.
    private static func number(_ digits: Substring) -> Int64 { Int64(digits) ?? .max }
}

import Demo
import Testing

/// A generated sample, read back by splitting at commas and line breaks: the generator never quotes.
struct Sample {
    let columnNames: [String]
    let rows: [[Substring]]

    init(_ kind: ApplicantKind, rows count: Int, seed: UInt64 = ApplicantKind.storySeed) throws {
        let text = String(decoding: try Applicants.csv(kind: kind, rows: count, seed: seed), as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let header = lines.removeFirst()
        #expect(lines.removeLast().isEmpty, "the last row ends with a line break")
        columnNames = header.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        rows = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    /// The text cells of a column.
    func words(_ column: String) throws -> [String] {
        let index = try #require(columnNames.firstIndex(of: column), "there is no column '\(column)'")
        return rows.map { String($0[index]) }
    }

    /// The numbers of a column, nil where the cell is empty. Fails at a cell that is no number.
    func numbers(_ column: String) throws -> [Double?] {
        try words(column).map { word -> Double? in
            if word.isEmpty { return nil }
            let number: Double = try #require(Double(word), "'\(word)' in '\(column)' is no number")
            return number
        }
    }

    /// The share of the rows with `word` in `column`.
    func share(_ word: String, in column: String) throws -> Double {
        Double(try words(column).count { $0 == word }) / Double(rows.count)
    }

    /// The mean of `column` over the rows with a number, by the value of `group`.
    func means(_ column: String, by group: String) throws -> [String: Double] {
        Dictionary(grouping: zip(try words(group), try numbers(column)), by: \.0).mapValues { pairs in
            let known = pairs.compactMap(\.1)
            return known.reduce(0, +) / Double(known.count)
        }
    }
}

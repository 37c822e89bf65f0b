import GatehouseCore
import Statistics

/// MLflow's scoring protocol: `{"dataframe_split": {"columns": […], "data": [[…], …]}}` to `/invocations`, answered with
/// `{"predictions": […]}` of numbers, of lists with one number per output, or of objects.
struct InvocationsCodec {
    static func body(_ cells: JSONCells, rows: Range<Int>) throws(GatehouseError) -> [UInt8] {
        var out = Array(#"{"dataframe_split":{"columns":["#.utf8)
        for (index, name) in cells.nameLiterals.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += name
        }
        out += #"],"data":["#.utf8
        for row in rows {
            out += (row == rows.lowerBound ? "[" : ",[").utf8
            for column in 0..<cells.columnCount {
                if column > 0 { out.append(UInt8(ascii: ",")) }
                try cells.write(row: row, column: column, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        }
        out += "]}}".utf8
        return out
    }

    /// Fails with `unavailable` naming the row: a wrong number of predictions or outputs, not a finite number.
    static func scores(_ answer: JSONValue, rows: Range<Int>) throws(GatehouseError) -> ScoreMatrix {
        guard let predictions = answer["predictions"]?.arrayValue else {
            throw GatehouseError(.unavailable, "its answer has no list of 'predictions'")
        }
        guard predictions.count == rows.count else {
            throw GatehouseError(
                .unavailable, "it answered \(predictions.count) predictions for \(rows.count) rows")
        }
        var collector = ScoreCollector(firstRow: rows.lowerBound)
        let keys = predictions.first?.objectValue.map { outputOrder($0.keys) }
        for prediction in predictions { try collector.append(elements(of: prediction, keys: keys)) }
        return collector.matrix
    }

    private static func elements(of prediction: JSONValue, keys: [String]?) -> [JSONValue] {
        switch prediction {
        case .array(let elements): elements
        case .object(let members): members.count == keys?.count ? (keys ?? []).map { members[$0] ?? .null } : []
        case .null, .bool, .number, .integer, .string: [prediction]
        }
    }

    /// Columns of an answer have names but no order: by number where all names are numbers (`0`, `1`, … `10`), else by text.
    private static func outputOrder(_ names: some Collection<String>) -> [String] {
        let numbered = names.compactMap { name in Int(name).map { (number: $0, name: name) } }
        guard numbered.count == names.count else { return names.sorted() }
        return numbered.sorted { $0.number < $1.number }.map(\.name)
    }
}

/// Rows of outputs, checked as they come.
struct ScoreCollector {
    static let outputsMax = 10_000
    private let firstRow: Int
    private var rows = 0
    private var outputs: Int?
    private var values: [Double] = []

    init(firstRow: Int) { self.firstRow = firstRow }

    var matrix: ScoreMatrix { ScoreMatrix(outputs: outputs ?? 1, values: values) }

    mutating func append(_ elements: [JSONValue]) throws(GatehouseError) {
        let row = firstRow + rows + 1
        let expected = outputs ?? elements.count
        guard (1...Self.outputsMax).contains(elements.count), elements.count == expected else {
            throw GatehouseError(
                .unavailable, "its prediction for row \(row) has \(elements.count) outputs instead of \(max(1, expected))")
        }
        outputs = expected
        rows += 1
        for element in elements {
            guard let value = element.doubleValue, value.isFinite else {
                throw GatehouseError(
                    .unavailable, "its prediction for row \(row) is \(Self.shown(element)), not a finite number",
                    hint: "Gatehouse compares scores: serve probabilities or values, not class names.")
            }
            values.append(value)
        }
    }

    private static func shown(_ element: JSONValue) -> String {
        if let number = element.doubleValue { return "\(number)" }
        return String(element.canonicalText.prefix(40))
    }
}

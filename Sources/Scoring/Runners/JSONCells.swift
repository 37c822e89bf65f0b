import GatehouseCore

/// The cells of some columns as JSON text, so that a batch of rows becomes a request without a tree of values in between.
///
/// Numbers are written as short as they read back equal, whole ones without a fraction; a missing value is `null`.
struct JSONCells: Sendable {
    private enum Column: Sendable {
        case numbers(name: String, [Double])
        case texts(codes: [Int32], literals: [[UInt8]])
    }

    private static let null = Array("null".utf8)

    /// The columns' names as JSON strings.
    let nameLiterals: [[UInt8]]
    private let columns: [Column]

    init(_ columns: [TableColumn]) {
        nameLiterals = columns.map { JSONValue.string($0.name).canonicalBytes }
        self.columns = columns.map { column in
            switch column.values {
            case .numeric(let numbers): .numbers(name: column.name, numbers)
            case .categorical(let codes, let categories):
                .texts(codes: codes, literals: categories.map { JSONValue.string($0).canonicalBytes })
            }
        }
    }

    var columnCount: Int { columns.count }

    func isText(column: Int) -> Bool {
        switch columns[column] {
        case .numbers: false
        case .texts: true
        }
    }

    /// Fails with `invalidArgument` naming the cell when it is infinite: JSON cannot carry that.
    func write(row: Int, column: Int, to out: inout [UInt8]) throws(GatehouseError) {
        switch columns[column] {
        case .numbers(let name, let numbers):
            let value = numbers[row]
            if value == value.rounded(), abs(value) < 9_007_199_254_740_992 {
                out += String(Int64(value)).utf8
            } else if value.isFinite {
                out += "\(value)".utf8
            } else if value.isNaN {
                out += Self.null
            } else {
                throw GatehouseError(
                    .invalidArgument, "Row \(row + 1) has an infinite value in the column '\(name)'.",
                    hint: "A model server is asked in JSON, which has no infinity: leave the value empty or clip it.")
            }
        case .texts(let codes, let literals):
            let code = Int(codes[row])
            out += literals.indices.contains(code) ? literals[code] : Self.null
        }
    }
}

import GatehouseCore
import Scoring

/// A data file as a tool reads it: the columns it asks for, by name.
struct ToolData {
    let file: String
    let table: Table

    /// Reads CSV or JSON Lines. A column in `text` holds text even where its cells look like numbers. Fails as
    /// `DatasetReader` does; a column that the file lacks is named with the nearest one there is.
    static func read(_ file: String, columns: [String]? = nil, text: [String] = []) async throws -> ToolData {
        let options = DatasetOptions(columns: columns.map { Set($0) }, textColumns: Set(text))
        return ToolData(file: file, table: try await DatasetReader.read(contentsOf: file, options: options).table)
    }

    /// A column of numbers without gaps. Fails with `invalidArgument` on text and on a missing value, naming its row.
    func numbers(_ name: String) throws(GatehouseError) -> [Double] {
        let numbers = try numbersOrMissing(name)
        if let row = numbers.firstIndex(where: \.isNaN) {
            throw GatehouseError(
                .invalidArgument, "\(file): '\(name)' has no value in row \(row + 1).",
                hint: "Remove such rows, or fill in the value.")
        }
        return numbers
    }

    /// A column of numbers; NaN where there is no value. Fails with `invalidArgument` when the column holds text.
    func numbersOrMissing(_ name: String) throws(GatehouseError) -> [Double] {
        switch try column(name).values {
        case .numeric(let numbers): return numbers
        case .categorical:
            throw GatehouseError(
                .invalidArgument, "\(file): '\(name)' holds text where numbers are needed.",
                hint: "Name a column of numbers, or write one number per row into this one.")
        }
    }

    /// A column of text as codes; -1 where there is no value. Name it in `text` when reading, or numbers stay numbers.
    func categories(_ name: String) throws(GatehouseError) -> (codes: [Int32], names: [String]) {
        switch try column(name).values {
        case .categorical(let codes, let categories): return (codes, categories)
        case .numeric(let numbers):
            // Only a column without any value stays numeric once it was declared text.
            guard numbers.allSatisfy(\.isNaN) else {
                throw GatehouseError(.invalidArgument, "\(file): '\(name)' holds numbers where text is needed.")
            }
            return ([Int32](repeating: -1, count: numbers.count), [])
        }
    }

    private func column(_ name: String) throws(GatehouseError) -> TableColumn {
        guard let column = table[name] else {
            throw GatehouseError(
                .invalidArgument, "\(file) has no column '\(name)'.",
                hint: Suggestion.nearest(to: name, in: table.columns.map(\.name)).map { "Did you mean '\($0)'?" })
        }
        return column
    }
}

import GatehouseCore
import Scoring
import Testing

func csv(_ text: String, _ options: DatasetOptions = DatasetOptions()) throws(GatehouseError) -> Table {
    try DatasetReader.read(bytes: Array(text.utf8), format: .csv, options: options, name: "data.csv").table
}

func jsonLines(_ text: String, _ options: DatasetOptions = DatasetOptions()) throws(GatehouseError) -> Table {
    try DatasetReader.read(bytes: Array(text.utf8), format: .jsonLines, options: options, name: "data.jsonl").table
}

/// The error that reading CSV must end with.
func csvError(_ text: String, _ options: DatasetOptions = DatasetOptions()) -> GatehouseError? {
    do {
        let table = try csv(text, options)
        Issue.record("read \(table.rowCount) rows instead of failing")
        return nil
    } catch {
        return error
    }
}

func jsonLinesError(_ text: String, _ options: DatasetOptions = DatasetOptions()) -> GatehouseError? {
    do {
        let table = try jsonLines(text, options)
        Issue.record("read \(table.rowCount) rows instead of failing")
        return nil
    } catch {
        return error
    }
}

extension DatasetOptions {
    /// Tiny blocks, so that every row boundary is met in every position.
    static func blocks(ofBytes bytes: Int, parallel: Int = 2) -> DatasetOptions {
        var options = DatasetOptions()
        options.blockBytes = bytes
        options.parallelBlocks = parallel
        return options
    }
}

extension Table {
    func numbers(_ name: String) throws -> [Double] {
        guard case .numeric(let numbers) = try #require(self[name]).values else {
            Issue.record("the column '\(name)' is not numeric")
            return []
        }
        return numbers
    }

    /// Texts, nil where missing.
    func texts(_ name: String) throws -> [String?] {
        guard case .categorical(let codes, let categories) = try #require(self[name]).values else {
            Issue.record("the column '\(name)' is not text")
            return []
        }
        return codes.map { $0 < 0 ? nil : categories[Int($0)] }
    }

    /// Everything a table says, so that two can be compared to the last bit, codes included.
    var snapshot: [String] {
        columns.map { column in
            switch column.values {
            case .numeric(let numbers): "\(column.name): \(numbers.map { $0.isNaN ? "nan" : String($0.bitPattern, radix: 16) })"
            case .categorical(let codes, let categories): "\(column.name): \(codes) \(categories)"
            }
        }
    }
}

import GatehouseCore
import Scoring

/// Reads a table twice, in one block and in small ones: the result may not depend on where blocks end.
enum TableReading {
    private enum Result: Equatable {
        case table(UInt64)
        case refused(ErrorCode, String)
    }

    private static let blockBytes = [1, 7, 64, 512]

    static func read(_ input: [UInt8], _ format: DatasetFormat, choice: UInt64) throws {
        var options = DatasetOptions(textColumns: choice.isMultiple(of: 4) ? ["age_band", "id", "a"] : [])
        let whole = try result(input, format, options)
        options.blockBytes = blockBytes[Int(choice % 4)]
        options.parallelBlocks = 2
        let inBlocks = try result(input, format, options)
        guard whole == inBlocks else {
            throw BrokenRule("in blocks of \(options.blockBytes) bytes \(inBlocks), else \(whole)")
        }
        if case .refused(let code, let message) = whole { throw GatehouseError(code, message) }
    }

    private static func result(_ input: [UInt8], _ format: DatasetFormat, _ options: DatasetOptions) throws -> Result {
        do {
            let table = try DatasetReader.read(bytes: input, format: format, options: options, name: "input").table
            // What is profiled is written to a file and read again.
            _ = try FeatureStatistics(json: FeatureStatistics(profiling: table).json)
            return .table(fingerprint(table))
        } catch {
            try BrokenRule.check(refusal: error)
            return .refused(error.code, error.message)
        }
    }

    private static func fingerprint(_ table: Table) -> UInt64 {
        // FNV-1a (Fowler, Noll and Vo) over names, kinds and bits.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ word: UInt64) {
            hash = (hash ^ word) &* 0x0000_0100_0000_01B3
        }
        func add(_ text: String) {
            for byte in text.utf8 { add(UInt64(byte)) }
            add(UInt64.max)
        }
        add(UInt64(table.rowCount))
        for column in table.columns {
            add(column.name)
            switch column.values {
            case .numeric(let numbers): for number in numbers { add(number.isNaN ? 1 : number.bitPattern) }
            case .categorical(let codes, let categories):
                for code in codes { add(UInt64(bitPattern: Int64(code))) }
                for category in categories { add(category) }
            }
        }
        return hash
    }
}

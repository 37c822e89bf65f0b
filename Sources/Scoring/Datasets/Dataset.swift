package import GatehouseCore

/// A data file that was read: its table, and the digest of exactly the bytes the table was parsed from, if it was asked
/// for.
package struct Dataset: Sendable {
    package let table: Table
    package let digest: Digest?
    package let byteCount: Int64
}

package enum DatasetFormat: String, Sendable, CaseIterable {
    case csv
    case jsonLines = "jsonl"

    /// From a file name's ending: `.csv`, `.jsonl` or `.ndjson`. Fails with `invalidArgument` for any other.
    package init(ofFileNamed name: String) throws(GatehouseError) {
        let ending = name.lowercased().split(separator: ".").last.map(String.init) ?? ""
        switch ending {
        case "csv": self = .csv
        case "jsonl", "ndjson": self = .jsonLines
        case "parquet":
            throw GatehouseError(
                .notImplemented, "'\(name)' is Parquet, which Gatehouse does not read.",
                hint: "Convert it: duckdb -c \"COPY '\(name)' TO 'data.csv'\"")
        default:
            throw GatehouseError(
                .invalidArgument, "The format of '\(name)' is unknown.",
                hint: "Name the file .csv or .jsonl, or say which of the two it is.")
        }
    }
}

/// What to keep of a data file.
package struct DatasetOptions: Sendable {
    /// Columns to keep, nil for all. A name the file lacks is an error; a column left out is not even typed.
    package var columns: Set<String>?
    /// Columns that hold text even where their cells look like numbers or booleans: codes, postcodes, identifiers,
    /// groups. A name the file lacks is no error, so that one list can serve several files.
    package var textColumns: Set<String>
    /// Columns of `columns` that the file lacks are left out instead of being an error.
    package var allowsAbsentColumns = false
    /// Whether to hash the bytes that are read, which takes about a third of the time of reading them.
    package var hashes = false
    /// The file is read and parsed in blocks of about this many bytes; the result does not depend on it.
    package var blockBytes = 2 << 20
    /// Blocks that are parsed at the same time; nil for one per processor.
    package var parallelBlocks: Int?

    package init(columns: Set<String>? = nil, textColumns: Set<String> = []) {
        self.columns = columns
        self.textColumns = textColumns
    }
}

/// The largest data Gatehouse reads. Beyond them lies a mistake or an attack rather than a bigger model.
package enum DatasetLimit {
    package static let rowsMax = 100_000_000
    package static let columnsMax = 10_000
    package static let categoriesMax = 1_000_000
    package static let columnNameBytesMax = 1000
    package static let cellBytesMax = 1 << 20
    /// A row that is longer is an error; a quote that never closes makes such a row.
    package static let rowBytesMax = 64 << 20
    /// JSON Lines only, where a key that stands in one row makes a cell in every row: cells of the table per byte of
    /// the file, once there are more than a million cells.
    package static let sparseCellsPerByteMax = 16
}

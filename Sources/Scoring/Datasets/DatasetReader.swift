import Dispatch
package import GatehouseCore
import Glibc
import Synchronization

/// Reads CSV (RFC 4180) and JSON Lines into columns.
///
/// The file is read once, in blocks of whole rows that are hashed as they are read and parsed by all processors.
///
/// - A column's kind is the kind of its first cell with a value: number, boolean (`true`, `false`; stored as 1 and 0)
///   or text. A later cell of another kind is an error that names the row, unless the column was declared text.
/// - Missing is the empty cell, and without quotes `NA`, `N/A`, `NaN`, `nan`, `null`, `NULL` and `None`; in JSON an
///   absent key, `null`, `""` and `NaN`. A column without any value is numeric.
/// - Not numbers, and errors where numbers are expected: infinity; whole numbers beyond ±2⁵³, which a double cannot
///   tell apart; whole numbers with a leading zero, which are codes.
/// - Text keeps its spaces and its categories the order in which they first appear; an empty line between rows is skipped.
package enum DatasetReader {
    /// Reads a file; its format follows from its name if none is given. `name` stands for it in errors, else its own does.
    ///
    /// `progress` is told the bytes read so far and in total (0 when that is unknown). Blocks the calling thread. Fails
    /// with `invalidArgument` naming row, line and column of what is wrong first; with `tooLarge` beyond `DatasetLimit`;
    /// with `notFound`, `forbidden` or `unavailable` when the file cannot be read.
    package static func read(
        contentsOf path: String, format: DatasetFormat? = nil, options: DatasetOptions = DatasetOptions(), name: String? = nil,
        progress: @Sendable (_ bytesRead: Int64, _ bytesTotal: Int64) -> Void = { _, _ in }
    ) throws(GatehouseError) -> Dataset {
        let fileName = path.split(separator: "/").last.map(String.init) ?? path
        let format = if let format { format } else { try DatasetFormat(ofFileNamed: fileName) }
        let (descriptor, bytesTotal) = try ByteSource.open(path)
        defer { close(descriptor) }
        return try read(
            .descriptor(descriptor), bytesTotal, format: format, options: options, name: name ?? fileName, progress: progress)
    }

    /// Reads data that is in memory already; `name` stands for it in errors.
    package static func read(
        bytes: [UInt8], format: DatasetFormat, options: DatasetOptions = DatasetOptions(), name: String = "the data"
    ) throws(GatehouseError) -> Dataset {
        try read(.memory(bytes[...]), Int64(bytes.count), format: format, options: options, name: name) { _, _ in }
    }

    private static func read(
        _ source: ByteSource, _ bytesTotal: Int64, format: DatasetFormat, options: DatasetOptions, name: String,
        progress: @Sendable (Int64, Int64) -> Void
    ) throws(GatehouseError) -> Dataset {
        var reader = BlockReader(source, format: format, blockBytes: options.blockBytes, hashes: options.hashes)
        var first = TextBlock()
        guard try reader.next(&first) else {
            throw GatehouseError(.invalidArgument, "\(name) is empty.", hint: "Was the right file exported?")
        }
        try checkEncoding(&first, name)
        let columns: CSVColumns? =
            switch format {
            case .csv: try CSVColumns(headerOf: &first, options: options, source: name)
            case .jsonLines: nil
            }
        let headerLines = first.room[..<first.start].count { $0 == lineFeed }
        let assembly = Mutex(
            TableAssembly(source: name, options: options, bytesTotal: bytesTotal, linesBefore: headerLines))
        let blocks = Mutex((reader: reader, first: Optional(first)))
        DispatchQueue.concurrentPerform(iterations: parallelism(options, bytesTotal)) { _ in
            var block = TextBlock()
            while assembly.withLock({ $0.failure == nil }) {
                let next = blocks.withLock { state in
                    Result { () throws(GatehouseError) in
                        defer { progress(state.reader.bytesRead, bytesTotal) }
                        if let first = state.first.take() {
                            block = first
                            return true
                        }
                        return try state.reader.next(&block)
                    }
                }
                switch next {
                case .success(false): return
                case .success(true):
                    let segment =
                        if let columns {
                            CSVBlockParser.parse(block, columns, room: assembly.withLock { $0.room() })
                        } else {
                            JSONLinesBlockParser.parse(block, options)
                        }
                    assembly.withLock { $0.add(segment) }
                case .failure(let error): assembly.withLock { $0.fail(error) }
                }
            }
        }
        let table = try assembly.withLock { $0 }.table(isSparse: format == .jsonLines)
        return blocks.withLock { Dataset(table: table, digest: $0.reader.digest, byteCount: $0.reader.bytesRead) }
    }

    private static func parallelism(_ options: DatasetOptions, _ bytesTotal: Int64) -> Int {
        if let fixed = options.parallelBlocks { return fixed }
        guard bytesTotal == 0 || bytesTotal > options.blockBytes else { return 1 }
        return max(1, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// Skips the byte order mark of UTF-8 and recognises what is not text.
    private static func checkEncoding(_ block: inout TextBlock, _ name: String) throws(GatehouseError) {
        let marks: [(mark: [UInt8], what: String, hint: String)] = [
            ([0xFF, 0xFE], "is UTF-16", "Save it as UTF-8."), ([0xFE, 0xFF], "is UTF-16", "Save it as UTF-8."),
            ([0x1F, 0x8B], "is compressed", "Unpack it: gunzip '\(name)'"),
            (Array("PK\u{3}\u{4}".utf8), "is a ZIP archive or a spreadsheet", "Export the sheet as CSV."),
            (Array("PAR1".utf8), "is Parquet", "Convert it: duckdb -c \"COPY '\(name)' TO 'data.csv'\""),
        ]
        for (mark, what, hint) in marks where block.room[..<block.end].starts(with: mark) {
            throw GatehouseError(.invalidArgument, "\(name) \(what), not UTF-8 text.", hint: hint)
        }
        if block.room[..<block.end].starts(with: [0xEF, 0xBB, 0xBF]) { block.start = 3 }
    }
}

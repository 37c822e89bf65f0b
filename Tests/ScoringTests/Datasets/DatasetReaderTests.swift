import GatehouseCore
import Glibc
import Scoring
import Statistics
import Synchronization
import Testing

@Suite("Reading data files")
struct DatasetReaderTests {
    /// Writes a file that is gone after the test.
    private func withFile<Value>(_ name: String, _ text: String, _ body: (String) throws -> Value) throws -> Value {
        var template = Array("/tmp/gatehouse-data-XXXXXX".utf8CString)
        let folder = try String(cString: #require(mkdtemp(&template)))
        let path = "\(folder)/\(name)"
        defer {
            unlink(path)
            rmdir(folder)
        }
        let file = try #require(fopen(path, "w"))
        #expect(fputs(text, file) >= 0)
        #expect(fclose(file) == 0)
        return try body(path)
    }

    @Test("the digest is that of the whole file, and progress ends at its size")
    func digest() throws {
        let text = "a,b\n" + (0..<1000).map { "\($0),x\n" }.joined()
        try withFile("rows.csv", text) { path in
            var options = DatasetOptions(columns: ["a"])
            options.blockBytes = 100
            options.hashes = true
            let steps = Mutex<[Int64]>([])
            let data = try DatasetReader.read(contentsOf: path, options: options) { read, total in
                #expect(total == Int64(text.utf8.count))
                steps.withLock { $0.append(read) }
            }
            // Reference: sha256sum.
            #expect(data.digest?.description == "sha256:d4eeaafe8f37d1756a3c8efc03ce209d8e2b0e396ec2ed202feaaceede04861b")
            #expect(data.byteCount == Int64(text.utf8.count))
            #expect(try data.table.numbers("a") == (0..<1000).map(Double.init))
            let seen = steps.withLock(\.self)
            #expect(seen.last == data.byteCount)
            #expect(seen == seen.sorted())
        }
    }

    @Test("the format follows from the name or is given")
    func format() throws {
        #expect(try withFile("rows.NDJSON", "{\"a\":1}") { try DatasetReader.read(contentsOf: $0) }.table.numbers("a") == [1])
        #expect(try withFile("rows", "a\n1\n") { try DatasetReader.read(contentsOf: $0, format: .csv) }.table.numbers("a") == [1])
        #expect(throws: GatehouseError.self) { try DatasetFormat(ofFileNamed: "rows.txt") }
        do {
            _ = try DatasetFormat(ofFileNamed: "rows.parquet")
            Issue.record("Parquet has a reader")
        } catch {
            #expect(error.code == .notImplemented)
            #expect(error.hint?.contains("duckdb") == true)
        }
    }

    @Test("a pipe, whose size nobody knows, can be read")
    func pipes() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let text = Array("a,b\n1,x\n".utf8)
        #expect(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        let data = try DatasetReader.read(contentsOf: "/dev/fd/\(ends[0])", format: .csv) { _, total in #expect(total == 0) }
        #expect(try data.table.numbers("a") == [1])
        #expect(data.byteCount == Int64(text.count))
    }

    @Test("a file that is not there, or is a folder, says so")
    func unreadable() {
        #expect(code { () throws(GatehouseError) in try DatasetReader.read(contentsOf: "/nonexistent/rows.csv") } == .notFound)
        #expect(
            code { () throws(GatehouseError) in try DatasetReader.read(contentsOf: "/tmp", format: .csv) } == .invalidArgument)
    }

    private func code(_ body: () throws(GatehouseError) -> Dataset) -> ErrorCode? {
        do {
            _ = try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test("random tables written as CSV are read back the same, whatever the quoting and the blocks")
    func roundTrips() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            let table = RandomTable(using: &random)
            let text = table.csv(using: &random)
            let options = DatasetOptions(textColumns: Set(table.texts.indices.map { "text \($0)" }))
            for blockBytes in [1, 2, 3, 7, 64, 1 << 20] {
                var options = options
                options.blockBytes = blockBytes
                options.parallelBlocks = 2
                let read = try csv(text, options)
                try table.expectEqual(read)
            }
        }
    }

    @Test("damaged CSV ends in an error or a table, never in a crash, and the same for any blocks")
    func damage() {
        var random = SeededGenerator(seed: 5)
        var outcomes = (tables: 0, errors: 0)
        for _ in 0..<20_000 {
            var bytes = Array(RandomTable(using: &random).csv(using: &random).utf8)
            for _ in 0...random.below(4) { damage(&bytes, using: &random) }
            let whole = outcome(bytes, .csv, DatasetOptions())
            #expect(outcome(bytes, .csv, .blocks(ofBytes: 1 + random.below(20))) == whole)
            if case .success = whole { outcomes.tables += 1 } else { outcomes.errors += 1 }
        }
        #expect(outcomes.tables > 1000)
        #expect(outcomes.errors > 1000)
    }

    @Test("damaged JSON Lines end in an error or a table, never in a crash, and the same for any blocks")
    func damagedJSON() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<5000 {
            var bytes = Array("{\"a\":1,\"t\":\"x\"}\n{\"a\":2.5e3,\"t\":\"\\u00e9\"}\n{\"t\":null,\"f\":true}\n".utf8)
            for _ in 0...random.below(4) { damage(&bytes, using: &random) }
            let whole = outcome(bytes, .jsonLines, DatasetOptions())
            #expect(outcome(bytes, .jsonLines, .blocks(ofBytes: 1 + random.below(20))) == whole)
        }
    }

    private func outcome(_ bytes: [UInt8], _ format: DatasetFormat, _ options: DatasetOptions) -> Result<[String], Refusal> {
        do {
            return .success(try DatasetReader.read(bytes: bytes, format: format, options: options).table.snapshot)
        } catch {
            return .failure(Refusal(text: error.description))
        }
    }

    private struct Refusal: Error, Equatable { let text: String }

    private func damage(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        let telling = Array("\",\n\r0e.-\0\u{FF}tNi{}[:".utf8)
        let position = random.below(bytes.count + 1)
        switch random.below(4) {
        case 0: bytes.insert(telling[random.below(telling.count)], at: position)
        case 1: if position < bytes.count { bytes[position] = telling[random.below(telling.count)] }
        case 2: if position < bytes.count { bytes.remove(at: position) }
        default: bytes.removeLast(random.below(2) == 0 ? 0 : min(bytes.count, random.below(6)))
        }
        if bytes.isEmpty { bytes = [10] }
    }
}

/// A small table of random numbers and texts, some of them missing.
private struct RandomTable {
    let rowCount: Int
    let numbers: [[Double?]]
    let texts: [[String?]]

    init(using random: inout SeededGenerator) {
        let rows = 1 + random.below(12)
        rowCount = rows
        numbers = (0..<(1 + random.below(3))).map { _ in
            (0..<rows).map { _ in random.below(5) == 0 ? nil : (random.uniform() - 0.5) * [1, 1000, 1e12][random.below(3)] }
        }
        let pieces = ["a", "b", ",", "\"", "\n", "\r\n", " ", "é", "12", "NA", "x"]
        texts = (0..<(1 + random.below(3))).map { _ in
            (0..<rows).map { _ in
                // The letter keeps the text from being blank, which is missing.
                random.below(5) == 0 ? nil : "t" + (0..<random.below(5)).map { _ in pieces[random.below(pieces.count)] }.joined()
            }
        }
    }

    func csv(using random: inout SeededGenerator) -> String {
        let names = numbers.indices.map { "number \($0)" } + texts.indices.map { "text \($0)" }
        let lineEnd = random.below(2) == 0 ? "\n" : "\r\n"
        var lines = [names.joined(separator: ",")]
        for row in 0..<rowCount {
            let cells = numbers.map { $0[row].map { "\($0)" } ?? "" } + texts.map { $0[row] ?? "NA" }
            let isMissing = numbers.map { $0[row] == nil } + texts.map { $0[row] == nil }
            let quoted = zip(cells, isMissing).map { cell, isMissing in
                let mustQuote = cell.utf8.contains { [34, 44, 10, 13].contains($0) }
                guard mustQuote || !isMissing && random.below(3) == 0 else { return cell }
                return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            }
            lines.append(quoted.joined(separator: ","))
        }
        return lines.joined(separator: lineEnd) + (random.below(2) == 0 ? lineEnd : "")
    }

    func expectEqual(_ table: Table) throws {
        #expect(table.rowCount == rowCount)
        for (index, column) in numbers.enumerated() {
            #expect(try table.numbers("number \(index)").map { $0.isNaN ? nil : $0 } == column)
        }
        for (index, column) in texts.enumerated() { #expect(try table.texts("text \(index)") == column) }
    }
}

import GatehouseCore
import Scoring
import Testing

@Suite("CSV")
struct CSVTests {
    @Test("numbers and text become columns in the order of the header")
    func columns() throws {
        let table = try csv("age,region,score\n41,north,0.5\n33,south,-1e-3\n")
        #expect(table.columns.map(\.name) == ["age", "region", "score"])
        #expect(try table.numbers("age") == [41, 33])
        #expect(try table.texts("region") == ["north", "south"])
        #expect(try table.numbers("score") == [0.5, -0.001])
    }

    @Test("quoted cells may hold commas, line breaks and doubled quotes")
    func quoting() throws {
        let table = try csv("name,note\n\"Lovelace, Ada\",\"she said \"\"yes\"\"\"\n\"two\nlines\",\"\"\"\"\n")
        #expect(try table.texts("name") == ["Lovelace, Ada", "two\nlines"])
        #expect(try table.texts("note") == ["she said \"yes\"", "\""])
    }

    @Test("a quoted header may hold commas and line breaks, and lines are counted through it")
    func quotedHeader() throws {
        #expect(try csv("\"a,b\",\"c\nd\"\n1,2\n").columns.map(\.name) == ["a,b", "c\nd"])
        #expect(csvError("\"a\nb\",c\n1\n")?.message.contains("row 1 (line 3)") == true)
    }

    @Test(
        "line ends, a byte order mark and a missing last line end change nothing",
        arguments: [
            "a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y\r\n", "\u{FEFF}a,b\n1,x\n2,y", "a,b\r\n1,x\n2,y\r", "a,b\n\n1,x\n\r\n2,y\n\n\n",
        ])
    func lineEnds(text: String) throws {
        #expect(try csv(text).snapshot == csv("a,b\n1,x\n2,y\n").snapshot)
    }

    @Test("in a file of one column an empty line is a missing value")
    func oneColumn() throws {
        #expect(try csv("a\n1\n\n3\n").numbers("a").map { $0.isNaN ? nil : $0 } == [1, nil, 3])
    }

    @Test(
        "the empty cell and the words for it are missing",
        arguments: ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", " ", "\"\""])
    func missing(cell: String) throws {
        let table = try csv("number,text\n\(cell),\(cell)\n1,x\n\(cell),\(cell)\n")
        #expect(try table.numbers("number").map(\.isNaN) == [true, false, true])
        #expect(try table.texts("text") == [nil, "x", nil])
    }

    @Test("a word for missing is text when it stands in quotes")
    func quotedWords() throws {
        #expect(try csv("country,n\n\"NA\",1\nDE,2\n\"null\",3\n").texts("country") == ["NA", "DE", "null"])
    }

    @Test("a column without any value is numeric, or text where it was declared so")
    func nothing() throws {
        let table = try csv("a,b,c\n1,,\n2,,\n", DatasetOptions(textColumns: ["c"]))
        #expect(try table.numbers("b").allSatisfy(\.isNaN))
        #expect(try table.texts("c") == [nil, nil])
    }

    @Test("booleans are 1 and 0 in any letter case")
    func booleans() throws {
        #expect(try csv("a,b\ntrue,1\nFalse,1\n,1\nTRUE,1\n").numbers("a").map { $0.isNaN ? -1 : $0 } == [1, 0, -1, 1])
    }

    @Test("quoted numbers are numbers, and spaces around a number do not matter")
    func looseNumbers() throws {
        #expect(try csv("a,b\n\"1.5\", 2\n\"-3\",\t4 \n").numbers("a") == [1.5, -3])
        #expect(try csv("a,b\n\"1.5\", 2\n\"-3\",\t4 \n").numbers("b") == [2, 4])
    }

    @Test("text keeps its spaces")
    func spaces() throws {
        #expect(try csv("a,b\n x ,1\nx,2\n").texts("a") == [" x ", "x"])
    }

    @Test("a column declared as text keeps codes, booleans and long identifiers as they are written")
    func declaredText() throws {
        let table = try csv(
            "code,flag,id\n007,true,9007199254740993\n12,no,inf\nA11,,NA\n",
            DatasetOptions(textColumns: ["code", "flag", "id", "other"]))
        #expect(try table.texts("code") == ["007", "12", "A11"])
        #expect(try table.texts("flag") == ["true", "no", nil])
        #expect(try table.texts("id") == ["9007199254740993", "inf", nil])
    }

    @Test("only wanted columns are kept, and the others may hold anything")
    func selection() throws {
        let table = try csv("a,mixed,b\n1,x,3\n2,7,4\n5,\"q\"\"\n,\",6\n", DatasetOptions(columns: ["b", "a"]))
        #expect(table.columns.map(\.name) == ["a", "b"])
        #expect(try table.numbers("b") == [3, 4, 6])
    }

    @Test("categories stand in the order of their first appearance")
    func categories() throws {
        let table = try csv("a,b\nz,1\ny,1\nz,1\nx,1\n", .blocks(ofBytes: 4))
        guard case .categorical(let codes, let categories) = try #require(table["a"]).values else {
            Issue.record("not text")
            return
        }
        #expect(codes == [0, 1, 0, 2])
        #expect(categories == ["z", "y", "x"])
    }
}

@Suite("CSV that is wrong")
struct CSVErrorTests {
    @Test(
        "a cell of another kind is named with its row, line and column, wherever the blocks are cut",
        arguments: [
            (
                "a,b\n1,x\n,x\nabc,x\n",
                "data.csv, row 3 (line 4), column 'a': the column holds numbers, but this cell, 'abc', is text."
            ),
            (
                "a,b\nabc,x\n2,x\n",
                "data.csv, row 2 (line 3), column 'a': the column holds text, but this cell, '2', is a number."
            ),
            (
                "a,b\ntrue,x\n1,x\n",
                "data.csv, row 2 (line 3), column 'a': the column holds booleans, but this cell, '1', is a number."
            ),
            (
                "a,b\n10115,x\n01067,x\n",
                "data.csv, row 2 (line 3), column 'a': the column holds numbers, but this cell, '01067', is text."
            ),
            (
                "a,b\n1,\"x\ny\"\n\nz,x\n",
                "data.csv, row 2 (line 5), column 'a': the column holds numbers, but this cell, 'z', is text."
            ),
            ("a,b\n1,x\nz,2\n", "data.csv, row 2 (line 3), column 'a': the column holds numbers, but this cell, 'z', is text."),
        ], [1, 3, 8, 1 << 20])
    func mixedKinds(example: (text: String, message: String), blockBytes: Int) {
        let error = csvError(example.text, .blocks(ofBytes: blockBytes))
        #expect(error?.message == example.message)
        #expect(error?.code == .invalidArgument)
        #expect(error?.hint == "Correct the cell, or declare 'a' as a text column.")
    }

    @Test(
        "a row with too few or too many cells is named",
        arguments: [
            ("a,b\n1,2\n3\n", "data.csv, row 2 (line 3): the row has 1 cell, but the header names 2 columns."),
            ("a,b\n1,2\n3,4,5,6\n", "data.csv, row 2 (line 3): the row has 4 cells, but the header names 2 columns."),
            ("a,b\n\"x\ny\"\n", "data.csv, row 1 (line 2): the row has 1 cell, but the header names 2 columns."),
        ])
    func cellCount(text: String, message: String) {
        for blockBytes in [1, 5, 1 << 20] { #expect(csvError(text, .blocks(ofBytes: blockBytes))?.message == message) }
    }

    @Test(
        "wrong quotes are named with the line they stand in",
        arguments: [
            ("a,b\n1,2\n3,\"open\n4,5\n", "row 2 (line 3), column 'b': the quote that opens a cell here is never closed."),
            ("a,b\n1,x\"y\n", "row 1 (line 2), column 'b': there is a quote inside the unquoted cell 'x\"'."),
            ("a,b\n1,\"x\"y\n", "row 1 (line 2), column 'b': text follows the closing quote of the cell 'x'."),
            ("a,b\n\"p\nq\",\"x\"y\n", "row 1 (line 3), column 'b': text follows the closing quote of the cell 'x'."),
        ])
    func quotes(text: String, message: String) {
        for blockBytes in [1, 7, 1 << 20] {
            #expect(csvError(text, .blocks(ofBytes: blockBytes))?.message == "data.csv, " + message)
        }
    }

    @Test("infinite numbers are refused", arguments: ["inf", "-Inf", "Infinity", "1e999", "-1e400"])
    func infinity(cell: String) {
        let message = csvError("a,b\n1,2\n\(cell),3\n")?.message
        #expect(message == "data.csv, row 2 (line 3), column 'a': '\(cell)' is not a finite number.")
    }

    @Test(
        "a whole number that a double would round is refused with a way out",
        arguments: ["9007199254740993", "-12345678901234567890"])
    func longIdentifiers(cell: String) throws {
        let error = csvError("id,b\n\(cell),2\n")
        #expect(
            error?.message.hasPrefix("data.csv, row 1 (line 2), column 'id': '\(cell)' is a whole number beyond 2^53") == true)
        #expect(error?.hint?.contains("Declare 'id' as a text column") == true)
        #expect(try csv("id,b\n9007199254740992,2\n").numbers("id") == [0x1p53])
    }

    @Test(
        "a header must name every column once",
        arguments: [
            (",a\n0,1\n", "data.csv, line 1: column 1 has no name.", "index=False"),
            ("a, \n0,1\n", "data.csv, line 1: column 2 has no name.", "Give every column a name"),
            ("a,b,a\n0,1,2\n", "data.csv, line 1: the column 'a' stands twice.", "Rename"),
            ("a,\"b\n", "data.csv, line 1: the quote that opens a cell here is never closed.", "twice"),
        ])
    func header(text: String, message: String, hint: String) {
        let error = csvError(text)
        #expect(error?.message == message)
        #expect(error?.hint?.contains(hint) == true)
    }

    @Test(
        "data without rows says so",
        arguments: [
            ("", "data.csv is empty."), ("\u{FEFF}", "data.csv, line 1: column 1 has no name."),
            ("a,b\n", "data.csv holds no rows of data."),
            ("a,b", "data.csv holds no rows of data."), ("a,b\n\n\n", "data.csv holds no rows of data."),
        ])
    func noRows(text: String, message: String) {
        #expect(csvError(text)?.message == message)
    }

    @Test("a wanted column that is not there is named with the nearest that is")
    func absentColumn() {
        let error = csvError("region,score\nx,1\n", DatasetOptions(columns: ["scores"]))
        #expect(error?.message == "data.csv has no column 'scores'.")
        #expect(error?.hint == "Did you mean 'score'?")
        #expect(csvError("a;b\n1;2\n", DatasetOptions(columns: ["income"]))?.hint == "Its columns are: a;b.")
    }

    @Test("a carriage return without a line feed is refused")
    func oldLineEnds() {
        #expect(csvError("a,b\r1,2\r3,4\r")?.message.contains("a carriage return stands without a line feed") == true)
        #expect(csvError("a,b\n1,2\r3,4\n")?.message.hasPrefix("data.csv, row 1 (line 2): a carriage return") == true)
    }

    @Test("text that is not UTF-8 is refused where it stands")
    func encoding() throws {
        let latin = Array("a,b\n1,x\n2,caf".utf8) + [0xE9, 10]
        #expect(throws: GatehouseError.self) { try DatasetReader.read(bytes: latin, format: .csv) }
        do {
            _ = try DatasetReader.read(bytes: latin, format: .csv, name: "data.csv")
        } catch {
            #expect(error.message.hasPrefix("data.csv, row 2 (line 3), column 'b': the cell 'caf"))
            #expect(error.hint == "Save the file as UTF-8.")
        }
    }

    @Test(
        "files that are not text are recognised",
        arguments: [
            ([0xFF, 0xFE, 97, 0], "UTF-16"), ([0x1F, 0x8B, 8], "compressed"), ([80, 75, 3, 4], "ZIP"),
            (Array("PAR1".utf8), "Parquet"),
        ] as [([UInt8], String)])
    func notText(bytes: [UInt8], word: String) throws {
        do {
            _ = try DatasetReader.read(bytes: bytes, format: .csv)
            Issue.record("read it")
        } catch {
            #expect(error.message.contains(word))
        }
    }

    @Test("a cell beyond the limit is refused, quoted or not")
    func longCells() {
        let long = String(repeating: "x", count: DatasetLimit.cellBytesMax + 1)
        #expect(
            csvError("a,b\n1,\(long)\n")?.message == "data.csv, row 1 (line 2), column 'b': a cell is longer than 1048576 bytes.")
        #expect(
            csvError("a,b\n1,\"\(long)\"\n")?.message
                == "data.csv, row 1 (line 2), column 'b': a cell is longer than 1048576 bytes.")
    }

    @Test("a row beyond the limit is refused without reading on")
    func longRows() throws {
        let cell = String(repeating: "x", count: 1 << 20)
        let row = (0..<65).map { _ in cell }.joined(separator: ",")
        let header = (0..<65).map { "c\($0)" }.joined(separator: ",")
        #expect(csvError("\(header)\n\(row)\n")?.message == "data.csv, row 1 (line 2): the row is longer than 67108864 bytes.")
    }

    @Test("a column's name beyond the limit is refused")
    func longNames() {
        let error = csvError("a,\(String(repeating: "x", count: 1001))\n1,2\n")
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "data.csv, line 1: the name of column 2 is longer than 1000 bytes.")
    }

    @Test("too many columns are refused")
    func manyColumns() {
        let header = (0...DatasetLimit.columnsMax).map { "c\($0)" }.joined(separator: ",")
        #expect(csvError("\(header)\n1\n")?.code == .tooLarge)
    }

    @Test("too many different texts in one column are refused")
    func manyCategories() {
        let rows = (0...DatasetLimit.categoriesMax).map { "k\($0),1\n" }.joined()
        let error = csvError("a,b\n" + rows)
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "data.csv, column 'a': more than 1000000 different texts.")
    }

    @Test("a short row at the end of a block of empty cells stays within the block's room")
    func shortLastRow() {
        let error = csvError("a,b,c,d,e\n,,,,\n1\n", DatasetOptions(columns: ["a"]))
        #expect(error?.message == "data.csv, row 2 (line 3): the row has 1 cell, but the header names 5 columns.")
    }

    @Test("line feeds in quotes beneath a wide header do not make room for rows that never come")
    func amplification() throws {
        let names = (0..<5000).map { "c\($0)" }
        let cells = ["\"" + String(repeating: "\n", count: 900_000) + "\""] + names.dropFirst().map { _ in "" }
        let table = try csv(names.joined(separator: ",") + "\n" + cells.joined(separator: ",") + "\n")
        #expect(table.rowCount == 1)
        #expect(try table.texts("c0")[0]?.utf8.count == 900_000)
    }
}

@Suite("CSV, column by column")
struct CSVPruningTests {
    @Test("any choice of columns reads what reading everything reads, whatever stands in the others")
    func choices() throws {
        let text =
            "a,b,c,d,e,f\n"
            + (0..<40).map { row in
                let b = ["1,5", "x\ny", "\"\"", "plain", ""][row % 5]
                return
                    "\(row),\"\(b)\",\(row % 3 == 0 ? "" : "long text of row \(row)"),true,-\(row).25,\"\(row)\"\(row % 2 == 0 ? "\r" : "")\n"
            }.joined()
        let names = ["a", "b", "c", "d", "e", "f"]
        let whole = try csv(text)
        for choice in 0..<(1 << names.count) {
            let wanted = names.indices.filter { choice >> $0 & 1 == 1 }.map { names[$0] }
            for blockBytes in [1, 50, 1 << 20] {
                var options = DatasetOptions(columns: Set(wanted))
                options.blockBytes = blockBytes
                let some = try csv(text, options)
                #expect(some.rowCount == 40)
                #expect(some.snapshot == whole.snapshot.filter { line in wanted.contains { line.hasPrefix("\($0):") } })
            }
        }
    }

    @Test(
        "an unwanted column is skipped without being judged, but the row must hold together",
        arguments: [
            ("a,b,c\n1,x\"y,2\n", "row 1 (line 2), column 'b': there is a quote inside the unquoted cell 'x\"'."),
            ("a,b,c\n1,\"x\"y,2\n", "row 1 (line 2), column 'b': text follows the closing quote of the cell 'x'."),
            ("a,b,c\n1,2\n", "row 1 (line 2): the row has 2 cells, but the header names 3 columns."),
            ("a,b,c\n1,2,3,4\n", "row 1 (line 2): the row has 4 cells, but the header names 3 columns."),
            ("a,b,c\n1,2\r,3\n", "row 1 (line 2): a carriage return stands without a line feed."),
            (
                "a,b,c\n1,\(String(repeating: "x", count: DatasetLimit.cellBytesMax + 1)),3\n",
                "row 1 (line 2), column 'b': a cell is longer than 1048576 bytes."
            ),
        ])
    func broken(text: String, message: String) {
        for wanted in [["a"], ["c"], ["a", "c"], []] as [Set<String>] {
            #expect(csvError(text, DatasetOptions(columns: wanted))?.message == "data.csv, " + message)
        }
    }

    @Test("columns that are absent are left out when that is allowed")
    func absent() throws {
        var options = DatasetOptions(columns: ["b", "z"])
        options.allowsAbsentColumns = true
        #expect(try csv("a,b\n1,2\n", options).columns.map(\.name) == ["b"])
        #expect(try jsonLines("{\"a\":1,\"b\":2}\n", options).columns.map(\.name) == ["b"])
    }

    @Test("a row with a cell too many is named so whatever is wrong behind it, however the blocks are cut")
    func tooManyAndBroken() {
        for blockBytes in [1, 9, 14, 1 << 20] {
            let error = csvError("a,b\n1,2\n3,4,\"open\n5,6\n", .blocks(ofBytes: blockBytes))
            #expect(error?.message == "data.csv, row 2 (line 3): the row has 3 cells, but the header names 2 columns.")
        }
    }

    @Test("texts of every length are told apart, and equal ones are one category")
    func categories() throws {
        let texts = (1...70).flatMap { length in
            [
                String(repeating: "a", count: length), String(repeating: "a", count: length - 1) + "b",
                "c" + String(repeating: "a", count: length - 1),
            ]
        }
        let rows = texts + texts.reversed()
        let table = try csv("t,n\n" + rows.map { "\($0),1\n" }.joined(), .blocks(ofBytes: 500))
        #expect(try table.texts("t") == rows)
        guard case .categorical(_, let categories) = try #require(table["t"]).values else { return }
        #expect(categories.count == Set(texts).count)
    }
}

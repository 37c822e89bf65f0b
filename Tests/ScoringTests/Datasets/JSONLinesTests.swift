import GatehouseCore
import Scoring
import Testing

@Suite("JSON Lines")
struct JSONLinesTests {
    @Test("keys become columns, in the order of their first line and by name within it")
    func columns() throws {
        let table = try jsonLines(#"{"b": 1, "a": "x"}"# + "\n" + #"{"a": "y", "b": 2.5, "C": true}"# + "\n")
        #expect(table.columns.map(\.name) == ["a", "b", "C"])
        #expect(try table.texts("a") == ["x", "y"])
        #expect(try table.numbers("b") == [1, 2.5])
        #expect(try table.numbers("C").map { $0.isNaN ? -1 : $0 } == [-1, 1])
    }

    @Test("an absent key, null, NaN and the empty text are missing")
    func missing() throws {
        let table = try jsonLines("{\"a\":1,\"t\":\"\"}\n{\"a\":null,\"t\":\"x\"}\n{\"a\":NaN}\n{}\n")
        #expect(try table.numbers("a").map(\.isNaN) == [false, true, true, true])
        #expect(try table.texts("t") == [nil, "x", nil, nil])
    }

    @Test("a number in quotes is text and stays it")
    func quotedNumbers() throws {
        #expect(try jsonLines("{\"a\":\"12\"}\n{\"a\":\"x\"}\n").texts("a") == ["12", "x"])
    }

    @Test("a column declared as text takes numbers and booleans as they are written")
    func declaredText() throws {
        let options = DatasetOptions(textColumns: ["a"])
        #expect(
            try jsonLines("{\"a\":18}\n{\"a\":true}\n{\"a\":\"x\"}\n{\"a\":9007199254740993}\n", options).texts("a") == [
                "18", "true", "x", "9007199254740993",
            ])
    }

    @Test("of two faults in a line the one whose key comes first is named, however the file is cut", arguments: [1, 7, 1 << 20])
    func twoFaultsInALine(blockBytes: Int) {
        let text = "{\"age\":1,\"home\":true,\"score\":0.5}\n{\"age\":2,\"home\":0,\"score\":Infinity}\n"
        let error = jsonLinesError(text, .blocks(ofBytes: blockBytes))
        #expect(
            error?.message
                == "data.jsonl, row 2 (line 2), column 'home': the column holds booleans, but this cell, '0', is a number.")
    }

    @Test("only wanted keys are kept, and the others may hold anything")
    func selection() throws {
        let table = try jsonLines("{\"a\":1,\"deep\":{\"x\":[1]}}\n{\"a\":2,\"deep\":3}\n", DatasetOptions(columns: ["a"]))
        #expect(table.columns.map(\.name) == ["a"])
        #expect(try table.numbers("a") == [1, 2])
    }

    @Test("blank lines, CRLF, a byte order mark and a missing last line end change nothing")
    func lineEnds() throws {
        let table = try jsonLines("\u{FEFF}{\"a\":1}\r\n\r\n  \n{\"a\":2}")
        #expect(try table.numbers("a") == [1, 2])
    }

    @Test("the blocks do not matter")
    func blocks() throws {
        let text = "{\"a\":1,\"t\":\"x\"}\n{\"t\":\"y\\n\",\"b\":2}\n\n{\"a\":3,\"t\":\"x\",\"c\":null}\n{\"c\":false,\"b\":4}\n"
        let whole = try jsonLines(text).snapshot
        for bytes in 1...40 { #expect(try jsonLines(text, .blocks(ofBytes: bytes)).snapshot == whole) }
    }

    @Test(
        "what is wrong is named with row, line and key, wherever the blocks are cut",
        arguments: [
            (
                "{\"a\":1}\n{\"a\":\"x\"}\n",
                "row 2 (line 2), column 'a': the column holds numbers, but this cell, '\"x\"', is text."
            ),
            (
                "{\"a\":\"x\"}\n\n{\"a\":true}\n",
                "row 2 (line 3), column 'a': the column holds text, but this cell, 'true', is a boolean."
            ),
            ("{\"a\":1}\n{\"a\":[1]}\n", "row 2 (line 2), column 'a': the value is nested."),
            ("{\"a\":1}\n{\"a\":{}}\n", "row 2 (line 2), column 'a': the value is nested."),
            ("{\"a\":1}\n{\"a\":Infinity}\n", "row 2 (line 2), column 'a': 'Infinity' is not a finite number."),
            ("{\"a\":1}\n[1]\n", "row 2 (line 2): the line is not a JSON object."),
            ("{\"a\":1}\n{\"a\":1\n", "row 2 (line 2): Not valid JSON: the text ends too early at byte 6."),
            ("{\"a\":1,\"a\":2}\n", "row 1 (line 1): Not valid JSON: the key 'a' stands twice at byte 12."),
            ("{\"\":1}\n", "row 1 (line 1): a key is empty or longer than 1000 bytes."),
        ], [1, 9, 1 << 20])
    func errors(example: (text: String, message: String), blockBytes: Int) {
        let error = jsonLinesError(example.text, .blocks(ofBytes: blockBytes))
        #expect(error?.message == "data.jsonl, " + example.message)
        #expect(error?.code == .invalidArgument)
    }

    @Test("a whole number that a double would round is refused")
    func longIdentifiers() {
        #expect(jsonLinesError("{\"id\":9007199254740993}\n")?.hint?.contains("Declare 'id' as a text column") == true)
    }

    @Test("data without rows, and a wanted key that never comes, say so")
    func noRows() {
        #expect(jsonLinesError("")?.message == "data.jsonl is empty.")
        #expect(jsonLinesError("\n\n")?.message == "data.jsonl holds no rows of data.")
        #expect(
            jsonLinesError("{\"score\":1}\n", DatasetOptions(columns: ["scores"]))?.message
                == "data.jsonl has no column 'scores'.")
    }

    @Test("a small file cannot make a huge table by a new key in every row")
    func sparse() {
        let text = (0..<9000).map { "{\"k\($0)\":1}\n" }.joined()
        let error = jsonLinesError(text)
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "data.jsonl has 9000 different keys in 9000 rows, most of them missing in most rows.")
    }

    @Test("too many different keys are refused")
    func manyKeys() {
        let text = "{" + (0...DatasetLimit.columnsMax).map { "\"k\($0)\":1" }.joined(separator: ",") + "}\n"
        #expect(jsonLinesError(text)?.message == "data.jsonl has more than 10000 columns.")
    }
}

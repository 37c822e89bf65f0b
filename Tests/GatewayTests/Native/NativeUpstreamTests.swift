import GatehouseCore
import Gateway
import Scoring
import Testing

@Suite("A native model answers scoring requests")
struct NativeUpstreamTests {
    /// Trees of both libraries: plain, with missing values in every manner, categories, several outputs, linear leaves, a linear
    /// model, a forest, named and by position.
    static let files = [
        "lightgbm_binary.txt", "lightgbm_multiclass.txt", "lightgbm_forest.txt", "lightgbm_linear.txt",
        "lightgbm_zero_as_missing.txt", "lightgbm_use_no_missing.txt", "lightgbm_without_names.txt", "lightgbm_stump.txt",
        "lightgbm_category_sets.txt", "lightgbm_category_names.txt", "xgboost_binary.json", "xgboost_binary.ubj",
        "xgboost_multiclass.ubj", "xgboost_class_index.ubj", "xgboost_linear.ubj", "xgboost_without_names.ubj",
        "xgboost_category_sets.ubj", "xgboost_category_names.ubj", "xgboost_targets_multi_output_tree.ubj",
        "xgboost_quantiles.ubj", "xgboost_forest.ubj",
    ]

    private struct Rows {
        let columns: [String]
        let cells: [[JSONValue]]
        let predictions: [[Double]]

        init(of file: String) throws {
            let stem = try #require(file.split(separator: ".").first)
            let document = try NativeCaller.document("\(stem).expected.json")
            columns = try #require(document["columns"]?.arrayValue).compactMap(\.stringValue)
            cells = try #require(document["rows"]?.arrayValue).map { try #require($0.arrayValue) }
            predictions = try #require(document["predictions"]?.arrayValue).map { row in
                try #require(row.arrayValue).compactMap(\.doubleValue)
            }
        }

        func text(_ value: JSONValue) -> String { value.canonicalText }
        var names: String { columns.map { text(.string($0)) }.joined(separator: ", ") }
        func list(_ row: Int) -> String { "[\(cells[row].map(text).joined(separator: ", "))]" }
        func record(_ row: Int) -> String {
            "{\(zip(columns, cells[row]).map { "\(text(.string($0))): \(text($1))" }.joined(separator: ","))}"
        }
    }

    private static func expect(_ answer: NativeCaller.Answer, _ predictions: [[Double]]) throws {
        try #require(answer.status == 200, "\(answer.text)")
        let numbers = answer.numbers
        let expected = predictions.flatMap { $0 }
        try #require(numbers.count == expected.count)
        for (own, reference) in zip(numbers, expected) { #expect(abs(own - reference) <= 1e-6 * max(1, abs(reference))) }
    }

    @Test("every form of the scoring protocol gives the library's predictions, row by row and all at once", arguments: files)
    func agreement(file: String) async throws {
        let rows = try Rows(of: file)
        let model = try NativeCaller.fixture(file)
        let caller = NativeCaller(model, isNamed: model.featureNames != nil)
        let all = rows.cells.indices.map { $0 }
        for chosen in [all] + all.prefix(12).map({ [$0] }) {
            let lists = chosen.map(rows.list).joined(separator: ",")
            let records = chosen.map(rows.record).joined(separator: ", ")
            let expected = chosen.map { rows.predictions[$0] }
            if model.featureNames == nil {
                try Self.expect(try await caller.invoke(#"{"instances": [\#(lists)]}"#), expected)
                try Self.expect(try await caller.invoke(#"{"inputs":[\#(lists)]}"#), expected)
                continue
            }
            try Self.expect(
                try await caller.invoke(#"{"dataframe_split":{"columns":[\#(rows.names)],"data":[\#(lists)]}}"#), expected)
            try Self.expect(
                try await caller.invoke(#" { "dataframe_split" : { "data" : [\#(lists)], "columns":[\#(rows.names)] } } "#),
                expected)
            try Self.expect(try await caller.invoke(#"{"dataframe_records": [\#(records)]}"#), expected)
            try Self.expect(try await caller.invoke(#"{"instances": [\#(records)], "params": {"a": 1}}"#), expected)
            let columns = rows.columns.indices.map { column in
                let cells = chosen.map { rows.text(rows.cells[$0][column]) }.joined(separator: ",")
                return "\(rows.text(.string(rows.columns[column]))):[\(cells)]"
            }
            try Self.expect(try await caller.invoke(#"{"inputs": {\#(columns.joined(separator: ","))}}"#), expected)
        }
    }

    @Test("one request's rows are bit-equal to the same rows scored as a table", arguments: files)
    func sameBits(file: String) async throws {
        let rows = try Rows(of: file)
        let model = try NativeCaller.fixture(file)
        let caller = NativeCaller(model, isNamed: false)
        // Rows singly take another way through the trees than rows in groups.
        let together = try await caller.invoke(#"{"instances":[\#(rows.cells.indices.map(rows.list).joined(separator: ","))]}"#)
        var singly: [Double] = []
        for row in rows.cells.indices {
            singly += try await caller.invoke(#"{"instances":[\#(rows.list(row))]}"#).numbers
        }
        #expect(together.numbers == singly)
        #expect(!singly.isEmpty)
    }

    @Test("columns in another order, more columns and members of any order are read by name")
    func namesDecide() async throws {
        let rows = try Rows(of: "lightgbm_binary.txt")
        let caller = NativeCaller(try NativeCaller.fixture("lightgbm_binary.txt"))
        let expected = [rows.predictions[4]]
        let pairs = Array(zip(rows.columns, rows.cells[4])).reversed()
        let names = pairs.map { "\"\($0.0)\"" }.joined(separator: ",")
        let cells = pairs.map { rows.text($0.1) }.joined(separator: ",")
        let split = #"{"dataframe_split":{"columns":["more",\#(names)],"data":[[17,\#(cells)]]}}"#
        try Self.expect(try await caller.invoke(split), expected)
        let members = pairs.map { "\"\($0.0)\":\(rows.text($0.1))" }.joined(separator: ",")
        try Self.expect(try await caller.invoke(#"{"dataframe_records":[{"x":null,\#(members)}]}"#), expected)
    }

    @Test("the answer is written as mlflow models serve writes it")
    func form() async throws {
        // 3.17.2 answers a model of two outputs per row with lists and ", " between the numbers.
        let caller = NativeCaller(try NativeCaller.fixture("lightgbm_multiclass.txt"))
        let rows = try Rows(of: "lightgbm_multiclass.txt")
        let answer = try await caller.invoke(#"{"dataframe_records":[\#(rows.record(4)),\#(rows.record(5))]}"#)
        #expect(answer.text.hasPrefix("{\"predictions\": [[0."))
        #expect(answer.text.contains("], ["))
        #expect(answer.text.hasSuffix("]]}"))
        #expect(answer.contentType == "application/json")
    }

    @Test(
        "numbers in every notation mean the same",
        arguments: [
            ("0.057", "5.7e-2"), ("0.057", "0.0570000000000000000000"), ("0.057", "57E-3"), ("0.057", "\"0.057\""),
            ("-0.707", "-707e-3"), ("1", "true"), ("0", "false"), ("1", "1.0"), ("null", "NaN"),
            ("12345678901234567890123", "1.2345678901234567890123e22"), ("0", "1e-400"), ("0", "-0"),
        ])
    func notations(one: String, other: String) async throws {
        let caller = NativeCaller(try NativeCaller.fixture("lightgbm_binary.txt"))
        func answer(_ cell: String) async throws -> NativeCaller.Answer {
            try await caller.invoke(
                #"{"dataframe_records":[{"income":\#(cell),"debt_ratio":\#(cell),"utilisation":1,"late_payments":2}]}"#)
        }
        let first = try await answer(one)
        #expect(first.status == 200, "\(first.text)")
        #expect(try await answer(other).text == first.text)
    }

    @Test("a large request is answered from the pool of threads with the same numbers")
    func largeRequest() async throws {
        let rows = try Rows(of: "lightgbm_binary.txt")
        let caller = NativeCaller(try NativeCaller.fixture("lightgbm_binary.txt"))
        let lists = (0..<20_000).map { rows.list($0 % rows.cells.count) }.joined(separator: ",")
        let answer = try await caller.invoke(#"{"dataframe_split":{"columns":[\#(rows.names)],"data":[\#(lists)]}}"#)
        try Self.expect(answer, (0..<20_000).map { rows.predictions[$0 % rows.cells.count] })
    }

    @Test("a loop that the version was not told of gets its answer too, and one only")
    func unknownLoop() async throws {
        let rows = try Rows(of: "lightgbm_binary.txt")
        let caller = NativeCaller(try NativeCaller.fixture("lightgbm_binary.txt"), knowsLoop: false)
        for row in rows.cells.indices {
            let answer = try await caller.invoke(#"{"dataframe_records":[\#(rows.record(row))]}"#)
            try Self.expect(answer, [rows.predictions[row]])
        }
    }
}

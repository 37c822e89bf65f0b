import GatehouseCore
import Gateway
import Scoring
import Testing

@Suite("A native model speaks the Open Inference Protocol")
struct OpenInferenceTests {
    private static let path = "/v2/models/credit-risk/infer"
    private static let names = ["income", "debt_ratio", "utilisation", "late_payments"]
    private static let cells = [[0.057, -0.707, 2.595, 0.0], [1.0, 0.5, -0.25, 3.0]]

    private static func caller() throws -> NativeCaller { NativeCaller(try NativeCaller.fixture("lightgbm_binary.txt")) }

    private static func expected() async throws -> [Double] {
        let columns = names.map { "\"\($0)\"" }.joined(separator: ",")
        return try await caller().invoke(#"{"dataframe_split":{"columns":[\#(columns)],"data":\#(cells)}}"#).numbers
    }

    @Test("one tensor per column and one tensor of rows give the numbers of /invocations")
    func tensors() async throws {
        let expected = try await Self.expected()
        try #require(expected.count == 2)
        let columns = Self.names.enumerated().map { index, name in
            #"{"name":"\#(name)","shape":[2],"datatype":"FP64","data":[\#(Self.cells[0][index]),\#(Self.cells[1][index])]}"#
        }.joined(separator: ",")
        let byName = try await Self.caller().ask(Self.path, #"{"id":"r-1","inputs":[\#(columns)]}"#)
        #expect(byName.status == 200, "\(byName.text)")
        #expect(byName.numbers == expected)
        #expect(byName.json?["id"]?.stringValue == "r-1")
        #expect(byName.json?["model_name"]?.stringValue == "credit-risk")
        #expect(byName.json?["model_version"]?.stringValue == "7")
        let output = try #require(byName.json?["outputs"]?.arrayValue?.first)
        #expect(output["name"]?.stringValue == "predict")
        #expect(output["datatype"]?.stringValue == "FP64")
        #expect(output["shape"]?.arrayValue?.map(\.integerValue) == [2, 1])
        for data in ["\(Self.cells)", "\(Self.cells.flatMap { $0 })"] {
            let body = #"{"inputs":[{"name":"x","shape":[2,4],"datatype":"FP64","data":\#(data)}]}"#
            #expect(try await Self.caller().ask(Self.path, body).numbers == expected)
        }
        let versioned = try await Self.caller().ask(
            "/v2/models/credit-risk/versions/7/infer",
            #"{"inputs":[{"name":"x","shape":[2,4],"datatype":"FP64","data":\#(Self.cells)}],"outputs":[{"name":"predict"}]}"#)
        #expect(versioned.numbers == expected)
        #expect(versioned.json?["id"] == nil)
    }

    @Test("a tensor of 32 bits is read with 32 bits")
    func singlePrecision() async throws {
        // LightGBM splits between a double and the float nearest to it when a threshold lies there; here only the value counts.
        let model = try NativeCaller.fixture("lightgbm_linear.txt")
        let caller = NativeCaller(model)
        let row = Array(repeating: "0.1", count: model.featureCount).joined(separator: ",")
        let wide = Array(repeating: "\(Double(Float(0.1)))", count: model.featureCount).joined(separator: ",")
        func ask(_ type: String, _ data: String) async throws -> [Double] {
            try await caller.ask(
                Self.path,
                #"{"inputs":[{"name":"x","shape":[1,\#(model.featureCount)],"datatype":"\#(type)","data":[\#(data)]}]}"#
            ).numbers
        }
        let single = try await ask("FP32", row)
        let widened = try await ask("FP64", wide)
        let double = try await ask("FP64", row)
        #expect(single == widened)
        #expect(single != double)
    }

    @Test(
        "requests that are not scored say why",
        arguments: [
            ("{}", "no list of 'inputs'"), (#"{"inputs":[]}"#, "no list of 'inputs'"), ("x", "valid JSON"),
            (#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64"}]}"#, "needs 'name', 'shape', 'datatype' and 'data'"),
            (#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP65","data":[1,2,3,4]}]}"#, "FP65"),
            (#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1,2,3]}]}"#, "the 4 values"),
            (#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1,2,3,4,5]}]}"#, "the 4 values"),
            (#"{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP64","data":[1,2,3]}]}"#, "the model reads 4"),
            (#"{"inputs":[{"name":"x","shape":[4],"datatype":"FP64","data":[1,2,3,4]}]}"#, "[rows, 4]"),
            (#"{"inputs":[{"name":"x","shape":[0,4],"datatype":"FP64","data":[]}]}"#, "no rows"),
            (#"{"inputs":[{"name":"x","shape":[],"datatype":"FP64","data":[]}]}"#, "one or two sizes"),
            (#"{"inputs":[{"name":"x","shape":[-1,4],"datatype":"FP64","data":[]}]}"#, "not a list of sizes"),
            (#"{"inputs":[{"name":"x","shape":[9000000000000000000,4],"datatype":"FP64","data":[]}]}"#, "not a list of sizes"),
            (
                #"{"inputs":[{"name":"x","shape":[1,4],"datatype":"INT8","data":[1,2,3,400]}]}"#,
                "Value 4 of 'x' is not of type INT8"
            ),
            (#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"INT64","data":[1,2,3,0.5]}]}"#, "Value 4"),
            (#"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1,2,3,"a"]}]}"#, "Value 4"),
            (#"{"inputs":[{"name":"income","shape":[1],"datatype":"FP64","data":[1]}]}"#, "missing inputs"),
            (
                #"{"inputs":[{"name":"income","shape":[1],"datatype":"FP64","data":[1]},{"name":"income","shape":[1],"datatype":"FP64","data":[1]}]}"#,
                "twice"
            ),
            (
                #"{"inputs":[{"name":"income","shape":[1],"datatype":"FP64","data":[1]},{"name":"debt_ratio","shape":[2],"datatype":"FP64","data":[1,2]}]}"#,
                "2 rows"
            ),
            (
                #"{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1,2,3,4]}],"outputs":[{"name":"y"}]}"#,
                "no output 'y'"
            ),
        ])
    func refusals(body: String, says: String) async throws {
        let answer = try await Self.caller().ask(Self.path, body)
        #expect(answer.status == 400)
        let message = try #require(answer.json?["error"]?.stringValue, "\(answer.text)")
        #expect(message.contains(says), "\(message)")
    }

    @Test(
        "every whole-number type takes its smallest and greatest value and no more",
        arguments: [
            ("UINT8", "0", "255", "256", "-1"), ("UINT16", "0", "65535", "65536", "-1"),
            ("UINT32", "0", "4294967295", "4294967296", "-1"), ("INT8", "-128", "127", "128", "-129"),
            ("INT16", "-32768", "32767", "32768", "-32769"), ("INT32", "-2147483648", "2147483647", "2147483648", "-2147483649"),
            ("BOOL", "0", "true", "2", "-1"),
        ])
    func wholeNumbers(type: String, least: String, greatest: String, above: String, below: String) async throws {
        func status(_ value: String) async throws -> Int {
            try await Self.caller().ask(
                Self.path, #"{"inputs":[{"name":"x","shape":[1,4],"datatype":"\#(type)","data":[1,1,1,\#(value)]}]}"#
            ).status
        }
        #expect(try await status(least) == 200)
        #expect(try await status(greatest) == 200)
        #expect(try await status(above) == 400)
        #expect(try await status(below) == 400)
    }

    @Test("metadata name the columns, the types and the version")
    func metadata() async throws {
        let answer = try await Self.caller().ask("/v2/models/credit-risk", method: "GET")
        #expect(answer.json?["name"]?.stringValue == "credit-risk")
        #expect(answer.json?["versions"]?.arrayValue?.compactMap(\.stringValue) == ["7"])
        #expect(answer.json?["platform"]?.stringValue == "gatehouse_lightgbm")
        #expect(answer.json?["inputs"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == Self.names)
        #expect(answer.json?["outputs"]?.arrayValue?.first?["shape"]?.arrayValue?.map(\.integerValue) == [-1, 1])
        let server = try await Self.caller().ask("/v2", method: "GET")
        #expect(server.json?["name"]?.stringValue == "gatehouse")
    }
}

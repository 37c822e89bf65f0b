import GatehouseCore
import NIOCore
import Testing

@testable import Gateway

@Suite("The Open Inference Protocol in front of /invocations")
struct InvocationsTests {
    private func asked(_ text: String) throws -> JSONValue {
        try JSONParser.parse(try InvocationsRequest(body: ByteBuffer(string: text)).body)
    }

    private func tensor(_ name: String, _ shape: String, _ type: String, _ data: String) -> String {
        #"{"name":"\#(name)","shape":\#(shape),"datatype":"\#(type)","data":\#(data)}"#
    }

    @Test("tensors of one value per row become the columns of a data frame, in their order, with missing values as null")
    func columns() throws {
        let inputs = [
            tensor("age", "[3]", "INT64", "[30,41,null]"), tensor("income", "[3,1]", "FP64", "[[1],[2.5],[NaN]]"),
            tensor("job", "[3]", "BYTES", #"["a","\"b\"",""]"#), tensor("own", "[3]", "BOOL", "[true,0,1]"),
        ]
        let body = try InvocationsRequest(
            body: ByteBuffer(
                string: #"{"id":"7","parameters":{"content_type":"pd","n":3},"inputs":[\#(inputs.joined(separator: ","))]}"#))
        #expect(
            String(decoding: body.body, as: UTF8.self)
                == #"{"dataframe_split":{"columns":["age","income","job","own"],"data":[[30,1.0,"a",true],[41,2.5,"\"b\"",false],[null,null,"",true]]},"params":{"n":3}}"#
        )
        #expect(body.id == "7" && body.outputs.isEmpty)
    }

    @Test("one tensor of several values per row is a nested list, several of any shape are lists by name")
    func tensors() throws {
        let matrix = tensor("input", "[2,3]", "FP32", "[1,2,3,4,5,6]")
        #expect(try asked(#"{"inputs":[\#(matrix)]}"#) == ["inputs": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
        let deep = tensor("image", "[1,2,2]", "UINT8", "[[[0,1],[2,255]]]")
        #expect(
            try asked(#"{"inputs":[\#(deep),\#(tensor("scale", "[1]", "FP64", "[0.5]"))]}"#)
                == ["inputs": ["image": [[[0, 1], [2, 255]]], "scale": [0.5]]])
        #expect(try asked(#"{"inputs":[\#(tensor("x", "[0,3]", "FP64", "[]"))]}"#) == ["inputs": []])
        #expect(try asked(#"{"inputs":[\#(tensor("x", "[0]", "FP64", "[]"))]}"#)["dataframe_split"]?["data"] == [])
        #expect(try asked(#"{"inputs":[\#(tensor("x", "[]", "FP64", "5"))]}"#) == ["inputs": 5.0])
        // The zero is not looked for row by row.
        let empty = tensor("x", "[0,9000000000000000000]", "FP64", "[]")
        #expect(try asked(#"{"inputs":[\#(empty)]}"#) == ["inputs": []])
    }

    @Test(
        "what has no meaning as a request is refused with what is wrong",
        arguments: [
            ("[]", "no list of 'inputs'"), ("{\"inputs\":[]}", "no list of 'inputs'"), ("{", "no JSON"),
            (#"{"inputs":[{"name":"x","shape":[2],"datatype":"FP65","data":[1,2]}]}"#, "'x' has the datatype 'FP65'"),
            (#"{"inputs":[{"name":"x","shape":[3],"datatype":"FP64","data":[1,2]}]}"#, "its shape says"),
            (#"{"inputs":[{"name":"x","shape":[-1],"datatype":"FP64","data":[1]}]}"#, "its shape says"),
            (#"{"inputs":[{"name":"x","shape":["2"],"datatype":"FP64","data":[1,2]}]}"#, "its shape says"),
            (#"{"inputs":[{"name":"x","shape":[2],"datatype":"INT8","data":[1,128]}]}"#, "INT8, but its value 2 is not"),
            (#"{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":["1"]}]}"#, "FP64, but its value 1 is not"),
            (#"{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[Infinity]}]}"#, "FP64, but its value 1 is not"),
            (
                #"{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1]},{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]}"#,
                "stands twice"
            ),
            (
                #"{"inputs":[{"name":"x","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"datatype":"FP64","data":[1]}]}"#,
                "more than 16 dimensions"
            ),
        ])
    func refusals(text: String, words: String) throws {
        let refusal = try #require(throws: CallRefusal.self) { try InvocationsRequest(body: ByteBuffer(string: text)) }
        #expect(refusal.status == .invalidArgument && refusal.message.contains(words), "\(refusal.message)")
    }

    private func answered(_ text: String, outputs: String = "[]") throws -> JSONValue {
        let body = #"{"inputs":[\#(tensor("x", "[1]", "FP64", "[1]"))],"outputs":\#(outputs)}"#
        let request = try InvocationsRequest(body: ByteBuffer(string: body))
        let document = try JSONParser.parse(text, allowsNonFinite: true)
        return try JSONParser.parse(
            try InvocationsAnswer(document, to: request).bytes(model: "credit", version: 7, id: "one"))
    }

    @Test(
        "predictions become tensors of their own shape and type",
        arguments: [
            (#"{"predictions":[0.25,1]}"#, #"{"name":"predictions","shape":[2],"datatype":"FP64","data":[0.25,1.0]}"#),
            (#"{"predictions":[1,-2]}"#, #"{"name":"predictions","shape":[2],"datatype":"INT64","data":[1,-2]}"#),
            ("[1.5]", #"{"name":"predictions","shape":[1],"datatype":"FP64","data":[1.5]}"#),
            (#"{"predictions":true}"#, #"{"name":"predictions","shape":[1],"datatype":"BOOL","data":[true]}"#),
            (#"{"predictions":["a","ü"]}"#, #"{"name":"predictions","shape":[2],"datatype":"BYTES","data":["a","ü"]}"#),
            (
                #"{"predictions":[[0.1,0.9],[null,NaN]]}"#,
                #"{"name":"predictions","shape":[2,2],"datatype":"FP64","data":[0.1,0.9,null,null]}"#
            ),
            (#"{"predictions":[]}"#, #"{"name":"predictions","shape":[0],"datatype":"FP64","data":[]}"#),
            (
                #"{"predictions":[{"b":1,"a":"x"},{"a":"y","b":2}]}"#,
                #"{"name":"a","shape":[2],"datatype":"BYTES","data":["x","y"]},{"name":"b","shape":[2],"datatype":"INT64","data":[1,2]}"#
            ),
            (#"{"predictions":{"p":[[1.5,2.5]]}}"#, #"{"name":"p","shape":[1,2],"datatype":"FP64","data":[1.5,2.5]}"#),
        ])
    func answers(text: String, outputs: String) throws {
        let expected = try JSONParser.parse(#"{"model_name":"credit","model_version":"7","id":"one","outputs":[\#(outputs)]}"#)
        #expect(try answered(text) == expected)
    }

    @Test(
        "an answer without a form as a tensor is the version's fault, and said so",
        arguments: [
            (#"{"error":"x"}"#, "no 'predictions'"), (#"{"predictions":[[1],[2,3]]}"#, "differ in shape"),
            (#"{"predictions":[1,[2]]}"#, "differ in shape"), (#"{"predictions":[[1],2]}"#, "differ in shape"),
            (#"{"predictions":[1,"a"]}"#, "several types"), (#"{"predictions":[true,1]}"#, "several types"),
            (#"{"predictions":[{"a":1},{"b":1}]}"#, "differ in shape"),
            (#"{"predictions":[{"a":1},{"a":1,"b":1}]}"#, "differ in shape"),
            (#"{"predictions":[{"a":{"b":1}}]}"#, "none that tensors have"),
        ])
    func noForm(text: String, words: String) throws {
        let refusal = try #require(throws: CallRefusal.self) { try answered(text) }
        #expect(refusal.status == .internal && refusal.message.contains(words), "\(refusal.message)")
    }

    @Test("outputs that the request names are given and no others; one that there is not is refused")
    func namedOutputs() throws {
        let text = #"{"predictions":[{"b":1,"a":2}]}"#
        let only = try answered(text, outputs: #"[{"name":"b"}]"#)["outputs"]?.arrayValue?.compactMap { $0["name"] }
        #expect(only == ["b"])
        let refusal = try #require(throws: CallRefusal.self) { try answered(text, outputs: #"[{"name":"c"}]"#) }
        #expect(refusal.status == .invalidArgument && refusal.message.contains("no output 'c', only 'a', 'b'"))
    }
}

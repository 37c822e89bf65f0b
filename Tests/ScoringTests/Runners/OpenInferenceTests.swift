import GatehouseCore
import Scoring
import Statistics
import Testing

@Suite("A model behind a URL that speaks the Open Inference Protocol v2")
struct OpenInferenceTests {
    private let table = Table(
        rowCount: 2,
        columns: [
            TableColumn(name: "age", values: .numeric([30, .nan])),
            TableColumn(name: "city", values: .categorical(codes: [0, -1], categories: ["Ulm"])),
        ])

    /// What the runner makes of `answer`, and what it had sent.
    private func predict(
        _ answer: String, model: String = "credit risk", output: String? = nil
    ) async throws -> (scores: ScoreMatrix, request: ReceivedRequest?) {
        var result: (ScoreMatrix, ReceivedRequest?)?
        try await ScriptedServer.run { _ in
            .json(answer)
        } body: { server, url, client in
            let runner = try EndpointRunner(
                url: url, wire: .openInference(model: model, output: output), client: client)
            result = (try await runner.predict(table, progress: { _ in }), server.requests.first)
        }
        return try #require(result)
    }

    @Test("each column is a tensor of its own, with a name, a shape and a type")
    func request() async throws {
        let (scores, request) = try await predict(
            #"{"outputs": [{"name": "p", "shape": [2], "datatype": "FP64", "data": [0.25, 0.5]}]}"#)
        #expect(scores == ScoreMatrix(values: [0.25, 0.5]))
        #expect(request?.path == "/v2/models/credit%20risk/infer")
        #expect(
            request?.json == [
                "parameters": ["content_type": "pd"],
                "inputs": [
                    ["name": "age", "shape": [2], "datatype": "FP64", "data": [30, nil]],
                    [
                        "name": "city", "shape": [2], "datatype": "BYTES", "parameters": ["content_type": "str"],
                        "data": ["Ulm", nil],
                    ],
                ],
            ])
    }

    @Test(
        "flat and nested data of shape [rows, outputs] are the same",
        arguments: ["[0.1, 0.9, 0.2, 0.8]", "[[0.1, 0.9], [0.2, 0.8]]"])
    func shapes(data: String) async throws {
        let (scores, _) = try await predict(#"{"outputs": [{"name": "p", "shape": [2, 2], "data": \#(data)}]}"#)
        #expect(scores == ScoreMatrix(outputs: 2, values: [0.1, 0.9, 0.2, 0.8]))
    }

    @Test("the first output is read unless another is named")
    func namedOutput() async throws {
        let answer = #"""
            {"outputs": [{"name": "label", "shape": [2], "data": [0, 1]}, {"name": "p", "shape": [2], "data": [0.2, 0.7]}]}
            """#
        #expect(try await predict(answer).scores.values == [0, 1])
        #expect(try await predict(answer, output: "p").scores.values == [0.2, 0.7])
        let error = await #expect(throws: GatehouseError.self) { try await predict(answer, output: "q") }
        #expect(error?.hint == "It has: label, p.")
    }

    @Test(
        "a shape or data that do not fit the rows are an error, also when they are hostile",
        arguments: [
            (#"{"outputs": []}"#, "no list of 'outputs'"),
            (#"{"outputs": [{"shape": [3], "data": [1, 2, 3]}]}"#, "shape of its output is [3] for 2 rows"),
            (#"{"outputs": [{"data": [1, 2]}]}"#, "shape of its output is [] for 2 rows"),
            (#"{"outputs": [{"shape": [2, 0], "data": []}]}"#, "shape of its output is [2,0]"),
            (#"{"outputs": [{"shape": [2, -1], "data": [1, 2]}]}"#, "shape of its output is [2,-1]"),
            (#"{"outputs": [{"shape": [2, 9223372036854775807], "data": [1, 2]}]}"#, "shape of its output"),
            (#"{"outputs": [{"shape": [2, 9999, 9999], "data": [1, 2]}]}"#, "shape of its output"),
            (#"{"outputs": [{"shape": [2, 2], "data": [1, 2, 3]}]}"#, "4 values its shape says"),
            (#"{"outputs": [{"shape": [2], "data": [1, 2, 3, 4, 5, 6]}]}"#, "2 values its shape says"),
            (#"{"outputs": [{"shape": [2], "data": [1, "b"]}]}"#, "row 2 is \"b\""),
            (#"{"outputs": [{"shape": [2]}]}"#, "2 values its shape says"),
        ])
    func nonsense(answer: String, part: String) async throws {
        let error = await #expect(throws: GatehouseError.self) { try await predict(answer) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
}

import AsyncHTTPClient
import GatehouseCore
import NIOHTTP1
import Scoring
import Statistics
import Synchronization
import Testing

@Suite("A model behind a URL that speaks MLflow's scoring protocol")
struct EndpointRunnerTests {
    private let table = Table.numbers(["age": [30, 41.5, .nan], "income": [1e21, -2, 0]])

    @Test("rows go out as dataframe_split, missing values as null, and numbers come back")
    func roundTrip() async throws {
        try await ScriptedServer.run { _ in
            .json(#"{"predictions": [0.25, 1, 1e-3]}"#)
        } body: { server, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            #expect(try await runner.predict(table, progress: { _ in }) == ScoreMatrix(values: [0.25, 1, 0.001]))
            let request = try #require(server.requests.first)
            #expect(request.path == "/invocations")
            #expect(request.headers.first(name: "content-type") == "application/json")
            #expect(
                String(decoding: request.body, as: UTF8.self)
                    == #"{"dataframe_split":{"columns":["age","income"],"data":[[30,1e+21],[41.5,-2],[null,0]]}}"#)
        }
    }

    @Test("a URL that already ends in /invocations is used as it is, and its query stays out of the summary")
    func fullURL() async throws {
        try await ScriptedServer.run { _ in
            .json(#"{"predictions": [1, 2, 3]}"#)
        } body: { server, url, client in
            let runner = try EndpointRunner(url: url + "/model/invocations?key=secret", client: client)
            _ = try await runner.predict(table, progress: { _ in })
            #expect(server.requests.first?.path == "/model/invocations?key=secret")
            #expect(runner.summary == "endpoint \(url)/model/invocations")
        }
    }

    @Test("text columns are sent as strings, and only the named columns in the named order")
    func namedColumns() async throws {
        let city = TableColumn(
            name: "city", values: .categorical(codes: [1, 0, -1], categories: ["Ulm", "Bad \"X\""]))
        let wide = Table(rowCount: 3, columns: table.columns + [city])
        try await ScriptedServer.run { _ in
            .json(#"{"predictions": [1, 2, 3]}"#)
        } body: { server, url, client in
            let runner = try EndpointRunner(url: url, featureNames: ["city", "age"], client: client)
            _ = try await runner.predict(wide, progress: { _ in })
            #expect(
                server.requests.first?.json == [
                    "dataframe_split": ["columns": ["city", "age"], "data": [["Bad \"X\"", 30], ["Ulm", 41.5], [nil, nil]]]
                ])
        }
    }

    @Test("a column the data lack is named before anything is sent")
    func missingColumn() async throws {
        try await ScriptedServer.run { _ in
            .hang
        } body: { server, url, client in
            let runner = try EndpointRunner(url: url, featureNames: ["age", "tenure"], client: client)
            let error = await #expect(throws: GatehouseError.self) { try await runner.predict(table, progress: { _ in }) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("tenure") == true)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("an infinite value is named with its row and column")
    func infiniteInput() async throws {
        try await ScriptedServer.run { _ in
            .hang
        } body: { _, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            let error = await #expect(throws: GatehouseError.self) {
                try await runner.predict(.numbers(["age": [1, .infinity]]), progress: { _ in })
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == "Row 2 has an infinite value in the column 'age'.")
        }
    }

    @Test("many rows go out in batches, and progress counts them")
    func batches() async throws {
        let rows = EndpointRunner.batchRowsMax * 2 + 1
        let progress = Mutex<[Int]>([])
        try await ScriptedServer.run { request in
            // Answers each row with its own value, so a row out of place would show.
            let data = request.json?["dataframe_split"]?["data"]?.arrayValue ?? []
            let values = data.map { $0.arrayValue?.first ?? .null }
            return .json(JSONValue.object(["predictions": .array(values)]).canonicalText)
        } body: { server, url, client in
            let values = (0..<rows).map { Double($0) / 8 }
            let scores = try await EndpointRunner(url: url, client: client)
                .predict(.numbers(["x": values])) { done in progress.withLock { $0.append(done) } }
            #expect(scores.values == values)
            #expect(server.requests.count == 3)
            #expect(progress.withLock { $0 } == [1000, 2000, 2001])
        }
    }

    @Test(
        "lists and objects give one output per element; objects in the order of their names",
        arguments: [
            (#"{"predictions": [[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]]}"#, 2, [0.1, 0.9, 0.2, 0.8, 0.3, 0.7]),
            (#"{"predictions": [{"score": 1}, {"score": 2}, {"score": 3}]}"#, 1, [1, 2, 3]),
            (#"{"predictions": [{"10": 3, "9": 2}, {"9": 5, "10": 6}, {"10": 8, "9": 7}]}"#, 2, [2, 3, 5, 6, 7, 8]),
        ])
    func shapes(answer: String, outputs: Int, values: [Double]) async throws {
        try await ScriptedServer.run { _ in
            .json(answer)
        } body: { _, url, client in
            let scores = try await EndpointRunner(url: url, client: client).predict(table, progress: { _ in })
            #expect(scores == ScoreMatrix(outputs: outputs, values: values))
        }
    }

    @Test(
        "nonsense is an error that says which row",
        arguments: [
            (#"{"predictions": [1, 2]}"#, "2 predictions for 3 rows"),
            (#"{"predictions": [1, "yes", 3]}"#, "row 2 is \"yes\""),
            (#"{"predictions": [1, true, 3]}"#, "row 2 is true"),
            (#"{"predictions": [1, 2, null]}"#, "row 3 is null"),
            (#"{"predictions": [NaN, 2, 3]}"#, "row 1 is nan"),
            (#"{"predictions": [1, Infinity, 3]}"#, "row 2 is inf"),
            (#"{"predictions": [[1, 2], [1], [1, 2]]}"#, "row 2 has 1 outputs instead of 2"),
            (#"{"predictions": [[], [], []]}"#, "row 1 has 0 outputs"),
            (#"{"predictions": [{"a": 1}, {"b": 1}, {"a": 1}]}"#, "row 2 is null"),
            (#"{"predictions": [{"a": 1}, 2, {"a": 1, "b": 1}]}"#, "row 3 has 0 outputs"),
            (#"{"scores": [1, 2, 3]}"#, "no list of 'predictions'"),
            (#"[1, 2, 3]"#, "no list of 'predictions'"),
            ("<html>It works!</html>", "answered no JSON"),
            ("", "an empty body"),
        ])
    func nonsense(answer: String, part: String) async throws {
        try await ScriptedServer.run { _ in
            .json(answer)
        } body: { _, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            let error = await #expect(throws: GatehouseError.self) { try await runner.predict(table, progress: { _ in }) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains(url) == true)
        }
    }

    @Test("outputs that change between batches are an error")
    func outputsChange() async throws {
        try await ScriptedServer.run { request in
            let rows = request.json?["dataframe_split"]?["data"]?.arrayValue?.count ?? 0
            let one: JSONValue = request.number == 0 ? [0.5] : [0.5, 0.5]
            return .json(JSONValue.object(["predictions": .array(Array(repeating: one, count: rows))]).canonicalText)
        } body: { _, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            let error = await #expect(throws: GatehouseError.self) {
                try await runner.predict(.numbers(["x": Array(repeating: 1, count: 1001)]), progress: { _ in })
            }
            #expect(error?.message.contains("from row 1001 on it answers 2 outputs, before 1") == true)
        }
    }

    @Test("a 500 is an error with the beginning of what the server said, on one line")
    func serverError() async throws {
        let report = "Traceback\n" + String(repeating: "x", count: 5000)
        try await ScriptedServer.run { _ in
            .send(status: .internalServerError, body: report)
        } body: { _, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            let error = await #expect(throws: GatehouseError.self) { try await runner.predict(table, progress: { _ in }) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("answered 500: 'Traceback xxx") == true)
            #expect((error?.message.utf8.count ?? .max) < 320)
        }
    }

    @Test("a 400 is the caller's error, which trying again will not mend")
    func refused() async throws {
        try await ScriptedServer.run { _ in
            .send(status: .badRequest, body: "schema")
        } body: { _, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            let error = await #expect(throws: GatehouseError.self) { try await runner.predict(table, progress: { _ in }) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("answered 400: 'schema'") == true)
        }
    }

    @Test("a redirect is not followed")
    func redirect() async throws {
        try await ScriptedServer.run { _ in
            .send(status: .temporaryRedirect, headers: ["location": "/elsewhere"], body: "")
        } body: { server, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            let error = await #expect(throws: GatehouseError.self) { try await runner.predict(table, progress: { _ in }) }
            #expect(error?.message.contains("redirects to /elsewhere") == true)
            #expect(server.requests.map(\.path) == ["/invocations"])
        }
    }

    @Test("a server that hangs is given up after the timeout, also in the middle of its answer", arguments: [true, false])
    func hangs(afterHead: Bool) async throws {
        try await ScriptedServer.run { _ in
            afterHead ? .stallAfterHead : .hang
        } body: { _, url, client in
            let runner = try EndpointRunner(url: url, client: client, timeout: .milliseconds(100))
            let error = await #expect(throws: GatehouseError.self) { try await runner.predict(table, progress: { _ in }) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("did not answer within 100ms") == true)
        }
    }

    @Test("a server that is not there is an error that says so")
    func nobodyListens() async throws {
        try await ScriptedServer.run { _ in
            .hang
        } body: { _, _, client in
            // Port 1 (tcpmux) has no server on any machine this runs on.
            let runner = try EndpointRunner(url: "http://127.0.0.1:1", client: client)
            let error = await #expect(throws: GatehouseError.self) { try await runner.predict(table, progress: { _ in }) }
            #expect(error?.code == .unavailable)
            #expect(
                error?.message
                    == "The model server at http://127.0.0.1:1/invocations cannot be reached: connection refused.")
        }
    }

    @Test(
        "what is not the URL of a server is refused",
        arguments: [
            "", "ftp://host/x", "host:5001", "http://", "http:///path", "http://:80", "http://host/a b", "http://h/#x",
            "http://host:65536", "http://host:0", "http://host:99999999999999999999", "http://host:+80", "http://host:80:80",
            "http://[::1", "http://[]", "http://[::1]8080",
        ])
    func badURL(text: String) async throws {
        #expect(throws: GatehouseError.self) { try ServerAddress(text) }
    }

    @Test(
        "ports and addresses in brackets are kept",
        arguments: ["http://h:65535", "http://[::1]", "http://[::1]:1", "https://u:p@h:1/x"])
    func goodURL(text: String) throws {
        #expect(try ServerAddress(text).text == text)
    }

    @Test("user, password and query of a URL are used but never shown")
    func secretsInURL() throws {
        let address = try ServerAddress("https://user:pass@models.internal:8443/a/?token=t").ending(in: "/invocations")
        #expect(address.description == "https://models.internal:8443/a/invocations")
        #expect(address.text == "https://user:pass@models.internal:8443/a/invocations?token=t")
    }
}

import Crypto
import GatehouseCore
import Serving
import Testing

@testable import Gateway

@Suite struct LiveReadingTests {
    private let key = KeyedHash(key: [UInt8](0..<32))

    private func predictions(_ text: String) -> [Double]? {
        let bytes = Array(text.utf8)
        return PredictionReader.read(bytes, in: 0..<bytes.count)
    }

    private func cells(_ text: String) -> FeatureCells? {
        let bytes = Array(text.utf8)
        return FeatureCells(bytes, in: 0..<bytes.count)
    }

    private func hash(_ cells: FeatureCells, body: [UInt8]) -> String {
        var order = FeaturesHash.NameOrder()
        return FeaturesHash.code(of: cells, body: body, key: key, order: &order).hexadecimal
    }

    @Test(
        "Predictions are found in every form that model servers answer in",
        arguments: [
            (#"{"predictions": [0.25, 1, -3.5e-2]}"#, [0.25, 1, -0.035]),
            (#"{"predictions": 0.5}"#, [0.5]),
            (#"[0.1, 0.2]"#, [0.1, 0.2]),
            (#"{"a": {"predictions": 9}, "predictions": [[0.9, 0.1], [0.2, 0.8]]}"#, [0.1, 0.8]),
            (#"{"predictions": [{"score": 0.7, "label": "x"}, {"label": "y", "score": 0.3}]}"#, [0.7, 0.3]),
            (#"{"predictions": [true, false]}"#, [1, 0]),
            (
                #"{"model_name":"m","outputs":[{"name":"p","shape":[3],"datatype":"FP64","data":[1,2,3]},{"data":[7]}]}"#,
                [1, 2, 3]
            ),
            (#"{"outputs":[{"data":[0.9,0.1,0.4,0.6],"name":"p","shape":[2,2],"datatype":"FP64"}]}"#, [0.1, 0.6]),
            (
                #"{"predictions": [123456789012345678, 1e308, 0.1234567890123456789]}"#,
                [1.2345678901234568e17, 1e308, 0.12345678901234568]
            ),
        ] as [(String, [Double])])
    func foundPredictions(text: String, expected: [Double]) { #expect(predictions(text) == expected) }

    @Test(
        "An answer without numbers has no predictions",
        arguments: [
            "", "{", "null", #"{"predictions": []}"#, #"{"predictions": ["a"]}"#, #"{"predictions": [1, null]}"#, "<html>",
            #"{"predictions": [1, 2"#, #"{"error": "no"}"#, #"{"predictions": [[1, 2], "x"]}"#,
            String(repeating: "[", count: 100_000), #"{"predictions": [1e]}"#, #"{"x\ud800": 1}"#,
            "{\"predictions\": [\"\u{0}\"]}",
        ])
    func noPredictions(text: String) { #expect(predictions(text) == nil) }

    @Test("NaN and infinities, as Python writes them, are read as such")
    func notNumbers() {
        let read = predictions(#"{"predictions": [NaN, Infinity, -Infinity]}"#)
        #expect(read?[0].isNaN == true)
        #expect(read?.dropFirst() == [.infinity, -.infinity])
    }

    @Test("A number reads as the same double that the standard library reads", arguments: 1...400)
    func numbers(seed: UInt64) throws {
        var random = SeededChoices(state: seed)
        let digits = (0..<1 + random.next(below: 20)).map { _ in String(random.next(below: 10)) }.joined()
        var text = random.next(below: 2) == 0 ? digits : "-\(digits)"
        if random.next(below: 2) == 0 {
            text += "." + (0..<1 + random.next(below: 25)).map { _ in String(random.next(below: 10)) }.joined()
        }
        if random.next(below: 3) == 0 { text += "e\(random.next(below: 40) - 20)" }
        #expect(predictions("[\(text)]") == [try #require(Double(text))])
    }

    @Test(
        "The same features come out of every form of request",
        arguments: [
            #"{"dataframe_split": {"columns": ["age", "city"], "data": [[35, "Ulm"], [60, null]]}}"#,
            #"{"dataframe_split": {"index": [0, 1], "data": [[35, "Ulm"], [60, null]], "columns": ["age", "city"]}}"#,
            #"{"dataframe_records": [{"age": 35, "city": "Ulm"}, {"age": 60, "city": null}], "params": {"x": [1]}}"#,
            #"{"instances": [{"age": 35, "city": "Ulm"}, {"age": 60, "city": null}]}"#,
            #"{"inputs": {"age": [35, 60], "city": ["Ulm", null]}}"#,
            #"{"inputs":[{"name":"age","shape":[2],"datatype":"INT64","data":[35,60]},{"name":"city","shape":[2,1],"datatype":"BYTES","data":[["U\u006cm"],[null]]}]}"#,
        ])
    func forms(text: String) throws {
        let body = Array(text.utf8)
        let read = try #require(cells(text))
        #expect(read.names == ["age", "city"])
        #expect(read.cells.count == 4)
        let hash = hash(read, body: body)
        let split = try #require(cells(#"{"dataframe_records": [{"city": "Ulm", "age": 35.0}, {"age": 6e1, "city": null}]}"#))
        #expect(hash == self.hash(split, body: []))
    }

    @Test(
        "A request that is none of the forms is unreadable",
        arguments: [
            "", "{}", "[]", #"{"dataframe_split": {"columns": ["a"]}}"#,
            #"{"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}"#,
            #"{"inputs": []}"#, #"{"instances": [1, 2"#, #"{"instances": [1]} x"#, "\u{FEFF}{}",
            #"{"instances": [\#(String(repeating: "1,", count: 30_000))1]}"#,
        ])
    func unreadable(text: String) { #expect(cells(text) == nil) }

    @Test("Unnamed columns are called by their number, a wide tensor's by name and number")
    func names() {
        #expect(cells(#"{"instances": [[1, 2], [3, 4]]}"#)?.names == ["0", "1"])
        #expect(
            cells(#"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#)?.names == ["x[0]", "x[1]"])
    }

    // HMAC-SHA256 of the canonical form, computed by Python's hmac, struct and unicodedata; key: the bytes 0 to 31.
    @Test(
        "The hash of features is the published one",
        arguments: [
            (#"{"instances":[{"income":52000.5,"age":35}]}"#, "2c57e34bdde3ba491465307ca0975262ff3491a681da25266c6353d400efb5f4"),
            (
                #"{"instances":[{"rate":-0.0,"gap":null,"flag":true,"city":"Zu\u0308rich","age":35.0}]}"#,
                "0ef349eb571f66901e777dec26fa201ba10981f43976b07bec3705f76071c4c0"
            ),
            (
                #"{"instances":[{"x":NaN},{"x":1e300,"l":[1, 2]}]}"#,
                "2d23ede584944b89def0fd978a203b8854ba5c6625fb0083aee2eccf1e067403"
            ),
        ])
    func published(text: String, expected: String) throws {
        let body = Array(text.utf8)
        let read = try #require(cells(text))
        #expect(hash(read, body: body) == expected)
    }

    @Test("What was learned from the columns of one request changes nothing about the next")
    func knownColumns() throws {
        var known = FeatureCells.KnownColumns()
        var order = FeaturesHash.NameOrder()
        let texts = [
            #"{"dataframe_split": {"columns": ["b", "a"], "data": [[1, 2]]}}"#,
            #"{"dataframe_split": {"columns": ["b", "a"], "data": [[3, 4], [5, 6]]}}"#,
            #"{"dataframe_split": {"data": [[3, 4]], "columns": ["b", "a"]}}"#,
            #"{"dataframe_split": {"columns": ["b", "a", "c"], "data": [[1, 2, 3]]}}"#,
            #"{"dataframe_split": {"columns": ["b","a"], "data": [[1, 2]]}, "instances": [{"a": 7, "z": 8}]}"#,
            #"{"dataframe_split": {"columns": ["b", "a"], "data": [[1, 2]]}, "instances": [{"a": 7, "z": 8}]}"#,
            #"{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}"#,
            #"{"instances": [{"z": 1}], "dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}"#,
            #"{"dataframe_split": {"columns": ["u\#u{308}", "\#u{FC}"], "data": [[1, 2]]}}"#,
        ]
        for text in texts + texts.reversed() {
            let body = Array(text.utf8)
            let read = try #require(FeatureCells(body, in: body.indices, knowing: &known))
            let alone = try #require(cells(text))
            #expect(read.names == alone.names && read.cells == alone.cells)
            #expect(FeaturesHash.code(of: read, body: body, key: key, order: &order).hexadecimal == hash(alone, body: body))
        }
        for text in [
            #"{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2, 3]]}}"#, #"{"dataframe_split": {"columns": ["a", "a"]"#,
        ] {
            let body = Array(text.utf8)
            #expect(FeatureCells(body, in: body.indices, knowing: &known) == nil)
        }
    }

    @Test("Features are counted in the training buckets: an edge belongs to the bucket above, and what is absent is missing")
    func counting() throws {
        let window = ArmWindow(
            endpoint: "e", segment: "default", split: nil, arm: .champion, version: 1,
            digest: Digest(bytes: [UInt8](repeating: 1, count: 32)), from: Timestamp(milliseconds: 0))
        var live = LiveWindow(
            window,
            counting: [
                FeatureBuckets(name: "city", categories: ["Ulm", "3"]), FeatureBuckets(name: "age", edges: [30, 60]),
                FeatureBuckets(name: "never", edges: [0]),
            ])
        live.inspect(
            cells(
                #"""
                {"dataframe_records": [{"age": 29.9, "city": "Ulm"}, {"age": 30, "city": "Rom"}, {"age": 60, "city": 3},
                {"age": "old", "city": 2.5}, {"age": null, "new": {"a": 1}}, {"age": NaN, "city": [1]}]}
                """#))
        live.inspect(nil)
        #expect(live.window.inspected == 2)
        #expect(live.window.unreadable == 1)
        #expect(live.window.features.map(\.name) == ["age", "city", "never"])
        let (age, city, never) = (live.window.features[0], live.window.features[1], live.window.features[2])
        #expect(age.counts == [1, 1, 1])
        #expect(age.mistyped == 1)
        #expect(age.missing == 2)
        #expect(city.counts == [1, 1])
        #expect(city.unknown == 1)
        #expect(city.mistyped == 2)
        #expect(city.missing == 1)
        #expect(never.missing == 6)
        #expect(live.window.schema.fields.map(\.name) == ["age", "city", "new"])
        #expect(live.window.schema.fields[0].integer == 2)
        #expect(live.window.schema.fields[0].number == 2)
        #expect(live.window.schema.fields[2].nested == 1)
    }

    @Test("Damaged bodies never do more than be unreadable", arguments: 1...300)
    func damaged(seed: UInt64) {
        var random = SeededChoices(state: seed)
        var body = Array(#"{"dataframe_split": {"columns": ["a\n", "b"], "data": [[1.5e3, "x\u00e9"], [null, true]]}}"#.utf8)
        for _ in 0...random.next(below: 4) { body[random.next(below: body.count)] = UInt8(random.next(below: 256)) }
        body.removeLast(random.next(below: 10))
        _ = FeatureCells(body, in: 0..<body.count)
        _ = PredictionReader.read(body, in: 0..<body.count)
    }
}

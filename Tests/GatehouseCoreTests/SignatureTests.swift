import GatehouseCore
import Testing

@Suite("Signatures and their columns")
struct SignatureTests {
    @Test("a type accepts what it can hold without losing a value")
    func accepts() {
        // Rows: what a model wants; listed: what a pipeline may deliver. A 64-bit integer fits neither a float nor an integer.
        let table: [FieldType: Set<FieldType>] = [
            .boolean: [.boolean], .integer: [.boolean, .integer], .long: [.boolean, .integer, .long], .float: [.boolean, .float],
            .double: [.boolean, .integer, .long, .float, .double], .string: [.string], .binary: [.binary],
            .datetime: [.datetime],
        ]
        for wanted in FieldType.allCases {
            for delivered in FieldType.allCases {
                let isAccepted = table[wanted]?.contains(delivered) == true
                #expect(wanted.accepts(delivered) == isAccepted, "\(wanted) from \(delivered)")
            }
        }
    }

    @Test("MLflow's signature is read and written back")
    func mlflow() throws {
        let json = try JSONParser.parse(
            """
            {"inputs": [{"type": "long", "name": "age", "required": true},
                        {"type": "double", "name": "income", "required": false},
                        {"type": "string", "name": "region"}],
             "outputs": [{"type": "double", "name": "score", "required": true}], "params": null}
            """)
        let signature = try ModelSignature(json: json)
        #expect(
            signature.inputs == [
                FieldSchema(name: "age", type: .long), FieldSchema(name: "income", type: .double, isRequired: false),
                FieldSchema(name: "region", type: .string),
            ])
        #expect(signature.outputs == [FieldSchema(name: "score", type: .double)])
        #expect(try ModelSignature(json: signature.json) == signature)
    }

    @Test("outputs may be missing or null", arguments: [#"{"inputs": []}"#, #"{"inputs": [], "outputs": null}"#])
    func noOutputs(_ text: String) throws {
        let signature = try ModelSignature(json: JSONParser.parse(text))
        #expect(signature == ModelSignature(inputs: []))
    }

    struct Mistake: Sendable {
        let inputs: String
        let message: String

        init(_ inputs: String, _ message: String) {
            self.inputs = inputs
            self.message = message
        }
    }

    @Test(
        "a mistake is named with its column",
        arguments: [
            Mistake("null", "the signature's inputs is not a list of at most 10000 columns."),
            Mistake(#"{"name": "a"}"#, "the signature's inputs is not a list of at most 10000 columns."),
            Mistake(#""[]""#, "the signature's inputs is not a list of at most 10000 columns."),
            Mistake("[7]", "Column 1 of the signature's inputs has no name."),
            Mistake(#"[{"name": "a", "type": "long"}, {"type": "long"}]"#, "Column 2 of the signature's inputs has no name."),
            Mistake(#"[{"name": "", "type": "long"}]"#, "Column 1 of the signature's inputs has no name."),
            Mistake(#"[{"name": 7, "type": "long"}]"#, "Column 1 of the signature's inputs has no name."),
            Mistake(#"[{"name": "a", "type": "lnog"}]"#, "The column 'a' of the signature's inputs has the unknown type 'lnog'."),
            Mistake(#"[{"name": "a", "type": "Long"}]"#, "The column 'a' of the signature's inputs has the unknown type 'Long'."),
            Mistake(#"[{"name": "a"}]"#, "The column 'a' of the signature's inputs has the unknown type 'tensor'."),
            Mistake(
                #"[{"name": "a", "type": "long"}, {"name": "a", "type": "double"}]"#,
                "The column 'a' stands twice in the signature's inputs."),
            Mistake(
                #"[{"name": "a", "type": "long", "required": "no"}]"#,
                "'required' of the column 'a' of the signature's inputs is neither true nor false."),
        ])
    func mistakes(_ mistake: Mistake) throws {
        let json = try JSONParser.parse(#"{"inputs": \#(mistake.inputs)}"#)
        #expect(try refusal { try ModelSignature(json: json) }.message == mistake.message)
    }

    @Test("a misspelled type is corrected, an unknown one gets the list")
    func hints() throws {
        func hint(_ type: String) throws -> String? {
            try refusal { try FieldSchema.list([["name": "a", "type": .string(type)]], in: "it") }.hint
        }
        #expect(try hint("lnog") == "Did you mean 'long'?")
        #expect(try hint("Double") == "Did you mean 'double'?")
        #expect(try hint("tensor") == "Types are: boolean, integer, long, float, double, string, binary, datetime.")
    }

    @Test("a list of more columns than allowed is refused")
    func tooMany() throws {
        let columns = (0...FieldSchema.fieldsMax).map { JSONValue.object(["name": .string("c\($0)"), "type": "long"]) }
        #expect(try FieldSchema.list(.array(Array(columns.dropLast())), in: "it").count == FieldSchema.fieldsMax)
        _ = try refusal { try FieldSchema.list(.array(columns), in: "it") }
    }
}

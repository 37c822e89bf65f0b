import Foundation
import GatehouseCore
import Testing
import WireAPI

@Suite("What goes over the wire")
struct WireTypeTests {
    @Test("every type is read and written under the same names", arguments: WireType.all)
    func roundTrip(_ type: WireType) throws {
        #expect(!type.members.isEmpty)
        #expect(try type.again(type.example) == type.example)
    }

    @Test("members that nobody knows are passed over", arguments: WireType.all)
    func unknownMembers(_ type: WireType) throws {
        let extended = JSONValue.object(type.members.merging(["x-new": [1, 2]]) { known, _ in known })
        #expect(try type.again(extended) == type.example)
    }

    @Test("what is missing is named, unless it may be missing", arguments: WireType.all)
    func missingMembers(_ type: WireType) throws {
        for name in type.members.keys {
            var members = type.members
            members[name] = nil
            if let fallback = type.optional[name] {
                #expect(try type.again(.object(members))[name] == fallback)
            } else {
                let error = try #require(throws: GatehouseError.self) { try type.again(.object(members)) }
                #expect(error.code == .invalidArgument)
                #expect(error.message == "The field '\(name)' is missing.")
                #expect(error.hint?.contains("docs/api.md") == true)
            }
        }
    }

    @Test("null stands for a missing member and for nothing else", arguments: WireType.all)
    func nullMembers(_ type: WireType) throws {
        for name in type.members.keys where !type.free.contains(name) {
            let json = JSONValue.object(type.members.merging([name: .null]) { _, new in new })
            if let fallback = type.optional[name] {
                #expect(try type.again(json)[name] == fallback)
            } else {
                let error = try #require(throws: GatehouseError.self) { try type.again(json) }
                // Foundation finds null to be of the wrong type where a flag is expected.
                #expect(["is null.", "is not true or false."].contains { error.message == "The field '\(name)' \($0)" })
            }
        }
    }

    @Test("a member of another type is named, with the type it should have", arguments: WireType.all)
    func wrongTypes(_ type: WireType) throws {
        for (name, value) in type.members where !type.free.contains(name) {
            let (wrong, expected): (JSONValue, String) =
                switch value {
                case .string: (7, "text")
                case .bool: ("yes", "true or false")
                case .integer: ("7", "a whole number")
                case .number: ("0.5", "a number")
                case .array: ("[]", "a list")
                case .object: ([], "an object")
                case .null: (.null, "null")
                }
            let json = JSONValue.object(type.members.merging([name: wrong]) { _, new in new })
            let error = try #require(throws: GatehouseError.self) { try type.again(json) }
            #expect(error.code == .invalidArgument)
            #expect(error.message == "The field '\(name)' is not \(expected).", "\(name)")
        }
    }

    @Test("every optional member of an answer is written, null when there is none", arguments: WireType.all)
    func explicitNull(_ type: WireType) throws {
        let required = JSONValue.object(type.members.filter { type.optional[$0.key] == nil })
        let written = try #require(try type.again(required).objectValue)
        #expect(Set(written.keys) == Set(type.members.keys))
        for (name, fallback) in type.optional { #expect(written[name] == fallback) }
    }

    @Test("a mistake inside a list is named with its place")
    func nestedMistakes() throws {
        func message(_ text: String) throws -> String {
            try #require(throws: GatehouseError.self) {
                try WireCoder.decode(CreateVersionCall.self, from: Data(text.utf8))
            }.message
        }
        #expect(
            try message(#"{"files": [{"path": "a", "digest": "d", "bytes": 1}, {"path": "b"}], "tags": {}}"#)
                == "The field 'files[1].digest' is missing.")
        #expect(try message(#"{"files": [7], "tags": {}}"#) == "The field 'files[0]' is not an object.")
        #expect(try message(#"{"files": [], "tags": {"team": 7}}"#) == "The field 'tags.team' is not text.")
    }

    @Test(
        "a body that is no JSON object is refused",
        arguments: [
            ("", "The body is not JSON."), ("{", "The body is not JSON."), ("{\"value\": \"a\"", "The body is not JSON."),
            ("not json", "The body is not JSON."), ("\u{0}", "The body is not JSON."), ("[]", "The body is not an object."),
            ("7", "The body is not an object."), ("null", "The body is null."),
        ])
    func noObject(_ text: String, _ message: String) throws {
        let error = try #require(throws: GatehouseError.self) {
            try WireCoder.decode(SetTagCall.self, from: Data(text.utf8))
        }
        #expect(error.code == .invalidArgument)
        #expect(error.message == message)
    }

    @Test("an unknown word for a state cannot be read")
    func unknownState() throws {
        let evaluation = try #require(WireType.all.first { $0.name == "EvaluationAnswer" })
        let json = JSONValue.object(evaluation.members.merging(["state": "paused"]) { _, new in new })
        let error = try #require(throws: GatehouseError.self) { try evaluation.again(json) }
        #expect(error.message == "The field 'state' cannot be read.")
    }

    @Test("keys are sorted and slashes stay as they are, so that equal answers are equal bytes")
    func bytes() throws {
        let bytes = try WireCoder.encode(AdoptCall(reason: "a/b", segment: "eu/de"))
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"environment":null,"reason":"a/b","segment":"eu/de"}"#)
    }

    @Test("numbers keep every digit")
    func precision() throws {
        let sent = ProgressAnswer(step: "candidate", fraction: 0.1 + 0.2, isDone: false)
        #expect(try WireCoder.decode(ProgressAnswer.self, from: WireCoder.encode(sent)) == sent)
        let bytes = BlobAnswer(digest: "", bytes: .max)
        #expect(try WireCoder.decode(BlobAnswer.self, from: WireCoder.encode(bytes)).bytes == .max)
    }
}

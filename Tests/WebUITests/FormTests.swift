import GatehouseCore
import Testing

@testable import WebUI

@Suite("Forms")
struct FormTests {
    @Test("fields are read as browsers send them, in their order")
    func fields() throws {
        let form = try Form(encoded: "name=a+b&box=1&box=2&text=%C3%A4%26%3D&empty=&flag")
        #expect(form["name"] == "a b")
        #expect(form.all("box") == ["1", "2"])
        #expect(form["text"] == "ä&=")
        #expect(form.optional("empty") == nil)
        #expect(form["flag"] == "")
        #expect(form.optional("absent") == nil)
    }

    @Test("a secret keeps its white space, and one of nothing else is missing")
    func secrets() throws {
        let form = try Form(encoded: "password=+two++words+&blank=++")
        #expect(try form.secret("password", label: "The password") == " two  words ")
        #expect(form["password"] == "two  words")
        for name in ["blank", "absent"] {
            #expect(form.optionalSecret(name) == nil)
            #expect(throws: GatehouseError.self) { try form.secret(name, label: "The password") }
        }
    }

    @Test("what is not percent-encoded UTF-8 is refused", arguments: ["a=%ff", "%C3=1", "a=%zz"])
    func damaged(text: String) {
        #expect(throws: GatehouseError.self) { try Form(encoded: text) }
    }

    @Test("a form has at most so many fields")
    func many() throws {
        let most = (0..<Form.fieldsMax).map { "f\($0)=1" }.joined(separator: "&")
        #expect(try Form(encoded: most)["f999"] == "1")
        #expect(throws: GatehouseError.self) { try Form(encoded: most + "&g=1") }
    }

    @Test("a token opens the forms of its own session only")
    func tokens() throws {
        let key = FormKey(bytes: Array(repeating: 7, count: 32))
        let token = key.token(session: "one")
        try key.check(token, session: "one")
        for (given, session) in [(token, "two"), (token, nil), ("", "one"), (String(token.dropLast()) + "0", "one")]
            as [(String, String?)]
        where given != token || session != "one" {
            #expect(throws: GatehouseError.self) { try key.check(given, session: session) }
        }
        #expect(throws: GatehouseError.self) { try FormKey(bytes: Array(repeating: 8, count: 32)).check(token, session: "one") }
    }
}

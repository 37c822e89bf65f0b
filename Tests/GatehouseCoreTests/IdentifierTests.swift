import GatehouseCore
import Testing

@Suite("Names")
struct IdentifierTests {
    @Test(
        "a model's name may hold what stands in a path and a terminal",
        arguments: [
            "a", "credit-risk", "Credit Risk 2", "team@model", "ü漢😀", "100%", "..a", "a?b#c", String(repeating: "x", count: 256),
        ])
    func modelNames(_ text: String) throws {
        #expect(try ModelName(text).description == text)
    }

    @Test(
        "other names are refused",
        arguments: [
            "", " ", " a", "a ", "\u{A0}a", "a\u{3000}", "a/b", "a:b", "/", ".", "..", "a\nb", "a\tb", "a\u{0}", "\u{7F}",
            "a\u{85}b",
            String(repeating: "x", count: 257),
        ])
    func badModelNames(_ text: String) throws {
        let error = try refusal { try ModelName(text) }
        #expect(error.message.hasSuffix("cannot be a model name."))
        #expect(error.message.count < 120)
        #expect(error.hint?.contains("1 to 256 characters") == true)
    }

    @Test("a version number starts at 1")
    func versionNumbers() throws {
        #expect(try VersionNumber(1) < VersionNumber(.max))
        #expect(try VersionNumber(parsing: "42").value == 42)
        #expect(try VersionNumber(parsing: "9223372036854775807").description == "9223372036854775807")
        _ = try refusal { try VersionNumber(0) }
        _ = try refusal { try VersionNumber(.min) }
    }

    @Test(
        "other text is no version number",
        arguments: ["", "0", "-1", "+1", "1.0", "1e3", " 1", "v1", "latest", "٣", "9223372036854775808"])
    func badVersionNumbers(_ text: String) throws {
        #expect(try refusal { try VersionNumber(parsing: text) }.message.hasPrefix("A version number is a whole number from 1"))
    }

    @Test(
        "an alias holds letters and digits of any script, '_' and '-'",
        arguments: [
            "champion", "é", "überprüft", "版本", "٣", "A_b-9", "v", "vv1", "v1a", "1", "-", String(repeating: "a", count: 255),
        ])
    func aliases(_ text: String) throws {
        #expect(try Alias(text).text == text)
    }

    @Test(
        "other aliases are refused",
        arguments: [
            "", "a b", "a.b", "a/b", "a@b", "a✓", "a\n", "e\u{301}", String(repeating: "a", count: 256),
            String(repeating: "a", count: 9999),
        ])
    func badAliases(_ text: String) throws {
        let error = try refusal { try Alias(text) }
        #expect(
            error.message.hasPrefix("Invalid alias name: '")
                || error.message == "'Registered model alias name' exceeds the maximum length of 255 characters")
        #expect(error.message.count < 200)
    }

    @Test("what MLflow gives a meaning is no alias", arguments: ["latest", "LATEST", "v1", "V12", "v007"])
    func reservedAliases(_ text: String) throws {
        #expect(try refusal { try Alias(text) }.message.hasSuffix("is reserved."))
        #expect(try Alias(existing: text).text == text)
    }

    @Test("a named version is read with and without its number")
    func namedVersions() throws {
        let exact = try NamedVersion(parsing: "credit-holdout@7")
        #expect(exact.name == "credit-holdout")
        #expect(exact.version?.value == 7)
        #expect(exact.description == "credit-holdout@7")
        let newest = try NamedVersion(parsing: "credit holdout")
        #expect(newest.version == nil)
        #expect(newest.description == "credit holdout")
    }

    @Test(
        "a malformed named version is refused",
        arguments: ["", "@", "@7", "a@", "a@0", "a@-1", "a@+1", "a@x", "a@1@2", "a@b@2", "a/b@1", "a:b", "a @1", "..@1"])
    func badNamedVersions(_ text: String) throws {
        _ = try refusal { try NamedVersion(parsing: text) }
    }

    @Test("principals say what they are")
    func principals() {
        #expect(Principal.user("ada").text == "user:ada")
        #expect(Principal.token("ci").text == "token:ci")
        #expect(Principal.system("evaluator").text == "system:evaluator")
        #expect(Principal(stored: "user:ada") == .user("ada"))
        #expect(Principal.user("a:b").kind == .user && Principal.user("a:b").name == "a:b")
        #expect(Principal.token("ci").kind == .token && Principal.system("evaluator").kind == .system)
        for text in ["", "ada", "robot:r2", "USER:ada"] { #expect(Principal(stored: text).kind == nil, "\(text)") }
        #expect(Principal(stored: "ada").name == "" && Principal(stored: "robot:r2").name == "r2")
    }
}

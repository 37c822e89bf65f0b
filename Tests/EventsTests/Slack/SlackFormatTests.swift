import Access
import Events
import GatehouseCore
import Testing

@Suite("Slack's formats")
struct SlackFormatTests {
    private func form(_ text: String) throws -> SlackForm { try SlackForm(Array(text.utf8)) }

    @Test("a form is decoded once: plus, percent, UTF-8, empty values, the first of two")
    func forms() throws {
        let form = try form("a=1+2%2B3&%C3%BC=%F0%9F%90%9F&empty=&bare&a=second&x=a=b&pct=%2541")
        #expect(form["a"] == "1 2+3" && form["ü"] == "🐟" && form["empty"] == "" && form["bare"] == "" && form["x"] == "a=b")
        #expect(form["pct"] == "%41" && form["nothing"] == nil)
    }

    @Test("what is no form is refused", arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "%+1=a", "a=%C3"])
    func badForms(_ text: String) {
        #expect(throws: GatehouseError.self) { try form(text) }
    }

    @Test("more fields than Slack sends are refused")
    func manyFields() {
        #expect(throws: GatehouseError.self) { try form(String(repeating: "a=b&", count: SlackForm.fieldsMax + 1)) }
    }

    @Test(
        "commands are read as people type them",
        arguments: [
            ("/approve-model", "credit-risk 3 ABCD-EFGH", .approve(model: "credit-risk", version: "3", token: "ABCD-EFGH")),
            (
                "/approve-model", "  credit-risk   v3  ABCD EFGH ",
                .approve(model: "credit-risk", version: "3", token: "ABCD EFGH")
            ),
            ("/approve-model", "credit-risk 3", .approve(model: "credit-risk", version: "3", token: nil)),
            ("/approve-model", "\"Credit Risk\" 3 T", .approve(model: "Credit Risk", version: "3", token: "T")),
            ("/approve-model", "“Credit 'Risk'” 3 T", .approve(model: "Credit 'Risk'", version: "3", token: "T")),
            ("/approve-model", "„Credit Risk“ 3", .approve(model: "Credit Risk", version: "3", token: nil)),
            ("/approve-model", "\"open 3 T", .approve(model: "\"open", version: "3", token: "T")),
            ("/reject-model", "a&amp;b 1 AUC &lt; 0.8 &amp;lt;", .reject(model: "a&b", version: "1", reason: "AUC < 0.8 &lt;")),
            ("/reject-model", "漢 1 nein — 🐟", .reject(model: "漢", version: "1", reason: "nein — 🐟")),
            ("/link-gatehouse", " 4f1c-09ab ", .link(code: "4f1c-09ab")),
        ] as [(String, String, SlackCommand)])
    func commands(_ command: String, _ text: String, _ expected: SlackCommand) throws {
        #expect(try SlackCommand(command, text: text) == expected)
    }

    @Test(
        "what is no command says how it is typed",
        arguments: [
            ("/approve-model", ""), ("/approve-model", "credit-risk"), ("/reject-model", "credit-risk 3"),
            ("/reject-model", "credit-risk 3   "), ("/link-gatehouse", " "), ("/launch", "x"), ("", ""),
        ])
    func badCommands(_ command: String, _ text: String) throws {
        let error = #expect(throws: GatehouseError.self) { try SlackCommand(command, text: text) }
        #expect(error?.hint?.contains("/") == true)
    }

    @Test("escaping and its undoing are inverse, also for text that looks escaped")
    func escaping() {
        for text in ["a<b>&c", "&lt;", "&amp;lt;", "<!channel>", "plain", "🐟&"] {
            #expect(SlackText.unescaped(SlackText.escaped(text)) == text)
            #expect(!SlackText.escaped(text).contains("<"))
        }
        #expect(SlackText.code("a`b\nc<d") == "`aˋb c&lt;d`")
    }

    @Test("text is cut between characters, to Slack's length")
    func cutting() {
        let family = "👨‍👩‍👧"
        #expect(SlackText.fitting("short", unitsMax: 5) == "short")
        #expect(SlackText.fitting("longer", unitsMax: 5) == "long…")
        let cut = SlackText.fitting(String(repeating: family, count: 20), unitsMax: 50)
        #expect(cut.utf16.count <= 50 && cut.hasPrefix(family) && cut.dropLast().allSatisfy { String($0) == family })
        #expect(SlackText.plain("")["text"] == " ")
    }

    @Test("who acts is the workspace and the user that Slack signed, and nothing that was typed")
    func identities() throws {
        let call = try SlackCommandCall(
            form("team_id=T1&user_id=U2&user_name=ada&command=%2Fapprove-model&text=&trigger_id=7.1&user=U9"))
        #expect(try call.identity == SlackIdentity(team: "T1", user: "U2"))
        let payload = #"{"type":"view_submission","user":{"id":"U2","team_id":"T9","name":"ada"},"team":{"id":"T1"},"view":{}}"#
        #expect(try SlackInteraction(form("payload=\(payload.encoded)")).identity == SlackIdentity(team: "T1", user: "U2"))
        let organisation = #"{"type":"x","user":{"id":"W2","team_id":"T9"},"team":null}"#
        #expect(try SlackInteraction(form("payload=\(organisation.encoded)")).identity == SlackIdentity(team: "T9", user: "W2"))
        for (team, user) in [("", "U1"), ("T1", ""), ("t1", "U1"), ("T1", "U1/.."), ("T1", String(repeating: "U", count: 41))] {
            #expect(throws: GatehouseError.self) { try SlackIdentity(team: team, user: user) }
        }
    }
}

extension String {
    /// Percent-encoded but for letters and digits.
    fileprivate var encoded: String {
        utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

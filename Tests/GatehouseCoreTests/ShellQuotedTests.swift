import GatehouseCore
import Testing

@Suite("Words of suggested commands")
struct ShellQuotedTests {
    @Test(
        "a word is quoted when a shell would read it otherwise",
        arguments: [
            ("credit-risk", "credit-risk"), ("credit_risk.v2", "credit_risk.v2"), ("credit risk", "'credit risk'"),
            ("$(reboot)", "'$(reboot)'"), ("it's", #"'it'\''s'"#), ("prêt", "'prêt'"), ("", "''"),
        ])
    func quotes(word: String, quoted: String) {
        #expect(shellQuoted(word) == quoted)
    }
}

import Foundation
import GatehouseCore
import Gates
import Registry
import Testing

@testable import Promotions

@Suite("Checks that somebody else answers", .timeLimit(.minutes(5)))
struct CustomCheckTests {
    /// The result of one custom check of a good model.
    private func result(
        _ check: String, files: [String: String] = LoanModel.good, commands: Evaluator.CommandPermission = .denied,
        prepare: (Workshop, ArtifactManifest) async throws -> Void = { _, _ in }
    ) async throws -> CheckResult {
        try await Workshop.run(commands: commands) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model, files)
            try await shop.dataset()
            try await shop.policy(Rules.text(gates: ["custom:", "  - \(check)"]))
            try await prepare(shop, try await shop.upload(files))
            let evaluation = try await shop.evaluate(version, of: model)
            let result = try #require(evaluation.results.first)
            #expect(evaluation.passed == (result.verdict == .pass))
            return result
        }
    }

    /// Gives `body` a folder with one executable script.
    private func withScript(_ text: String, _ body: (Evaluator.CommandPermission) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = FileManager.default.createFile(
            atPath: "\(folder)/check.sh", contents: Data("#!/bin/sh\n\(text)\n".utf8), attributes: [.posixPermissions: 0o700])
        try await body(.inside(directory: folder, environment: ["PATH": "/usr/bin:/bin"]))
    }

    // MARK: Posted evidence

    private static let spark = "{name: spark_audit, kind: evidence}"

    @Test("evidence that CI posted for this artifact decides")
    func evidence() async throws {
        for (passed, verdict) in [(true, Verdict.pass), (false, .fail)] {
            let result = try await result(Self.spark) { shop, manifest in
                _ = try await shop.registry.postEvidence(
                    ["passed": .bool(passed), "reason": "12 rows looked at"], for: "spark_audit", of: manifest.digest,
                    by: shop.ada)
            }
            #expect(result.verdict == verdict)
            #expect(says(result.judgement.reason, "12 rows looked at"))
        }
    }

    @Test("without evidence the check is inconclusive and blocks")
    func noEvidence() async throws {
        let result = try await result(Self.spark)
        #expect(result.verdict == .inconclusive)
        #expect(result.blocks)
    }

    @Test("evidence for other bytes, or for another check, is none")
    func foreignEvidence() async throws {
        let result = try await result(Self.spark) { shop, manifest in
            let other = try await shop.version(of: ModelName("credit-risk"), LoanModel.weak)
            let foreign = try #require(try await shop.found(other, of: ModelName("credit-risk")).artifact)
            let body: JSONValue = ["passed": true, "reason": "fine"]
            _ = try await shop.registry.postEvidence(body, for: "spark_audit", of: foreign, by: shop.ada)
            _ = try await shop.registry.postEvidence(body, for: "spark_audits", of: manifest.digest, by: shop.ada)
        }
        #expect(result.verdict == .inconclusive)
    }

    @Test(
        "evidence that is not understood never passes",
        arguments: [
            [:], "passed", true, [true], ["passed": "true", "reason": "x"], ["passed": 1, "reason": "x"], ["passed": true],
            ["passed": true, "reason": ""], ["verdict": "pass", "reason": "x"],
            ["passed": true, "verdict": "fail", "reason": "x"], ["passed": true, "verdict": "fine", "reason": "x"],
            ["passed": true, "reason": "x", "measurements": [["metric": "m", "value": 1, "verdict": "fail"]]],
        ] as [JSONValue])
    func unknownEvidence(body: JSONValue) async throws {
        let result = try await result(Self.spark) { shop, manifest in
            _ = try await shop.registry.postEvidence(body, for: "spark_audit", of: manifest.digest, by: shop.ada)
        }
        #expect(result.verdict == .error, "\(result.judgement)")
        #expect(result.blocks)
    }

    // MARK: Attestations and cards

    @Test("an attestation of this artifact passes and leaves the name to the log; without one the check is inconclusive")
    func attestation() async throws {
        let check = "{name: regulatory_sign_off, kind: attestation}"
        #expect(try await result(check).verdict == .inconclusive)
        let attested = try await result(check) { shop, manifest in
            _ = try await shop.registry.attest(
                "regulatory_sign_off", of: manifest.digest, notes: "file 12/7", by: .user("grace"))
        }
        #expect(attested.verdict == .pass)
        #expect(says(attested.judgement.reason, "in the audit log"))
        #expect(!says(attested.judgement.reason, "grace"), "\(attested.judgement.reason)")
    }

    @Test("a card with its fields passes; a card that is missing or lacks a field fails")
    func cards() async throws {
        let check = "{name: model_card, kind: card}"
        #expect(try await result(check).verdict == .pass)
        var files = LoanModel.good
        files["model_card.md"] = nil
        let missing = try await result(check, files: files)
        #expect(missing.verdict == .fail)
        #expect(says(missing.judgement.reason, "carries no model_card.md"))
        files["model_card.md"] = LoanModel.card.replacing("## Limitations", with: "## Weather")
        let lacking = try await result(check, files: files)
        #expect(lacking.verdict == .fail)
        #expect(says(lacking.judgement.reason, "limitations"))
    }

    // MARK: Commands

    private static let command = "{name: robustness, command: [./check.sh], timeout: 5s}"

    @Test("a server without permission runs no command")
    func denied() async throws {
        let result = try await result(Self.command)
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "--checks-dir"))
    }

    @Test("with permission the command's document decides")
    func permitted() async throws {
        try await withScript(#"cat > /dev/null; echo '{"passed": true, "reason": "held still"}'"#) { commands in
            let result = try await result(Self.command, commands: commands)
            #expect(result.verdict == .pass, "\(result.judgement)")
        }
        try await withScript(#"cat > /dev/null; echo '{"passed": false, "reason": "moved"}'; exit 1"#) { commands in
            let result = try await result(Self.command, commands: commands)
            #expect(result.verdict == .fail, "\(result.judgement)")
        }
    }

    @Test("a command is told which bytes it checks, on which data")
    func commandInput() async throws {
        let script = """
            input=$(cat)
            for word in '"check":"robustness"' '"subject":"credit-risk v1"' '"name":"holdout@1"' '"label":"defaulted"'; do
                case "$input" in *"$word"*) ;; *) echo "{\\"passed\\": false, \\"reason\\": \\"a word is missing\\"}"; exit 0 ;; esac
            done
            path=$(printf '%s' "$input" | sed 's/.*"path":"\\([^"]*candidate\\)".*/\\1/')
            test -f "$path/model.lgb" && echo '{"passed": true, "reason": "the files are there"}'
            """
        try await withScript(script) { commands in
            let result = try await result(Self.command, commands: commands)
            #expect(result.verdict == .pass, "\(result.judgement)")
        }
    }

    @Test(
        "a command that says nothing, too little or nonsense never passes",
        arguments: ["exit 0", "echo pass", "echo '{}'", "exit 3"])
    func silentCommand(script: String) async throws {
        try await withScript(script) { commands in
            let result = try await result(Self.command, commands: commands)
            #expect(result.verdict == .error, "\(result.judgement)")
        }
    }

    @Test("a command that is not there is an error")
    func absentCommand() async throws {
        try await withScript("exit 0") { commands in
            let result = try await result("{name: robustness, command: [./other.sh]}", commands: commands)
            #expect(result.verdict == .error)
            #expect(says(result.judgement.reason, "./other.sh"))
        }
    }

    @Test("a URL is not asked without a secret to sign with")
    func unsignedURL() async throws {
        let result = try await result("{name: business_rules, url: https://rules.internal/check}")
        #expect(result.verdict == .error)
        #expect(says(result.judgement.reason, "GATEHOUSE_CHECK_SECRET"))
    }

    // MARK: Robustness and enforcement

    @Test("a tree whose scores hardly move under noise passes, with a tighter limit it fails")
    func robustness() async throws {
        let loose = try await result("{name: holds_still, kind: robustness, noise: 0.01, max_mean_shift: 0.2}")
        #expect(loose.verdict == .pass, "\(loose.judgement)")
        let tight = try await result("{name: holds_still, kind: robustness, noise: 0.5, max_mean_shift: 0}")
        #expect(tight.verdict == .fail, "\(tight.judgement)")
    }

    @Test("a failing check that only warns does not keep a version out")
    func warns() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            let check = "  - {name: spark_audit, kind: evidence, enforcement: warn}"
            try await shop.policy(Rules.text(gates: [Rules.accuracy, "custom:", check]))
            let evaluation = try await shop.evaluate(version, of: model)
            #expect(evaluation.passed == true)
            #expect(evaluation.results.map(\.verdict) == [.pass, .inconclusive])
        }
    }
}

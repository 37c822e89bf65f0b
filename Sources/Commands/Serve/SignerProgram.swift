import AuditLog
import Foundation
import GatehouseCore
import Scoring

/// Signs checkpoints with a program of the operator's, which keeps the key: a smart card, a key service, another machine. It gets
/// `{"key": VKEY, "note": TEXT}` on standard input and prints `{"signature": BASE64}`, 64 bytes of Ed25519 over the text.
struct SignerProgram: NoteSigner {
    /// A checkpoint waits no longer: entries go on being committed meanwhile.
    static let timeoutSeconds = 10

    let program: String
    let verifier: NoteVerifier

    func signature(of message: [UInt8]) async throws -> [UInt8] {
        let answer: JSONValue
        do {
            answer = try await CommandCheck(environment: ProcessRoots.environment).run(
                arguments: [program],
                input: ["key": .string(verifier.vkey), "note": .string(String(decoding: message, as: UTF8.self))],
                timeout: .seconds(Self.timeoutSeconds), workingDirectory: ProcessRoots.workingDirectory)
        } catch let error as GatehouseError {
            throw failure("failed", error)
        }
        guard let text = answer["signature"]?.stringValue, let signature = Data(base64Encoded: text) else {
            throw failure("printed no {\"signature\": BASE64}", nil)
        }
        return Array(signature)
    }

    private func failure(_ what: String, _ cause: GatehouseError?) -> GatehouseError {
        GatehouseError(
            .unavailable, "The signer of the audit log '\(program)' \(what).",
            hint: "Try it by hand: it gets {\"key\", \"note\"} and prints {\"signature\"}; docs/audit-log.md has more.",
            details: [cause?.message].compactMap { $0 }, cause: cause)
    }
}

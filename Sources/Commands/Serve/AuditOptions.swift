import ArgumentParser
import AuditLog
import GatehouseCore

/// How `serve` signs its audit log.
struct AuditOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Name of a new audit log; more: --help-hidden.", valueName: "name"))
    var auditOrigin: String?
    // Rarely needed, and the help of `serve` is to fit a screen.
    @Option(help: ArgumentHelp("Program that signs instead of audit/key.", valueName: "program", visibility: .hidden))
    var auditSigner: String?
    @Option(help: ArgumentHelp("The public key of that program.", valueName: "vkey", visibility: .hidden))
    var auditSignerKey: String?

    @Option(help: ArgumentHelp("Log whose copies are believed, repeatable.", valueName: "key"))
    var trustedLog: [String] = []

    func validate() throws {
        guard (auditSigner == nil) == (auditSignerKey == nil), auditSigner == nil || auditOrigin == nil else {
            throw ValidationError("--audit-signer needs --audit-signer-key, which also holds the log's name.")
        }
        if let auditOrigin, !NoteName.isValid(auditOrigin) {
            throw ValidationError("The name of a log is up to \(NoteName.bytesMax) bytes without spaces or '+'.")
        }
    }

    func apply(to settings: inout ServerSettings) throws {
        settings.auditOrigin = auditOrigin
        settings.trustedLogs = try trustedLog.map { try AuditFiles.key($0) }
        guard let auditSigner, let auditSignerKey else { return }
        settings.auditSigner = SignerProgram(program: auditSigner, verifier: try AuditFiles.key(auditSignerKey))
    }
}

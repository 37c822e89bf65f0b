import AuditLog
import GatehouseCore
import Logging
import Storage

/// What a server has for its tamper-evident log: the key, the sequencer that signs, the log as it is read.
struct AuditParts: Sendable {
    let sequencer: LogSequencer
    let published: PublishedLog

    /// Opens the log, or refuses to: see docs/audit-log.md. On the database itself, not on the store that watches for events.
    init(_ database: any SQLStore, _ settings: ServerSettings, logger: Logger) async throws {
        let directory = TileDirectory(path: "\(settings.dataDirectory)/audit")
        let signer = try Self.signer(settings, LogKeyFiles(directory: directory))
        let opening = LogOpening(
            store: database, directory: directory, signers: [signer], origin: signer.verifier.name, now: ProcessRoots.now)
        sequencer = try await LogSequencer(opening, logger: logger)
        published = PublishedLog(directory: directory, key: signer.verifier)
    }

    private static func signer(_ settings: ServerSettings, _ keys: LogKeyFiles) throws -> any NoteSigner {
        guard let program = settings.auditSigner else {
            return try keys.open(origin: settings.auditOrigin, randomBytes: ProcessRoots.randomBytes)
        }
        try keys.open(external: program.verifier)
        return program
    }
}

import Access
import AuditLog
import GatehouseCore
import HTTPAPI
import Storage

extension ServerScreen {
    static func load(_ page: PageRequest) async throws -> ServerScreen {
        let caller = try page.caller(who: .read)
        let (services, signIn) = (page.services, page.signIn)
        let seesLog = caller.grants.allows(.readAudit)
        let counts = try await services.store.read { tx in try tx.serverCounts() }
        return ServerScreen(
            version: page.serverVersion, auditKey: services.auditLog.key, signingKey: services.attestationKey,
            entries: seesLog ? counts.entries : nil, mirrors: seesLog ? services.outside.mirrors.all : [],
            witnesses: seesLog ? services.outside.witnesses.witnesses : [], models: counts.models, versions: counts.versions,
            blobs: (counts.artifacts, counts.artifactBytes), issuer: signIn.identities?.settings.issuer,
            publicURL: signIn.publicURL, hasTLS: signIn.hasTLS, isOpen: signIn.isOpen)
    }
}

extension SQLTransaction {
    struct ServerCounts: Sendable {
        let models: Int64
        let versions: Int64
        let artifacts: Int64
        let artifactBytes: Int64
        let entries: Int64
    }

    /// How much there is.
    func serverCounts() throws -> ServerCounts {
        func count(_ statement: SQLStatement) throws -> Int64 { try first(statement) { try $0.integer("total") } ?? 0 }
        return ServerCounts(
            models: try count("SELECT COUNT(*) AS total FROM registered_model WHERE deleted_at IS NULL"),
            versions: try count("SELECT COUNT(*) AS total FROM model_version"),
            artifacts: try count("SELECT COUNT(*) AS total FROM artifact"),
            artifactBytes: try count("SELECT COALESCE(SUM(total_bytes), 0) AS total FROM artifact"),
            entries: try auditEntryCount())
    }
}

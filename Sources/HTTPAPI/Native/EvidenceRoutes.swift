import Access
import GatehouseCore
import Hummingbird
import Registry
import Storage
import WireAPI

/// What others measured or attested for an artifact, found by its digest.
struct EvidenceRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.put("artifacts/:digest/evidence/:check") { request, context in
            let digest = try Digest(parsing: context.segment("digest"))
            let caller = try await poster(of: digest, context)
            let body: JSONValue = try await request.decode()
            _ = try await services.registry.postEvidence(
                body, for: context.segment("check"), of: digest, by: caller.principal)
            return Response(status: .noContent)
        }
        group.put("artifacts/:digest/attestations/:check") { request, context in
            let digest = try Digest(parsing: context.segment("digest"))
            let caller = try await poster(of: digest, context)
            let call: AttestCall = try await request.decode()
            _ = try await services.registry.attest(
                context.segment("check"), of: digest, notes: call.note, by: caller.principal)
            return Response(status: .noContent)
        }
    }

    /// Evidence counts for every version with these bytes, so it takes the role for all their models; for bytes that no
    /// version has yet, the role for any model.
    private func poster(of digest: Digest, _ context: APIContext) async throws -> Caller {
        let caller = try context.authenticated()
        let models = try await services.store.read { tx in try tx.models(holding: digest) }
        for model in models { try caller.require(.postEvidence(model)) }
        if models.isEmpty { try caller.require(.postEvidenceAnywhere) }
        return caller
    }
}

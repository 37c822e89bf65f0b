import GatehouseCore
import Hummingbird
import Registry
import WireAPI

/// What others measured or attested for an artifact, found by its digest.
struct EvidenceRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.put("artifacts/:digest/evidence/:check") { request, context in
            let body: JSONValue = try await request.decode()
            _ = try await services.registry.postEvidence(
                body, for: context.segment("check"), of: Digest(parsing: context.segment("digest")), by: context.caller())
            return Response(status: .noContent)
        }
        group.put("artifacts/:digest/attestations/:check") { request, context in
            let call: AttestCall = try await request.decode()
            _ = try await services.registry.attest(
                context.segment("check"), of: Digest(parsing: context.segment("digest")), notes: call.note, by: context.caller())
            return Response(status: .noContent)
        }
    }
}

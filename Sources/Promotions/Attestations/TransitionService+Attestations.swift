import Attestations
import GatehouseCore
import Gates
import Registry
import Storage

extension TransitionService {
    /// Signs a granted move, and the model's files when it goes to Production; gives what the audit entry says of that. Under
    /// enforcement `off` nothing was decided, so nothing is signed.
    func attest(
        _ request: TransitionRequest, _ inForce: PolicyInForce, _ facts: TransitionFacts, unmet: [MissingRequirement],
        displaced: [VersionNumber], _ tx: SQLTransaction
    ) throws -> [String: JSONValue] {
        guard let attestor, inForce.policy.enforcement != .off else { return [:] }
        let statements = try attestor.promotion(
            AttestedMove(
                model: request.model, version: request.version, artifact: facts.artifactDigest, transition: facts.transition,
                slot: request.to == .production ? request.slot : nil, policy: inForce,
                evaluation: facts.evaluation?.id, promotion: request.promotion, reviews: facts.approvals.reviews,
                displaced: displaced, unmetCount: unmet.count,
                time: facts.now))
        try tx.keep(statements)
        var noted = ["attestations": statements.facts]
        if request.to == .production, let artifact = facts.artifactDigest {
            let signature = try signature(of: artifact, request, by: attestor, at: facts.now, tx)
            noted["model_signature"] = signature.map { .string($0.digest.description) } ?? .null
        }
        return noted
    }

    /// A version that returns to Production keeps the signature it has by this key. Nil: it has no files that are signed.
    private func signature(
        of artifact: Digest, _ request: TransitionRequest, by attestor: Attestor, at now: Timestamp, _ tx: SQLTransaction
    ) throws -> SignedStatement? {
        let earlier = try tx.latestStatement(
            PredicateType.modelSignature, of: request.model, version: request.version, keyID: attestor.verificationKey.keyID)
        if let earlier { return earlier }
        guard let made = try attestor.files(of: tx.manifest(of: artifact), request.model, request.version, at: now) else {
            return nil
        }
        try tx.keep([made])
        return made
    }
}

import WireAPI

extension WireType {
    static let attestations = [
        WireType(
            AttestationAnswer.self,
            """
            {"digest": "sha256:9c1f", "predicate_type": "https://in-toto.io/attestation/test-result/v0.1", "name": "accuracy",
             "about": "ev_19b3", "key_id": "3d0e", "signed_at": "2026-01-15T09:00:00.000Z", "bytes": 1203}
            """, optional: ["about"]),
        WireType(AttestationKeyAnswer.self, #"{"key_id": "3d0e", "algorithm": "ECDSA P-256 SHA-256", "pem": "-----BEGIN"}"#),
        WireType(
            ModelVerificationAnswer.self,
            """
            {"model_name": "credit-risk", "version": 3, "artifact_digest": "sha256:3d0e", "bundle_digest": "sha256:77aa",
             "key_id": "3d0e", "signed_at": "2026-01-15T09:00:00.000Z",
             "verification": {"digest": "sha256:51be", "signature": {"bundle": "/api/x", "publicKeyRef": "-----BEGIN"}}}
            """),
        WireType(
            CardAnswer.self,
            """
            {"model_name": "credit-risk", "version": 3, "format": "hf", "text": "---", "document": {"schema_version": "0.0.2"},
             "source": "model_card.md", "known_limitations": ["Few small businesses."], "findings": ["line 2: odd."]}
            """, optional: ["text", "source"], free: ["document"]),
    ]
}

import WireAPI

extension WireType {
    private static let source =
        #"{"kind": "gatehouse", "registry": "gatehouse/3f0c", "name": "dev", "model": "m", "version": "12", "run_id": "r1"}"#
    private static let provenance = """
        {"source": \(source), "first_registry": "lab", "first_version": "3", "artifact_digest": "sha256:ab",
         "verification": "verified", "reason": "verified: …", "log_origin": "gatehouse/3f0c", "log_size": 40, "log_root": "47DE",
         "entries": [21], "receipts": ["c2sp.org/tlog-proof@v1"], "snapshot": {"stage": "Staging"}}
        """

    static let copies = [
        WireType(CopySourceAnswer.self, source, optional: ["run_id"]),
        WireType(
            ProvenanceAnswer.self, provenance, optional: ["log_origin", "log_size", "log_root"], free: ["snapshot"]),
        WireType(
            VersionProofsAnswer.self,
            #"{"origin": "gatehouse/3f0c", "receipts": [{"entry": 21, "action": "version.registered", "receipt": "c2sp"}]}"#),
    ]
}

import Foundation
import GatehouseCore
import Testing
import WireAPI

/// One type of the wire with an example in which every member is set, as docs/api.md shows it.
struct WireType: Sendable, CustomTestStringConvertible {
    let name: String
    let example: JSONValue
    /// Members that may be missing or null, with what they are then.
    let optional: [String: JSONValue]
    /// Members that hold any JSON.
    let free: Set<String>
    /// Decodes and encodes again.
    let again: @Sendable (JSONValue) throws -> JSONValue

    init<Value: Codable & Sendable>(
        _ type: Value.Type, _ text: String, optional: Set<String> = [], defaults: [String: JSONValue] = [:],
        free: Set<String> = []
    ) {
        name = "\(type)"
        example = (try? JSONParser.parse(text)) ?? .null
        self.optional = defaults.merging(optional.map { ($0, .null) }) { _, null in null }
        self.free = free
        again = { json in
            let value = try WireCoder.decode(Value.self, from: Data(json.canonicalBytes))
            return try JSONParser.parse(WireCoder.encode(value))
        }
    }

    var testDescription: String { name }
    var members: [String: JSONValue] { example.objectValue ?? [:] }
}

extension WireType {
    static let all =
        calls + records + decisions + reviews + exceptions + policies + access + webhooks + pages
        + attestations + auditLog + copies + mirrors + slack

    private static let calls = [
        WireType(CreateModelCall.self, #"{"name": "credit-risk", "description": "Defaults."}"#, optional: ["description"]),
        WireType(
            CreateVersionCall.self,
            """
            {"files": [{"path": "MLmodel", "digest": "sha256:ab", "bytes": 7}], "source": "./model", "run_id": "r1",
             "description": "more trees", "tags": {"team": "risk"}, "signature": {"inputs": []}, "idempotency_key": "k1"}
            """,
            optional: ["source", "run_id", "description", "signature", "idempotency_key"],
            defaults: ["files": [], "tags": .object([:])], free: ["signature"]),
        WireType(SetTagCall.self, #"{"value": "risk"}"#),
        WireType(SetAliasCall.self, #"{"version": 3, "reason": "back to it"}"#, optional: ["reason"]),
        WireType(
            TransitionCall.self,
            """
            {"to": "Archived", "reason": "superseded", "expected_stage": "Staging", "idempotency_key": "k2",
             "archive_existing_versions": true, "environment": "production", "segment": "eu"}
            """,
            optional: ["reason", "expected_stage", "idempotency_key", "archive_existing_versions", "environment", "segment"]),
        WireType(
            AdoptCall.self, #"{"reason": "was there", "segment": "eu/de", "environment": "production"}"#,
            optional: ["segment", "environment"]),
        WireType(
            PromoteCall.self,
            #"{"to": "Production", "reason": "why", "idempotency_key": "k3", "environment": "production", "segment": "eu"}"#,
            optional: ["reason", "idempotency_key", "environment", "segment"]),
        WireType(
            AddDatasetCall.self, #"{"digest": "sha256:ab", "format": "csv", "text_columns": ["zip"]}"#,
            optional: ["text_columns"]),
        WireType(AddPipelineCall.self, #"{"schema": [{"name": "age", "type": "long"}]}"#, free: ["schema"]),
        WireType(ApplyPolicyCall.self, #"{"yaml": "model: credit-risk"}"#),
        WireType(AttestCall.self, #"{"note": "looked at it"}"#),
    ]

    private static let records = [
        WireType(
            ModelAnswer.self,
            """
            {"name": "credit-risk", "description": "", "created_at": "2026-01-15T09:00:00.000Z", "created_by": "user:ada",
             "version_count": 3, "aliases": {"champion": 2}}
            """),
        WireType(ManifestEntry.self, #"{"path": "MLmodel", "digest": "sha256:ab", "bytes": 9007199254740993}"#),
        WireType(
            VersionAnswer.self,
            """
            {"model_name": "credit-risk", "version": 2, "stage": "Staging", "artifact_digest": "sha256:ab",
             "artifact_bytes": 7, "files": [{"path": "MLmodel", "digest": "sha256:ab", "bytes": 7}], "source": "./model",
             "run_id": "r1", "description": "", "created_at": "2026-01-15T09:00:00.000Z", "created_by": "token:ci",
             "tags": {"team": "risk"}, "aliases": ["champion"], "signature": {"inputs": [], "outputs": []}}
            """, optional: ["artifact_digest", "artifact_bytes", "source", "run_id", "signature"], free: ["signature"]),
        WireType(
            DatasetAnswer.self,
            """
            {"name": "holdout", "version": 1, "digest": "sha256:ab", "bytes": 7, "format": "csv", "rows": 520,
             "columns": ["age"], "created_at": "2026-01-15T09:00:00.000Z", "created_by": "user:ada"}
            """, optional: ["rows"]),
        WireType(
            PipelineAnswer.self,
            """
            {"name": "features", "version": 7, "in_production": true, "schema": [],
             "created_at": "2026-01-15T09:00:00.000Z", "created_by": "user:ada"}
            """, free: ["schema"]),
        WireType(
            PolicyAnswer.self,
            """
            {"model": "credit-*", "version": 4, "digest": "sha256:ab", "yaml": "model: credit-*", "rules": {},
             "applied_at": "2026-01-15T09:00:00.000Z", "applied_by": "user:ada", "proposal": "pp_1", "stale": ["review_by"]}
            """, optional: ["version", "applied_at", "applied_by", "proposal"], free: ["rules"]),
        WireType(BlobAnswer.self, #"{"digest": "sha256:ab", "bytes": 7}"#),
        WireType(
            AuditAnswer.self,
            """
            {"sequence": 12, "at": "2026-01-15T09:00:00.000Z", "principal": "user:ada", "action": "alias.set",
             "outcome": "recorded", "model_name": "credit-risk", "version": 2, "reason": "", "people": {"holder": "user:ml-lead"},
             "texts": {"value": "x"}, "erased_texts": ["comment"], "facts": {"alias": "best"}}
            """, optional: ["model_name", "version"], free: ["facts", "people", "texts"]),
        WireType(
            BundlePageAnswer.self, #"{"lines": ["{}"], "next_page_token": "200.4711"}"#, optional: ["next_page_token"]),
        WireType(EraseCall.self, #"{"reason": "request 17"}"#),
        WireType(
            ErasureAnswer.self,
            """
            {"stand_in": "user:erased-3f2a91cc", "texts": 4, "rows": 7, "had_account": true, "audit_sequence": 93,
             "remaining": [{"place": "attestation.attested_by", "rows": 1, "reason": "append-only"}]}
            """),
        WireType(
            HistoryAnswer.self,
            """
            {"slot": "m/production/default/champion", "version": 2, "from": "2026-01-15T09:00:00.000Z",
             "until": "2026-01-16T09:00:00.000Z", "how": "adopted without gates", "by": "user:ada", "reason": "was there",
             "audit_sequence": 12}
            """, optional: ["until"]),
    ]

    private static let access = [
        WireType(
            AddUserCall.self, #"{"name": "ada", "password": "correct horse", "subject": "s1", "grants": ["viewer"]}"#,
            optional: ["password", "subject", "grants"]),
        WireType(
            UserAnswer.self,
            """
            {"name": "ada", "has_password": true, "subject": "s1", "grants": ["viewer"],
             "created_at": "2026-01-15T09:00:00.000Z", "created_by": "token:admin"}
            """, optional: ["subject"]),
        WireType(
            SetPasswordCall.self, #"{"password": "correct horse", "current_password": "battery staple"}"#,
            optional: ["current_password"]),
        WireType(GrantCall.self, #"{"grant": "viewer"}"#),
        WireType(
            CreateTokenCall.self, #"{"name": "ci", "grants": ["viewer"], "expires_at": "2026-04-15T09:00:00.000Z"}"#,
            optional: ["grants", "expires_at"]),
        WireType(
            TokenAnswer.self,
            """
            {"name": "ci", "token": "gh_4f1c", "grants": ["viewer"], "created_at": "2026-01-15T09:00:00.000Z",
             "created_by": "user:ada", "expires_at": "2026-04-15T09:00:00.000Z", "revoked_at": "2026-02-15T09:00:00.000Z",
             "last_used_on": "2026-02-14"}
            """, optional: ["token", "expires_at", "revoked_at", "last_used_on"]),
        WireType(WhoamiAnswer.self, #"{"principal": "token:ci", "grants": ["viewer"]}"#),
        WireType(
            WhoCanAnswer.self,
            #"{"permission": "read anything", "roles": ["viewer"], "items": [{"holder": "user:ada", "grant": "viewer"}]}"#),
        WireType(GrantHolderAnswer.self, #"{"holder": "user:ada", "grant": "viewer"}"#),
    ]

    private static let decisions = [
        WireType(
            EvaluationAnswer.self,
            """
            {"id": "ev_1", "model_name": "credit-risk", "model_version": 2, "state": "finished", "passed": false,
             "policy": "credit-risk@4", "dataset": "holdout@1", "champion": "credit-risk v1",
             "reason": "Failed gates: fairness", "checks": {"fairness": {"index": 0}},
             "progress": [{"step": "candidate", "fraction": 0.5, "done": false}], "requested_by": "user:ada",
             "started_at": "2026-01-15T09:00:00.000Z", "finished_at": "2026-01-15T09:00:09.000Z"}
            """, optional: ["passed", "dataset", "champion", "reason", "finished_at"]),
        WireType(ProgressAnswer.self, #"{"step": "candidate", "fraction": 0.25, "done": true}"#),
        WireType(
            PromotionAnswer.self,
            """
            {"id": "prm_1", "state": "approved", "approved": true, "model_name": "credit-risk", "model_version": 2,
             "to": "Staging", "slot": "credit-risk/production/default/champion", "promoted_to": "Staging",
             "evaluation_id": "ev_1", "checks": {}, "reason": "Promoted to Staging, awaiting review.",
             "warnings": ["not enforced: a reason"], "reviews": [\(ReviewExample.summary)],
             "timestamp": "2026-01-15T09:00:09.000Z"}
            """, optional: ["approved", "slot", "promoted_to", "evaluation_id"]),
        WireType(
            PromotionSummary.self,
            """
            {"id": "prm_1", "state": "withdrawn", "model_name": "credit-risk", "model_version": 2, "to": "Production",
             "slot": "credit-risk/production/default/champion", "reason": "Withdrawn by ada: too early",
             "requested_by": "user:ada", "requested_at": "2026-01-15T09:00:00.000Z", "decided_at": "2026-01-15T09:00:09.000Z"}
            """, optional: ["slot", "decided_at"]),
        WireType(
            TransitionAnswer.self,
            """
            {"model_name": "credit-risk", "version": 2, "from": "Staging", "to": "Archived", "displaced": [1],
             "warnings": ["not enforced: a reason"]}
            """),
        WireType(
            ErrorAnswer.self,
            """
            {"error_code": "INVALID_PARAMETER_VALUE", "code": "invalidArgument", "message": "No.", "hint": "Do.",
             "details": ["line 1"]}
            """, optional: ["hint"]),
    ]

    private static let webhooks = [
        WireType(
            AddWebhookCall.self,
            """
            {"name": "ci", "url": "https://ci.example.org", "events": ["model_version.created"], "description": "d",
             "target": "gitlab", "settings": {"ref": "main"}, "models": ["m"], "secret": "s", "authorization": "a",
             "verify_tls": false, "status": "ACTIVE"}
            """,
            optional: [
                "description", "target", "settings", "models", "secret", "authorization", "verify_tls", "status",
            ]),
        WireType(
            ChangeWebhookCall.self,
            """
            {"name": "ci", "url": "https://ci.example.org", "events": ["model_version.created"], "description": "d",
             "target": "gitlab", "settings": {"ref": "main"}, "models": ["m"], "secret": "", "authorization": "",
             "verify_tls": true, "status": "DISABLED"}
            """,
            optional: [
                "name", "url", "events", "description", "target", "settings", "models", "secret", "authorization",
                "verify_tls", "status",
            ]),
        WireType(TestWebhookCall.self, #"{"event": "model_version.created"}"#, optional: ["event"]),
        WireType(
            WebhookAnswer.self,
            """
            {"id": "7c0d", "name": "ci", "url": "https://ci.example.org", "target": "webhook", "settings": {"a": "b"},
             "events": ["model_version.created"], "models": ["m"], "description": "d", "status": "DISABLED", "signed": true,
             "authorized": true, "verify_tls": false, "old_secret_until": "2026-01-15T09:00:00.000Z",
             "disabled_because": "410", "let_go": 3, "rests_until": "2026-01-15T09:00:05.000Z",
             "created_at": "2026-01-15T09:00:00.000Z", "created_by": "user:ada", "updated_at": "2026-01-15T09:00:00.000Z"}
            """, optional: ["description", "old_secret_until", "disabled_because", "rests_until"]),
        WireType(
            WebhookTestAnswer.self,
            #"{"success": false, "response_status": 500, "response_body": "no", "failure": "no answer"}"#,
            optional: ["response_status", "response_body", "failure"]),
        WireType(
            DeliveryAnswer.self,
            """
            {"id": "0b7c", "sequence": 17, "event": "model_version.created", "occurred_at": "2026-01-15T09:00:00.000Z",
             "model": "credit-risk", "state": "failed", "attempts": 6, "attempts_total": 12, "next_attempt_at": "2026-01-15T09:00:05.000Z", "last_attempt_at": "2026-01-15T09:00:00.000Z",
             "finished_at": "2026-01-15T09:00:00.000Z", "duration_ms": 287, "response_status": 503,
             "response_body": "later", "failure": "it answered 503"}
            """,
            optional: [
                "next_attempt_at", "last_attempt_at", "finished_at", "duration_ms", "response_status", "response_body", "failure",
            ]),
        WireType(
            AttemptAnswer.self,
            """
            {"number": 2, "started_at": "2026-01-15T09:00:00.000Z", "duration_ms": 287, "response_status": 503,
             "response_body": "later", "failure": "it answered 503"}
            """, optional: ["response_status", "response_body", "failure"]),
        WireType(
            ReplayCall.self,
            """
            {"delivery": "0b7c", "from": "2026-01-15T09:00:00.000Z", "until": "2026-01-15T10:00:00.000Z", "states": ["failed"]}
            """, optional: ["delivery", "from", "until", "states"]),
        WireType(ReplayAnswer.self, #"{"replayed": 3, "partial": false}"#),
        WireType(
            RotateSecretCall.self, #"{"secret": "whsec_", "overlap_seconds": 86400}"#,
            optional: ["secret", "overlap_seconds"]),
    ]

    private static let pages = [
        WireType(
            PageAnswer<ManifestEntry>.self,
            #"{"items": [{"path": "a", "digest": "sha256:ab", "bytes": 1}], "next_page_token": "a"}"#,
            optional: ["next_page_token"])
    ]
}

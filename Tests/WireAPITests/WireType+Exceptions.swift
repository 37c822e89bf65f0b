import GatehouseCore
import WireAPI

extension WireType {
    private static let afterReview = """
        {"id": "afr_1", "kind": "rollback", "state": "closed", "model_name": "credit-risk", "model_version": 1,
         "previous_version": 3, "slot": "credit-risk/production/default/champion", "acted_by": "user:olga",
         "seconded_by": "user:paul", "reason": "r", "incident": "INC-1", "opened_at": "2026-01-15T09:00:00.000Z",
         "audit_sequence": 61, "closed_by": "user:ben", "closed_at": "2026-01-15T09:00:00.000Z", "finding": "right"}
        """

    static let exceptions = [
        WireType(WaiverCall.self, #"{"check": "fairness", "days": 14, "reason": "r"}"#),
        WireType(
            WaiverAnswer.self,
            """
            {"id": "wv_1", "model_name": "credit-risk", "model_version": 3, "check": "fairness", "verdict": "fail",
             "state": "void", "void_reason": "changed", "reason": "r", "evaluation_id": "ev_1", "artifact_digest": "sha256:ab",
             "requested_by": "user:rita", "requested_at": "2026-01-15T09:00:00.000Z",
             "approvals": [{"by": "user:ben", "at": "2026-01-15T09:05:00.000Z", "audit_sequence": 40}],
             "approvals_required": 2, "active_since": "2026-01-15T09:05:00.000Z", "expires_at": "2026-01-29T09:00:00.000Z",
             "revoked_by": "user:ben", "revoked_at": "2026-01-16T09:00:00.000Z", "audit_sequence": 39}
            """, optional: ["void_reason", "active_since", "revoked_by", "revoked_at"]),
        WireType(
            WaiverApprovalAnswer.self, #"{"by": "user:ben", "at": "2026-01-15T09:05:00.000Z", "audit_sequence": 40}"#),
        WireType(ApproveWaiverCall.self, #"{"comment": "seen"}"#, optional: ["comment"]),
        WireType(ReasonCall.self, #"{"reason": "r"}"#),
        WireType(
            RollbackCall.self,
            #"{"to": 1, "environment": "production", "segment": "eu", "reason": "r", "idempotency_key": "k"}"#,
            optional: ["to", "environment", "segment", "idempotency_key"]),
        WireType(
            AfterReviewAnswer.self, afterReview,
            optional: ["previous_version", "seconded_by", "incident", "closed_by", "closed_at", "finding"]),
        WireType(FindingCall.self, #"{"finding": "right"}"#),
        WireType(
            BreakGlassCall.self, #"{"incident": "INC-1", "reason": "r", "environment": "production", "segment": "eu"}"#,
            optional: ["incident", "reason", "environment", "segment"]),
        WireType(
            BreakGlassAnswer.self,
            """
            {"id": "bg_1", "state": "used", "model_name": "credit-risk", "model_version": 4,
             "slot": "credit-risk/production/default/champion", "reason": "r", "incident": "INC-1",
             "artifact_digest": "sha256:ab", "requested_by": "user:olga", "requested_at": "2026-01-15T09:00:00.000Z",
             "expires_at": "2026-01-15T10:00:00.000Z", "seconded_by": "user:paul", "used_at": "2026-01-15T09:10:00.000Z",
             "audit_sequence": 50, "review": \(afterReview)}
            """, optional: ["seconded_by", "used_at", "audit_sequence", "review"]),
    ]

    static let policies = [
        WireType(
            PolicyProposalAnswer.self,
            """
            {"id": "pp_1", "state": "approved", "model": "credit-risk", "base_version": 1, "digest": "sha256:ab",
             "yaml": "model: credit-risk", "proposed_by": "user:ada", "proposed_at": "2026-01-15T09:00:00.000Z",
             "expires_at": "2026-01-29T09:00:00.000Z", "decided_by": "user:ben", "decided_at": "2026-01-15T09:10:00.000Z",
             "applied_version": 2, "changes": [{"path": "stakes", "old": "normal", "new": "high", "effect": "stricter"}]}
            """, optional: ["base_version", "decided_by", "decided_at", "applied_version"]),
        WireType(
            PolicyChangeAnswer.self, #"{"path": "stakes", "old": "normal", "new": "high", "effect": "stricter"}"#,
            optional: ["old", "new"]),
        WireType(ApprovePolicyCall.self, #"{"digest": "sha256:ab"}"#),
        WireType(
            ConfirmPolicyCall.self, #"{"model": "credit-risk", "reason": "r", "until": "2027-01-01"}"#, optional: ["until"]),
        WireType(
            PolicyConfirmationAnswer.self,
            """
            {"policy": "credit-risk@1", "confirmed_by": "user:ben", "confirmed_at": "2026-01-15T09:00:00.000Z",
             "until": "2027-01-15T09:00:00.000Z"}
            """),
        WireType(
            BacktestCall.self, #"{"yaml": "model: credit-risk", "model": "credit-risk", "limit": 50}"#,
            optional: ["model", "limit"]),
        WireType(
            BacktestAnswer.self,
            """
            {"model": "credit-risk", "digest": "sha256:ab",
             "versions": [{"version": 2, "evaluation_id": "ev_1", "policy": "credit-risk@1",
              "finished_at": "2026-01-15T09:00:00.000Z", "passed": true, "outcome": "fail",
              "checks": [{"name": "accuracy", "was": "pass", "would": "fail", "reason": "not kept"}]}]}
            """),
        WireType(
            BacktestVersionAnswer.self,
            """
            {"version": 2, "evaluation_id": "ev_1", "policy": "credit-risk@1", "finished_at": "2026-01-15T09:00:00.000Z",
             "passed": true, "outcome": "fail",
             "checks": [{"name": "accuracy", "was": "pass", "would": "fail", "reason": "not kept"}]}
            """),
        WireType(
            BacktestCheckAnswer.self, #"{"name": "accuracy", "was": "pass", "would": "fail", "reason": "not kept"}"#,
            optional: ["was", "would", "reason"]),
    ]
}

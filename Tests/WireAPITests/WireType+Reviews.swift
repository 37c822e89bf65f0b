import WireAPI

enum ReviewExample {
    static let trial = """
        {"id": "rt_1", "number": 1, "tried_at": "2026-01-15T09:12:00.000Z", "row": {"age": null}, "threshold": 0.5,
         "candidate": {"version": 3, "runner": "native lightgbm", "outputs": [0.75], "refusal": null, "decision": true},
         "champion": {"version": 2, "runner": "native lightgbm", "outputs": null, "refusal": "It lacks 'age'.",
                      "decision": null}, "difference": 0.25, "decisions_differ": true}
        """
    static let summary = """
        {"id": "rv_1", "promotion_id": "prm_1", "model_name": "credit-risk", "model_version": 3, "reviewer": "user:ben",
         "state": "rejected", "requested_at": "2026-01-15T09:00:00.000Z", "expires_at": "2026-01-18T09:00:00.000Z",
         "decided_at": "2026-01-15T09:20:00.000Z", "flags": ["evidence_never_opened"], "reason": "not in December"}
        """
}

extension WireType {
    static let reviews = [
        WireType(ReviewSummary.self, ReviewExample.summary, optional: ["decided_at", "reason"]),
        WireType(
            ReviewAnswer.self,
            """
            {"review": \(ReviewExample.summary), "requested_by": "user:ada", "request_reason": "beats the champion",
             "slot": "credit-risk/production/default/champion", "binding": {"policy": "sha256:1e5f"},
             "binding_digest": "sha256:9c0a", "questionnaire": "default@1",
             "questions": [{"key": "risk", "text": "Does the improvement justify the risk?", "answer": "It does."}],
             "limitations": ["No small businesses."], "opened_at": "2026-01-15T09:10:00.000Z",
             "answered_at": "2026-01-15T09:19:00.000Z", "seconds_after_opening": 600.5, "seconds_after_request": 1200.5,
             "evidence_opened": ["gates"], "evidence_unopened": ["groups"],
             "edge_cases_tried": 1,
             "comments": [{"author": "user:cleo", "text": "Look at v2.", "at": "2026-01-15T09:15:00.000Z"}],
             "promotion_state": "blocked", "promotion_reason": "Promotion blocked."}
            """,
            optional: [
                "request_reason", "opened_at", "answered_at", "seconds_after_opening", "seconds_after_request",
            ], free: ["binding"]),
        WireType(
            ReviewEvidenceAnswer.self, #"{"panel": "gates", "title": "Gate results", "lines": ["accuracy: pass"], "checks": {}}"#),
        WireType(ReviewAnswersCall.self, #"{"answers": {"risk": "It does."}, "limitations": ["No small businesses."]}"#),
        WireType(ReviewTokenAnswer.self, #"{"review": \#(ReviewExample.summary), "token": "7ZQK-M3F2"}"#),
        WireType(TeamAnswer.self, #"{"name": "risk-team", "members": ["ben"]}"#),
        WireType(
            ReviewTrialsAnswer.self,
            """
            {"review": "rv_1", "opened": true, "fields": [{"name": "age", "type": "long", "required": true,
             "champions_only": false, "usual": 41}], "usual_from": "the training data", "problem": "It cannot be run.",
             "trials_left": 49, "trials": [\(ReviewExample.trial)]}
            """, optional: ["usual_from", "problem"], free: ["usual"]),
        WireType(
            ReviewTrialAnswer.self, ReviewExample.trial,
            optional: ["threshold", "champion", "difference", "decisions_differ"],
            free: ["row"]),
        WireType(TryRowCall.self, #"{"row": {"age": 17}}"#, free: ["row"]),
        WireType(ApproveCall.self, #"{"token": "7ZQK-M3F2"}"#),
        WireType(RejectCall.self, #"{"reason": "not in December"}"#),
        WireType(CommentCall.self, #"{"text": "Look at v2."}"#),
    ]
}

import GatehouseCore

extension EventType {
    /// What a test sends: MLflow's example for its events.
    var example: JSONValue {
        switch self {
        case .registeredModelCreated: Self.created("example_model", "An example registered model")
        case .promptCreated: Self.created("example_prompt", "An example prompt")
        case .modelVersionCreated:
            [
                "name": "example_model", "version": "1", "source": "models:/123", "run_id": "abcd1234abcd5678",
                "tags": ["example_key": "example_value"], "description": "An example model version",
            ]
        case .promptVersionCreated:
            [
                "name": "example_prompt", "version": "1", "template": "Hello {{name}}!",
                "tags": ["example_key": "example_value"], "description": "An example prompt version",
            ]
        case .modelVersionTagSet:
            ["name": "example_model", "version": "1", "key": "example_key", "value": "example_value"]
        case .modelVersionTagDeleted: ["name": "example_model", "version": "1", "key": "example_key"]
        case .modelVersionAliasCreated: ["name": "example_model", "alias": "example_alias", "version": "1"]
        case .modelVersionAliasDeleted: ["name": "example_model", "alias": "example_alias"]
        case .promptTagSet: ["name": "example_prompt", "key": "example_key", "value": "example_value"]
        case .promptTagDeleted: ["name": "example_prompt", "key": "example_key"]
        case .promptVersionTagSet:
            ["name": "example_prompt", "version": "1", "key": "example_key", "value": "example_value"]
        case .promptVersionTagDeleted: ["name": "example_prompt", "version": "1", "key": "example_key"]
        case .promptAliasCreated: ["name": "example_prompt", "alias": "example_alias", "version": "1"]
        case .promptAliasDeleted: ["name": "example_prompt", "alias": "example_alias"]
        case .budgetPolicyExceeded:
            [
                "budget_policy_id": "bp-abc123", "budget_unit": "USD", "budget_amount": 100.0, "current_spend": 105.5,
                "duration_unit": "MONTHS", "duration_value": 1, "target_scope": "ENDPOINT", "workspace": "default",
                "target_value": "ep-abc123", "window_start": 1_704_067_200_000,
            ]
        case .stageTransitioned:
            [
                "name": "example_model", "version": "2", "from_stage": "Staging", "to_stage": "Production",
                "reason": "An example reason", "previous_version": "1", "displaced_versions": ["1"], "displaced_by": nil,
            ]
        case .webhookDisabled:
            ["webhook": "7c0d0000-0000-4000-8000-000000000000", "because": "its receiver answered 410 Gone"]
        case .policyProposed, .policyApplied: ["name": "example_model", "policy": "example_model@3", "digest": "sha256:ab"]
        case .promotionApproved, .promotionBlocked, .promotionRejected, .rolloutStarted, .promotionRequested,
            .promotionWithdrawn,
            .transitionRefused, .rollbackPerformed, .evaluationStarted, .evaluationFinished, .reviewRequested,
            .reviewApproved, .reviewRejected, .reviewVoided, .reviewExpired, .reviewWithdrawn, .reviewCommented,
            .waiverRequested, .waiverApproved, .waiverRevoked, .breakGlassRequested, .breakGlassUsed, .afterTheFactReviewed,
            .rolloutAdvanced, .rolloutHeld, .rolloutResumed, .rolloutNeedsHuman, .rolloutPromoted, .rolloutRolledBack,
            .shadowStarted, .shadowStopped, .experimentStarted, .experimentStopped, .deploymentReported, .versionCopied:
            Self.decided(ownExample)
        }
    }

    /// What an example of ours has beside the model, the version and the reason.
    private var ownExample: [String: JSONValue] {
        switch entity {
        case "promotion", "transition": ["promotion": "prm_1", "to": "Production", "missing": ["the gate fairness"]]
        case "evaluation": ["evaluation": "ev_1", "passed": false, "checks": ["accuracy": "pass", "fairness": "fail"]]
        case "review": ["review": "rev_1", "promotion": "prm_1", "reviewer": "user:ada"]
        case "waiver": ["waiver": "wv_1", "check": "fairness"]
        case "rollout": ["rollout": "rol_1", "percent": 25, "percent_before": 5, "because": "every check passed"]
        case "break_glass": ["break_glass": "bg_1", "incident": "INC-1"]
        case "shadow": ["shadow_run": "shr_1", "endpoint": "credit"]
        default: [:]
        }
    }

    private static func decided(_ own: [String: JSONValue]) -> JSONValue {
        let common: [String: JSONValue] = [
            "name": "example_model", "version": "2", "outcome": "recorded", "reason": "An example reason",
        ]
        return .object(common.merging(own) { $1 })
    }

    private static func created(_ name: String, _ description: String) -> JSONValue {
        ["name": .string(name), "tags": ["example_key": "example_value"], "description": .string(description)]
    }
}

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
        }
    }

    private static func created(_ name: String, _ description: String) -> JSONValue {
        ["name": .string(name), "tags": ["example_key": "example_value"], "description": .string(description)]
    }
}

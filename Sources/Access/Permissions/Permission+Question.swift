package import GatehouseCore

extension Permission {
    /// What can be asked about, as it is typed.
    package static let questions = [
        "read", "read-audit", "log-runs", "register", "delete", "evaluate", "transition", "roll-back", "review",
        "post-evidence", "edit-policy", "edit-reference-data", "manage-webhooks", "manage-serving",
        "serve-traffic", "post-outcomes", "administer",
    ]

    /// Reads a question. `model` is a name, or the pattern of a policy. Fails with `invalidArgument` saying what is missing.
    package init(
        asking question: String, model: String?, from: String?, to: String?, environment: String?, segment: String?
    ) throws(GatehouseError) {
        func name() throws(GatehouseError) -> ModelName {
            guard let model else {
                throw GatehouseError(.invalidArgument, "Who may \(question) depends on the model: name it.")
            }
            return try ModelName(model)
        }
        func slot() throws(GatehouseError) -> Slot {
            try Slot.named(name(), environment: environment, segment: segment)
        }
        switch question {
        case "read": self = .read
        case "read-audit": self = .readAudit
        case "log-runs": self = .logRuns
        case "register": self = .register(try name())
        case "delete": self = .delete(try name())
        case "evaluate": self = .evaluate(try name())
        case "review": self = .review(try name())
        case "post-evidence": self = .postEvidence(try name())
        case "edit-policy": self = .editPolicy(pattern: model ?? "*")
        case "edit-reference-data": self = .editReferenceData
        case "manage-webhooks": self = .manageWebhooks
        case "serve-traffic": self = .serveTraffic
        case "post-outcomes": self = .postOutcomes(try name())
        case "manage-serving":
            let slot = try slot()
            self = .manageServing(slot.model, environment: slot.environment)
        case "administer": self = .administer
        case "roll-back":
            let slot = try slot()
            self = .rollBack(slot.model, environment: slot.environment, segment: slot.segment)
        case "transition":
            guard let from, let to else {
                throw GatehouseError(
                    .invalidArgument, "Who may move a version depends on the stages: name both.",
                    hint: "Add --from staging --to production.")
            }
            let slot = try slot()
            self = .transition(
                slot.model, StageTransition(from: try Stage(parsing: from), to: try Stage(parsing: to)),
                environment: slot.environment, segment: slot.segment)
        default:
            let near = Suggestion.nearest(to: question, in: Self.questions).map { " Did you mean '\($0)'?" } ?? ""
            throw GatehouseError(
                .invalidArgument, "There is no permission '\(question.prefix(80))'.\(near)",
                hint: "Permissions are: \(Self.questions.joined(separator: ", ")).")
        }
    }
}

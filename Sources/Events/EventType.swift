import GatehouseCore

/// What can happen that somebody outside may subscribe to, as `entity.action`. The raw value is stored and sent: a released
/// name never changes.
package enum EventType: String, Sendable, CaseIterable, Comparable {
    case registeredModelCreated = "registered_model.created"
    case modelVersionCreated = "model_version.created"
    case modelVersionTagSet = "model_version_tag.set"
    case modelVersionTagDeleted = "model_version_tag.deleted"
    case modelVersionAliasCreated = "model_version_alias.created"
    case modelVersionAliasDeleted = "model_version_alias.deleted"
    case promptCreated = "prompt.created"
    case promptVersionCreated = "prompt_version.created"
    case promptTagSet = "prompt_tag.set"
    case promptTagDeleted = "prompt_tag.deleted"
    case promptVersionTagSet = "prompt_version_tag.set"
    case promptVersionTagDeleted = "prompt_version_tag.deleted"
    case promptAliasCreated = "prompt_alias.created"
    case promptAliasDeleted = "prompt_alias.deleted"
    /// MLflow's clients may subscribe to it. There are no budgets here, so it never happens.
    case budgetPolicyExceeded = "budget_policy.exceeded"
    /// Not in MLflow, whose clients have no name for it: subscribed to over our own API only.
    case stageTransitioned = "model_version.stage_transitioned"

    package var entity: String { String(rawValue.prefix { $0 != "." }) }
    package var action: String { String(rawValue.drop { $0 != "." }.dropFirst()) }

    /// Whether MLflow's messages can name it.
    package var isMLflow: Bool { self != .stageTransitioned }

    /// Restores a type from the database. Fails with `integrity` for one that this program does not know.
    init(stored text: String) throws(GatehouseError) {
        guard let type = Self(rawValue: text) else {
            throw GatehouseError(.integrity, "The database has an event of the type '\(text.prefix(80))', which is unknown here.")
        }
        self = type
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

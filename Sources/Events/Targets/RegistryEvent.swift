package import GatehouseCore

/// The events of Databricks' registry webhooks, by its names.
package enum RegistryEvent: String, Sendable, CaseIterable {
    case modelVersionCreated = "MODEL_VERSION_CREATED"
    case modelVersionTransitionedStage = "MODEL_VERSION_TRANSITIONED_STAGE"
    case modelVersionTransitionedToStaging = "MODEL_VERSION_TRANSITIONED_TO_STAGING"
    case modelVersionTransitionedToProduction = "MODEL_VERSION_TRANSITIONED_TO_PRODUCTION"
    case modelVersionTransitionedToArchived = "MODEL_VERSION_TRANSITIONED_TO_ARCHIVED"
    case transitionRequestCreated = "TRANSITION_REQUEST_CREATED"
    case transitionRequestToStagingCreated = "TRANSITION_REQUEST_TO_STAGING_CREATED"
    case transitionRequestToProductionCreated = "TRANSITION_REQUEST_TO_PRODUCTION_CREATED"
    case transitionRequestToArchivedCreated = "TRANSITION_REQUEST_TO_ARCHIVED_CREATED"
    case commentCreated = "COMMENT_CREATED"
    case registeredModelCreated = "REGISTERED_MODEL_CREATED"
    case modelVersionTagSet = "MODEL_VERSION_TAG_SET"

    /// What happens here under that name.
    package var type: EventType {
        switch self {
        case .modelVersionCreated: .modelVersionCreated
        case .modelVersionTransitionedStage, .modelVersionTransitionedToStaging, .modelVersionTransitionedToProduction,
            .modelVersionTransitionedToArchived:
            .stageTransitioned
        case .transitionRequestCreated, .transitionRequestToStagingCreated, .transitionRequestToProductionCreated,
            .transitionRequestToArchivedCreated:
            .promotionRequested
        case .commentCreated: .reviewCommented
        case .registeredModelCreated: .registeredModelCreated
        case .modelVersionTagSet: .modelVersionTagSet
        }
    }

    /// The only stage that it is about; nil: any.
    var stage: Stage? {
        switch self {
        case .modelVersionTransitionedToStaging, .transitionRequestToStagingCreated: .staging
        case .modelVersionTransitionedToProduction, .transitionRequestToProductionCreated: .production
        case .modelVersionTransitionedToArchived, .transitionRequestToArchivedCreated: .archived
        case .modelVersionCreated, .modelVersionTransitionedStage, .transitionRequestCreated, .commentCreated,
            .registeredModelCreated, .modelVersionTagSet:
            nil
        }
    }

    func matches(_ type: EventType, _ data: JSONValue) -> Bool {
        guard self.type == type else { return false }
        guard let stage else { return true }
        return (data["to_stage"] ?? data["to"])?.stringValue == stage.rawValue
    }

    /// The setting that holds a webhook's events, separated by commas.
    package static let setting = "events"

    /// What a webhook asked for. Fails with `invalidArgument` for a name that is none.
    package static func list(_ text: String) throws(GatehouseError) -> [RegistryEvent] {
        var events: [RegistryEvent] = []
        for name in text.split(separator: ",") {
            guard let event = RegistryEvent(rawValue: String(name)) else {
                throw GatehouseError(
                    .invalidArgument, "There is no registry webhook event '\(name.prefix(80))'.",
                    hint: "Use some of: \(allCases.map(\.rawValue).joined(separator: ", "))")
            }
            events.append(event)
        }
        return events
    }

    /// The name under which a webhook hears of an event, the most general that it asked for; nil: it did not ask.
    static func name(of type: EventType, _ data: JSONValue, for settings: [String: String]) -> RegistryEvent? {
        let wanted = (try? list(settings[setting] ?? "")) ?? []
        return allCases.first { wanted.contains($0) && $0.matches(type, data) }
    }
}

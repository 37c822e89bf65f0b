package import GatehouseCore

/// What stands behind a webhook's URL, and so what a request to it looks like. The raw value is stored and sent: a released
/// name never changes.
package enum WebhookTarget: String, Sendable, CaseIterable {
    /// Our own document, signed: any receiver of MLflow's or of Standard Webhooks.
    case webhook
    case gitlab
    case github
    case slack
    case teams
    case pagerduty
    case cloudevents
    /// The document of Databricks' registry webhooks.
    case registry
    /// A job of a Databricks workspace, run by the event.
    case job
    /// A stream of JetStream.
    case nats

    /// Fails with `invalidArgument`, listing what there is.
    package static func named(_ text: String) throws(GatehouseError) -> WebhookTarget {
        guard let target = WebhookTarget(rawValue: text.lowercased()) else {
            throw GatehouseError(
                .invalidArgument, "There is no target '\(text.prefix(80))'.",
                hint: "Use one of: \(allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return target
    }

    /// One thing that a target must, or may, be told beside its URL. Nothing secret.
    struct Setting: Sendable {
        let name: String
        let isRequired: Bool
        /// What it is, with an example.
        let meaning: String
    }

    /// What `authorization` is for a target; it is kept encrypted.
    enum Authorization: Sendable {
        case none
        case optional
        case required(meaning: String)
    }

    var settings: [Setting] {
        switch self {
        case .webhook: []
        case .registry: RegistryHook.settings
        case .job: RegistryHook.jobSettings
        case .gitlab: GitLabPipeline.settings
        case .github: GitHubDispatch.settings
        case .pagerduty: PagerDutyAlert.settings
        case .cloudevents: CloudEvent.settings
        case .nats: NATSStream.settings
        case .slack, .teams: []
        }
    }

    /// What it is told of unless somebody says otherwise; empty: that has to be said.
    package var eventsDefault: [EventType] {
        switch self {
        case .pagerduty: PagerDutyAlert.eventsDefault
        case .webhook, .gitlab, .github, .slack, .teams, .cloudevents, .registry, .job, .nats: []
        }
    }

    /// What its URL may begin with.
    var schemes: [WebhookURL.Scheme] {
        switch self {
        case .webhook, .gitlab, .github, .slack, .teams, .pagerduty, .cloudevents, .registry, .job: WebhookURL.Scheme.web
        case .nats: [.nats, .tls]
        }
    }

    var authorization: Authorization {
        switch self {
        case .webhook: .optional
        case .job: .required(meaning: "the access token of the workspace")
        case .gitlab: .required(meaning: GitLabPipeline.authorization)
        case .github: .required(meaning: GitHubDispatch.authorization)
        case .pagerduty: .required(meaning: PagerDutyAlert.authorization)
        // Their URL is the secret.
        case .slack, .teams: .none
        case .cloudevents, .registry, .nats: .optional
        }
    }

    /// Fails with `invalidArgument` for settings that the target does not have or lacks.
    func check(_ settings: [String: String], isAuthorized: Bool) throws(GatehouseError) {
        let known = self.settings
        if let unknown = settings.keys.sorted().first(where: { name in !known.contains { $0.name == name } }) {
            let names = known.map(\.name).joined(separator: ", ")
            throw GatehouseError(
                .invalidArgument, "The target '\(rawValue)' has no setting '\(unknown.prefix(80))'.",
                hint: names.isEmpty ? "It has none." : "It has: \(names).")
        }
        if let missing = known.first(where: { $0.isRequired && settings[$0.name, default: ""].isEmpty }) {
            throw GatehouseError(
                .invalidArgument, "The target '\(rawValue)' needs the setting '\(missing.name)': \(missing.meaning).",
                hint: "Add it: --setting \(missing.name)=…")
        }
        switch authorization {
        case .optional: break
        case .none where isAuthorized:
            throw GatehouseError(.invalidArgument, "The target '\(rawValue)' takes no authorization.")
        case .required(let meaning) where !isAuthorized:
            throw GatehouseError(
                .invalidArgument, "The target '\(rawValue)' needs an authorization: \(meaning).",
                hint: "Add it from a file: --authorization-file FILE")
        case .none, .required: break
        }
        try checkValues(settings)
    }

    /// Fails with `invalidArgument` for values that the target could do nothing with.
    private func checkValues(_ settings: [String: String]) throws(GatehouseError) {
        switch self {
        case .github: try GitHubDispatch.check(settings)
        case .pagerduty: try PagerDutyAlert.check(settings)
        case .cloudevents: try CloudEvent.check(settings)
        case .nats: try NATSStream.check(settings)
        case .webhook, .gitlab, .slack, .teams, .registry, .job: break
        }
    }
}

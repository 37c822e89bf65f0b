package import GatehouseCore

/// A receiver of events. Its secrets are not in it: they are read, and opened, only for a request.
package struct Webhook: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case active = "ACTIVE"
        /// What happens meanwhile is kept for it, within bounds.
        case paused = "PAUSED"
        /// Told only of tests. What happens meanwhile is not kept for it, as for one that is disabled.
        case testing = "TEST_MODE"
        case disabled = "DISABLED"

        /// Fails with `invalidArgument`, listing what there is.
        package static func named(_ text: String) throws(GatehouseError) -> Status {
            guard let status = Status(rawValue: text.uppercased()) else {
                throw GatehouseError(
                    .invalidArgument, "A webhook cannot be '\(text.prefix(80))'.",
                    hint: "It is one of: \(allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return status
        }
    }

    /// A dashed UUID, as MLflow's clients expect.
    package let id: String
    package var name: String
    package var description: String?
    package var url: String
    /// What stands behind the URL.
    package var target: WebhookTarget
    /// What the target must know beside the URL.
    package var settings: [String: String]
    /// Sorted by name.
    package var events: [EventType]
    /// Only events of these, sorted; empty: of all.
    package var models: [String]
    package var status: Status
    package var isSigned: Bool
    /// Whether a value for authorization is kept.
    package var isAuthorized: Bool
    package var verifiesTLS: Bool
    /// Until when the secret before this one signs too; nil: there is none.
    package var oldSecretUntil: Timestamp?
    /// Why Gatehouse disabled it; nil when a person did, or nobody.
    package var disabledBecause: String?
    /// Deliveries that were given up unsent because too many waited, or for too long.
    package var letGo: Int64
    /// Nothing is sent before, because it failed often in a row or asked for patience; nil, or past: it does not rest.
    package var restsUntil: Timestamp?
    package let createdBy: Principal
    package let created: Timestamp
    package var updated: Timestamp

    /// What MLflow's clients can be told. They fail on a webhook without events, so one that has none of theirs is not shown
    /// to them, nor is one that does not send MLflow's document.
    package var mlflowEvents: [EventType] { target == .webhook ? events.filter(\.isMLflow) : [] }
}

/// What is asked for when a webhook is made, or changed; nil leaves a thing as it is.
package struct WebhookChange: Sendable {
    package var name: String?
    package var description: String?
    package var url: String?
    package var target: WebhookTarget?
    package var settings: [String: String]?
    package var events: [EventType]?
    /// Empty: all.
    package var models: [String]?
    /// Empty: sign no more.
    package var secret: String?
    /// Empty: send none any more.
    package var authorization: String?
    package var verifiesTLS: Bool?
    package var status: Webhook.Status?
    /// Asked for by a client that knows MLflow's events only: it cannot mean to take our own away.
    package var isMLflow: Bool

    package init(
        name: String? = nil, description: String? = nil, url: String? = nil, target: WebhookTarget? = nil,
        settings: [String: String]? = nil, events: [EventType]? = nil, models: [String]? = nil, secret: String? = nil,
        authorization: String? = nil, verifiesTLS: Bool? = nil, status: Webhook.Status? = nil, isMLflow: Bool = false
    ) {
        self.name = name
        self.description = description
        self.url = url
        self.target = target
        self.settings = settings
        self.events = events
        self.models = models
        self.secret = secret
        self.authorization = authorization
        self.verifiesTLS = verifiesTLS
        self.status = status
        self.isMLflow = isMLflow
    }

    static let descriptionBytesMax = 10_000
    static let secretBytesMax = 1000
    static let authorizationBytesMax = 4000
    static let settingsMax = 32
    static let settingsBytesMax = 4000
    static let modelsMax = 1000

    /// What can be judged without the network. Fails with `invalidArgument`, in MLflow's words where it has any.
    func check() throws(GatehouseError) {
        if let name, !Self.isName(name) {
            throw GatehouseError(
                .invalidArgument,
                "Webhook name '\(name.prefix(80))' is invalid. It must start and end with a letter or digit, "
                    + "be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."
            )
        }
        if let events, events.isEmpty {
            throw GatehouseError(.invalidArgument, "Webhook events must be a non-empty list of WebhookEvent objects: [].")
        }
        try Self.check(description, "description", bytesMax: Self.descriptionBytesMax)
        try Self.check(secret, "secret", bytesMax: Self.secretBytesMax)
        try Self.check(authorization, "authorization", bytesMax: Self.authorizationBytesMax)
        guard authorization?.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) ?? true else {
            throw GatehouseError(.invalidArgument, "The authorization of a webhook is printable ASCII.")
        }
        try checkLists()
    }

    private func checkLists() throws(GatehouseError) {
        if let models {
            guard models.count <= Self.modelsMax else {
                throw GatehouseError(.invalidArgument, "A webhook names at most \(Self.modelsMax) models.")
            }
            for model in models { _ = try ModelName(model) }
        }
        if let settings {
            let bytes = settings.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
            guard settings.count <= Self.settingsMax, bytes <= Self.settingsBytesMax else {
                throw GatehouseError(
                    .invalidArgument,
                    "A webhook has at most \(Self.settingsMax) settings, of \(Self.settingsBytesMax) bytes in all.")
            }
            guard settings.allSatisfy({ !$0.key.utf8.contains(0) && !$0.value.utf8.contains(0) }) else {
                throw GatehouseError(.invalidArgument, "A setting of a webhook holds a NUL character.")
            }
        }
    }

    private static func check(_ text: String?, _ what: String, bytesMax: Int) throws(GatehouseError) {
        guard let text, text.utf8.count > bytesMax || text.utf8.contains(0) else { return }
        throw GatehouseError(.invalidArgument, "The \(what) of a webhook has at most \(bytesMax) bytes, none of them NUL.")
    }

    private static func isName(_ name: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard (1...63).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else { return false }
        return isPlain(first) && isPlain(last) && name.utf8.allSatisfy { isPlain($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }
}

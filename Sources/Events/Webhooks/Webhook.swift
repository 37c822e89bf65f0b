package import GatehouseCore

/// A receiver of events. Its secret is not in it: it is read, and opened, only to sign.
package struct Webhook: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        case active = "ACTIVE"
        case disabled = "DISABLED"
    }

    /// A dashed UUID, as MLflow's clients expect.
    package let id: String
    package var name: String
    package var description: String?
    package var url: String
    /// Sorted by name.
    package var events: [EventType]
    package var status: Status
    package var isSigned: Bool
    /// Why Gatehouse disabled it; nil when a person did, or nobody.
    package var disabledBecause: String?
    package let createdBy: Principal
    package let created: Timestamp
    package var updated: Timestamp

    /// What MLflow's clients can be told. They fail on a webhook without events, so one that has none of theirs is not shown
    /// to them.
    package var mlflowEvents: [EventType] { events.filter(\.isMLflow) }
}

/// What is asked for when a webhook is made, or changed; nil leaves a thing as it is.
package struct WebhookChange: Sendable {
    package var name: String?
    package var description: String?
    package var url: String?
    package var events: [EventType]?
    /// Empty: sign no more.
    package var secret: String?
    package var status: Webhook.Status?
    /// Asked for by a client that knows MLflow's events only: it cannot mean to take our own away.
    package var isMLflow: Bool

    package init(
        name: String? = nil, description: String? = nil, url: String? = nil, events: [EventType]? = nil, secret: String? = nil,
        status: Webhook.Status? = nil, isMLflow: Bool = false
    ) {
        self.name = name
        self.description = description
        self.url = url
        self.events = events
        self.secret = secret
        self.status = status
        self.isMLflow = isMLflow
    }

    static let descriptionBytesMax = 10_000
    static let secretBytesMax = 1000

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

import GatehouseCore

/// An alert in PagerDuty, by Events API v2: one per rollout, which ends when the rollout goes on.
enum PagerDutyAlert {
    static let settings = [
        WebhookTarget.Setting(name: "source", isRequired: false, meaning: "who reports it; 'gatehouse' when left out"),
        WebhookTarget.Setting(
            name: "severity", isRequired: false, meaning: "critical, error, warning or info, for every alert of this webhook"),
    ]
    static let authorization = "the integration's routing key, 32 characters"
    /// What should wake somebody, and what ends it.
    static let eventsDefault: [EventType] = [
        .rolloutRolledBack, .rolloutNeedsHuman, .rolloutAdvanced, .rolloutResumed, .rolloutPromoted,
    ]
    private static let severities = ["critical", "error", "warning", "info"]
    /// PagerDuty's own limits.
    static let summaryCharactersMax = 1_024
    static let reasonCharactersMax = 10_000

    /// What an event means to whoever is on call.
    enum Meaning: Equatable {
        case trigger(severity: String)
        /// What the alert of this rollout was about is settled.
        case resolve

        private static let severities: [EventType: String] = [
            .rolloutRolledBack: "critical", .breakGlassUsed: "error", .rolloutNeedsHuman: "warning",
        ]
        private static let settled: Set<EventType> = [.rolloutPromoted, .rolloutAdvanced, .rolloutResumed]

        /// A rollback that a person ordered is an answer; one that the numbers ordered is the alert.
        init(_ type: EventType, byPerson: Bool) {
            if Self.settled.contains(type) || (type == .rolloutRolledBack && byPerson) {
                self = .resolve
            } else {
                // Others are there because somebody asked to be told of them.
                self = .trigger(severity: Self.severities[type] ?? "info")
            }
        }
    }

    static func request(_ notice: EventNotice, _ place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        let (key, summary) = (try place.secret(of: .pagerduty), try EventSummary(notice))
        var event: [String: JSONValue] = [
            "routing_key": .string(key),
            "dedup_key": .string("gatehouse:\(summary.data["rollout"]?.stringValue ?? notice.id)"), "client": "Gatehouse",
        ]
        switch Meaning(notice.type, byPerson: summary.actor?.hasPrefix("system:") == false) {
        case .resolve where !summary.isTest: event["event_action"] = "resolve"
        case .resolve: event.merge(alert(summary, place, severity: "info")) { $1 }
        case .trigger(let severity):
            let chosen = summary.isTest ? "info" : place.settings["severity"] ?? severity
            event.merge(alert(summary, place, severity: chosen)) { $1 }
        }
        return TargetRequest(
            url: place.url, headers: [.init("Content-Type", "application/json")],
            body: JSONValue.object(event).canonicalBytes)
    }

    static func accepts(status: Int) -> Bool { status == 202 }

    /// Fails with `invalidArgument`.
    static func check(_ settings: [String: String]) throws(GatehouseError) {
        guard let severity = settings["severity"], !severities.contains(severity) else { return }
        throw GatehouseError(
            .invalidArgument, "PagerDuty has no severity '\(severity.prefix(80))'.",
            hint: "Use one of: \(severities.joined(separator: ", "))")
    }

    private static func alert(_ summary: EventSummary, _ place: TargetPlace, severity: String) -> [String: JSONValue] {
        var details: [String: JSONValue] = [:]
        for fact in summary.facts { details[fact.name] = .string(fact.value) }
        details["reason"] = summary.reason.map { .string(EventSummary.shortened($0, charactersMax: reasonCharactersMax)) }
        details["actor"] = summary.actor.map { .string($0) }
        details["audit entry"] = summary.auditEntry.map { .integer($0) }
        var payload: [String: JSONValue] = [
            "summary": .string(EventSummary.shortened(summary.title, charactersMax: summaryCharactersMax)),
            "source": .string(place.settings["source"] ?? "gatehouse"), "severity": .string(severity),
            "timestamp": .string(summary.time), "class": .string(summary.type), "custom_details": .object(details),
        ]
        payload["component"] = summary.model.map { .string($0) }
        payload["group"] = summary.data["slot"]
        return ["event_action": "trigger", "payload": .object(payload)]
    }
}

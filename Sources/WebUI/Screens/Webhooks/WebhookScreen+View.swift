import Events
import GatehouseCore
import Rendering

extension WebhookScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Settings", "/settings"), ("Webhooks", "/settings/webhooks")])
        Tag.h1 { webhook.name }
        Tag.p(.class("finding")) { finding(visit) }
        if let test { tested(test) }
        if let secret {
            notice(.good) {
                Tag.p { "Requests are signed with a new secret. This is the only time it is shown; give it to the receiver:" }
                commandLine(secret)
            }
        }
        facts([
            ("State", mark(webhook.status)), ("Kind of receiver", Markup(webhook.target.rawValue)),
            ("Address", Markup(webhook.url)), ("Signed", signed(visit)),
            ("Models", Markup(webhook.models.isEmpty ? "all" : Wording.list(webhook.models, max: 8))),
            ("Let go unsent", Markup(Wording.grouped(Int(webhook.letGo)))),
        ])
        Tag.details {
            Tag.summary { Wording.count(webhook.events.count, "event") }
            list(webhook.events.map(\.rawValue))
        }
        if let opened { one(opened.delivery, opened.attempts, visit) }
        block("Deliveries", id: "deliveries") { log(visit) }
        block("Change", id: "change", note: "Each change is an entry of the audit log.") { forms(visit) }
    }

    @MarkupBuilder
    private func finding(_ visit: Visit) -> Markup {
        let failed = deliveries.count { $0.state == .failed }
        let waiting = deliveries.count { $0.state == .pending }
        if let because = webhook.disabledBecause { "Disabled: \(because). " }
        if let until = webhook.restsUntil, visit.now < until {
            "It rests until "
            moment(until, visit)
            ": too many attempts in a row failed, or it asked for patience. What happens meanwhile waits for it. "
        }
        "Of the newest \(Wording.count(deliveries.count, "delivery", "deliveries")), \(failed) failed, \(waiting) waiting."
    }

    @MarkupBuilder
    private func signed(_ visit: Visit) -> Markup {
        if let until = oldSecretUntil(visit) {
            "also with the old secret until "
            shortMoment(until)
        } else {
            webhook.isSigned ? "yes" : "no"
        }
    }

    /// Nil when only the present secret signs.
    private func oldSecretUntil(_ visit: Visit) -> Timestamp? { webhook.oldSecretUntil.flatMap { visit.now < $0 ? $0 : nil } }

    private func tested(_ test: WebhookTestResult) -> Markup {
        notice(test.isSuccess ? .good : .bad) {
            Tag.p(.role("status")) {
                mark(
                    test.isSuccess ? .good : .bad, test.isSuccess ? "The test was accepted." : "The test failed.",
                    shape: test.isSuccess ? "✓" : "✕")
                " " + [test.status.map { "Status \($0)." }, test.failure].compactMap { $0 }.joined(separator: " ")
            }
        }
    }

    // MARK: - The log

    @MarkupBuilder
    private func log(_ visit: Visit) -> Markup {
        Tag.p {
            link("All", state: nil)
            for one in Delivery.State.allCases {
                " · "
                link(one == .failed ? "failed (dead letters)" : one.rawValue, state: one)
            }
        }
        if deliveries.isEmpty {
            empty(state == nil ? "Nothing was to be delivered yet." : "No delivery is in this state.")
        } else {
            table("Deliveries", deliveries, columns(visit))
        }
        if let next {
            Tag.p {
                Tag.a(.href(Address.query(Address.webhook(webhook.id), [("state", state?.rawValue), ("before", "\(next)")]))) {
                    "Older deliveries"
                }
            }
        }
    }

    private func link(_ words: String, state: Delivery.State?) -> Markup {
        Tag.a(
            .href(Address.query(Address.webhook(webhook.id), [("state", state?.rawValue)])),
            state == self.state ? Attribute("aria-current", "true") : nil
        ) { words }
    }

    private func columns(_ visit: Visit) -> [Column<Delivery>] {
        [
            .words("Event") { delivery in
                Tag.a(.href(Address.query(Address.webhook(webhook.id), [("delivery", delivery.id)]) + "#delivery")) {
                    "\(delivery.event) \(delivery.type.rawValue)"
                }
            },
            .words("Happened") { delivery in shortMoment(delivery.occurred) },
            .words("State") { delivery in Self.mark(delivery.state) },
            .number("Attempts") { delivery in "\(delivery.attemptsTotal)" },
            .number("Status") { delivery in delivery.responseStatus.map { "\($0)" } ?? "–" },
            .number("ms") { delivery in delivery.duration.map { Wording.grouped(Int($0.milliseconds)) } ?? "–" },
            .prose("Failure") { delivery in delivery.failure.map { String($0.prefix(120)) } ?? "–" },
        ]
    }

    private static func mark(_ state: Delivery.State) -> Markup {
        switch state {
        case .pending: WebUI.mark(.neutral, "waiting", shape: "◌")
        case .delivered: WebUI.mark(.good, "delivered", shape: "✓")
        case .failed: WebUI.mark(.bad, "failed", shape: "✕")
        }
    }

    private func mark(_ tone: Tone, _ word: String, shape: String) -> Markup { WebUI.mark(tone, word, shape: shape) }
    private func mark(_ status: Webhook.Status) -> Markup { WebUI.mark(status) }

    private func one(_ delivery: Delivery, _ attempts: [DeliveryAttempt], _ visit: Visit) -> Markup {
        block("Delivery of event \(delivery.event)", id: "delivery") {
            facts([
                ("Event", Markup(delivery.type.rawValue)), ("State", Self.mark(delivery.state)),
                ("Model", delivery.lane.model.isEmpty ? .absent : Markup(delivery.lane.model)),
                ("Next attempt", delivery.due.map { moment($0, visit) } ?? .absent), ("Id", Tag.code { delivery.id }),
            ])
            if attempts.isEmpty {
                empty("It was not attempted yet.")
            } else {
                table(
                    "Attempts", attempts,
                    [
                        .number("Attempt") { attempt in "\(attempt.number)" },
                        .words("Began") { attempt in shortMoment(attempt.started) },
                        .number("ms") { attempt in Wording.grouped(Int(attempt.milliseconds)) },
                        .number("Status") { attempt in attempt.status.map { "\($0)" } ?? "–" },
                        .prose("What came back") { attempt in String((attempt.failure ?? attempt.body ?? "–").prefix(300)) },
                    ])
            }
            form(Address.webhook(webhook.id) + "/replay", visit) {
                Tag.input(.type("hidden"), .name("delivery"), .value(delivery.id))
                submit("Send it again")
            }
        }
    }

    // MARK: - Changes

    @MarkupBuilder
    private func forms(_ visit: Visit) -> Markup {
        let address = Address.webhook(webhook.id)
        Tag.div(.class("actions")) {
            form(address + "/test", visit) { Tag.button(.type("submit")) { "Send a test" } }
            if webhook.status == .active {
                button(address, visit, "PAUSED", "Pause")
            } else {
                button(address, visit, "ACTIVE", "Make it active")
            }
        }
        plainAction(
            address + "/replay", visit, title: "Send failed deliveries again",
            consequence: "All that were given up are queued again under their old ids, in the order of their events.",
            button: "Send them again"
        ) { Tag.input(.type("hidden"), .name("state"), .value(Delivery.State.failed.rawValue)) }
        plainAction(
            address + "/rotate", visit, title: webhook.isSigned ? "Sign with a new secret" : "Sign what is sent",
            consequence: "What is sent from now on is signed with it, and for a while with the old one too, if there is one.",
            button: "Use a new secret"
        ) {
            textField(
                "secret", "New secret", visit, hint: "Left empty, one is made, and the next page shows it once.",
                type: "password", isRequired: false, autocomplete: "new-password")
            textField(
                "hours", "Hours in which the old one signs too", visit, hint: "0 to \(WebhookPages.overlapHoursMax).",
                type: "number", value: "24")
        }
        if oldSecretUntil(visit) != nil {
            plainAction(
                address + "/finish", visit, title: "End the old secret now",
                consequence: "Receivers that do not know the new secret refuse what is sent.", button: "End the old secret",
                isDangerous: true)
        }
        plainAction(
            address + "/delete", visit, title: "Delete the webhook",
            consequence: "Nothing is sent there any more, and what waits for it is gone.", button: "Delete \(webhook.name)",
            isDangerous: true)
    }

    private func button(_ address: String, _ visit: Visit, _ status: String, _ words: String) -> Markup {
        form(address + "/status", visit) {
            Tag.button(.type("submit"), .name("status"), .value(status)) { words }
        }
    }
}

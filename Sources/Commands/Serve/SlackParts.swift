import Events
import HTTPAPI
import Logging
import ServiceLifecycle
import Storage

/// What a server has for Slack: the desk behind the routes, the worker that goes on after an acknowledgement, and the notifier
/// that keeps the messages true.
struct SlackParts: Sendable {
    let desk: SlackDesk
    let services: [any Service]

    /// Nil when the server is not connected to Slack.
    init?(_ api: APIServices, _ webhooks: WebhookParts, _ settings: ServerSettings, store: any SQLStore, logger: Logger) {
        guard let connection = settings.slack, let bell = webhooks.slackBell else { return nil }
        let slack = SlackAPI(connection.settings, sender: webhooks.sender)
        let desk = SlackDesk(api, api: slack, secret: connection.signingSecret)
        self.desk = desk
        services = [
            SlackWorker(desk, logger: logger),
            SlackNotifier(store: store, api: slack, bell: bell, now: ProcessRoots.now, logger: logger) {
                try await desk.message(of: $0)
            },
        ]
    }
}
